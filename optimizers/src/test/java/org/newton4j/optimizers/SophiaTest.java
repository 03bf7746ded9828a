/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.newton4j.optimizers.update.FusedUpdater;
import org.newton4j.optimizers.update.WinRate;

class SophiaTest {

    /** D2: elsewhere curvature of calls 11, 21, 31 is folded in at calls 20, 30, 40. */
    @Test
    void curvature_should_be_of_age_zero_when_folded_in_and_folded_in_from_the_first_step() {
        FusedUpdater updater = Steps.updater(Sophia.builder().beta2(0.75).build(), 1);
        double h = 0;
        for (int iteration = 0; iteration < 31; iteration++) {
            boolean due = iteration % 10 == 0;
            assertThat(updater.wantsCurvature(iteration))
                    .as("wanted at %d", iteration)
                    .isEqualTo(due);
            // The estimate carries its own date.
            Steps.step(updater, iteration, new double[] {1}, new double[] {1 + iteration});
            h = due ? 0.75 * h + 0.25 * (1 + iteration) : h;
            assertThat(updater.getState().get("H").getDouble(0))
                    .as("h after iteration %d", iteration)
                    .isEqualTo(h);
        }
        updater.acceptCurvature(Steps.vector(1), 40);
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(Steps.vector(1), 41, 0))
                .withMessageContaining("curvature was delivered for iteration 40")
                .withMessageContaining("stale curvature is not used");
    }

    /** D12: elsewhere a negative h turns the step uphill or divides by a clipped denominator. */
    @Test
    void negative_curvature_should_step_by_eta_rho_in_the_direction_of_the_momentum() {
        double eta = 0.5;
        double rho = 0.03;
        FusedUpdater updater = Steps.updater(
                Sophia.builder()
                        .paperRates(eta, rho)
                        .estimator(Sophia.Estimator.H)
                        .build(),
                4);

        double[] update = Steps.step(updater, 0, new double[] {3, -3, 1e-6, 0}, new double[] {-5, -1e-9, -1e9, -1});

        assertThat(update).containsExactly(eta * rho, -eta * rho, eta * rho, 0);
        assertThat(updater.getState().get("H").toDoubleVector())
                .containsExactly(new double[] {-0.05, -1e-11, -1e7, -0.01}, within(1e-8));
    }

    @Test
    void the_parametrisation_of_the_paper_should_lead_there_and_back() {
        Sophia sophia = Sophia.builder().paperRates(0.006, 0.05).build();
        assertThat(sophia)
                .isEqualTo(Sophia.builder().learningRate(0.006 * 0.05).rho(0.05).build());
        assertThat(sophia.paperLearningRate(7, 1)).isEqualTo(0.006, within(1e-18));
        sophia.setLrAndSchedule(Double.NaN, new ExponentialSchedule(ScheduleType.ITERATION, 1, 0.5));
        assertThat(sophia.paperLearningRate(3, 0)).isEqualTo(0.125 / 0.05);
        // η clip(m / h, ρ) with m / h = 0.02 inside and 2 outside of ρ.
        FusedUpdater updater = Steps.updater(
                Sophia.builder().beta1(0).beta2(0).paperRates(0.006, 0.05).build(), 2);
        assertThat(Steps.step(updater, 0, new double[] {0.2, 20}, new double[] {10, 10}))
                .containsExactly(new double[] {0.006 * 0.02, 0.006 * 0.05}, within(1e-15));
        for (double bad : new double[] {Double.NaN, -1, 0, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Sophia.builder().paperRates(0.006, bad))
                    .withMessageContaining("rho = " + bad + ", but must be ");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sophia.builder().paperRates(Double.NaN, 0.05))
                .withMessageContaining("learningRate = NaN, but must be ");
    }

    /** The two ways to bring the batch size N in: inside the estimate, or as a factor of its average in the step. */
    @Test
    void the_batch_size_in_the_estimate_should_equal_the_batch_factor_in_the_step() {
        int batch = 32;
        FusedUpdater paper = Steps.updater(Sophia.builder().rho(0.5).build(), 50);
        FusedUpdater code =
                Steps.updater(Sophia.builder().rho(0.5).batchFactor(batch).build(), 50);
        for (int iteration = 0; iteration < 25; iteration++) {
            double[] squares = new double[50];
            double[] estimate = new double[50];
            for (int i = 0; i < 50; i++) {
                double sampled = Steps.sample(iteration + 1000, 50)[i] / 4;
                squares[i] = sampled * sampled;
                estimate[i] = batch * squares[i];
            }
            double[] gradient = Steps.sample(iteration, 50);
            assertThat(Steps.step(paper, iteration, gradient, estimate))
                    .containsExactly(Steps.step(code, iteration, gradient, squares), within(1e-15));
        }
        assertThat(paper.winRate()).isEqualTo(code.winRate());
    }

    @Test
    void the_win_rate_should_count_what_the_last_step_did_not_clip() {
        FusedUpdater updater =
                Steps.updater(Sophia.builder().beta1(0).beta2(0).rho(1).build(), 5);
        assertThat(updater.winRate()).isEqualTo(WinRate.NONE);
        assertThat(updater.winRate().value()).isNaN();

        Steps.step(updater, 0, new double[] {1, -1, 4, 0, 2}, new double[] {2, 2, 2, 2, -2});
        // Ratios 1/2, 1/2, 2, 0 and, at negative curvature, infinite.
        assertThat(updater.winRate()).isEqualTo(new WinRate(3, 5)).hasToString("0.600 (3 of 5)");
        assertThat(updater.winRate().value()).isEqualTo(0.6);

        Steps.step(updater, 1, new double[] {1, Double.NaN, 4, 0, 2}, new double[5]);
        assertThat(updater.winRate())
                .as("a gradient that cannot be used makes no step")
                .isEqualTo(new WinRate(3, 5));

        assertThat(new WinRate(1, 4).plus(new WinRate(2, 2)).value()).isEqualTo(0.5);
        FusedUpdater lion = Steps.updater(new Lion(), 1);
        Steps.step(lion, 0, new double[] {1}, new double[1]);
        assertThat(lion.winRate().value()).isNaN();
    }

    @Test
    @SuppressWarnings("DataFlowIssue")
    void a_null_estimator_should_be_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sophia.builder().estimator(null))
                .withMessage("estimator = null, but must be G or H; leave it out for the default G");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sophia.builder().batchFactor(0))
                .withMessage("batchFactor = 0.0, but must be finite and greater than 0;"
                        + " leave it out for the default size of each batch");
    }
}
