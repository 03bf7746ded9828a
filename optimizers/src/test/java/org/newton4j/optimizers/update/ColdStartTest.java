/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.Steps;

/** An optimizer swapped in during training starts with empty state at a late iteration. */
class ColdStartTest {

    private static final int N = 100;
    private static final Offset<Double> ROUNDING = within(1e-12);

    static Stream<OptimizerConfig> defaults() {
        return Stream.of(
                new Lion(),
                // Its epsilon stands beside a root that is not corrected, so it weighs less at late iterations.
                DiffGrad.builder().epsilon(1e-14).build(),
                new AdaHessian(),
                AdaHessian.builder().beta1(0).beta2(0).updateInterval(7).build(),
                AdaHessian.builder().updateInterval(7).build(),
                // Its curvature is never bias-corrected: with an interval the number of estimates so far would show.
                Sophia.builder().updateInterval(1).rho(2).build());
    }

    @ParameterizedTest
    @MethodSource("defaults")
    void the_first_update_should_be_the_same_at_any_iteration(OptimizerConfig config) {
        double[] atZero = Steps.step(Steps.updater(config, N), 0, Steps.sample(1, N), Steps.sample(2, N));
        for (int iteration : new int[] {1, 6, 5000, 1_000_000_000}) {
            double[] late = Steps.step(Steps.updater(config, N), iteration, Steps.sample(1, N), Steps.sample(2, N));
            assertThat(late).as("iteration %d", iteration).containsExactly(atZero, ROUNDING);
        }
    }

    @ParameterizedTest
    @MethodSource("defaults")
    void constant_input_should_give_constant_moments_whenever_training_started(OptimizerConfig config) {
        FusedUpdater updater = Steps.updater(config, N);
        FusedUpdater fromTheStart = Steps.updater(config, N);
        // diffGrad's friction compares with the gradient before, so its first step stands apart.
        Steps.step(updater, 4999, Steps.sample(1, N), Steps.sample(2, N));
        Steps.step(fromTheStart, 0, Steps.sample(1, N), Steps.sample(2, N));
        for (int i = 0; i < 20; i++) {
            assertThat(Steps.step(updater, 5000 + i, Steps.sample(1, N), Steps.sample(2, N)))
                    .containsExactly(
                            Steps.step(fromTheStart, 1 + i, Steps.sample(1, N), Steps.sample(2, N)), within(1e-11));
        }
    }

    @Test
    void sophia_should_start_alike_at_any_iteration_with_any_interval() {
        the_first_update_should_be_the_same_at_any_iteration(new Sophia());
        the_first_update_should_be_the_same_at_any_iteration(
                Sophia.builder().rho(50).estimator(Sophia.Estimator.H).build());
    }

    @Test
    void a_warm_state_should_not_be_taken_for_a_cold_one() {
        FusedUpdater updater = Steps.updater(DiffGrad.builder().beta1(0.5).build(), 1);
        Steps.step(updater, 0, new double[] {1}, new double[] {1});
        Steps.step(updater, 1, new double[] {1}, new double[] {1});
        assertThat(updater.getState().get("M").getDouble(0)).isEqualTo(0.75);
    }

    @Test
    void a_first_gradient_that_is_not_finite_should_leave_the_start_to_the_next() {
        FusedUpdater updater = Steps.updater(new DiffGrad(), 2);
        FusedUpdater fresh = Steps.updater(new DiffGrad(), 2);
        assertThat(Steps.step(updater, 5000, new double[] {1, Double.NaN}, new double[2]))
                .containsExactly(0, 0);
        assertThat(Steps.step(updater, 5001, new double[] {1, 2}, new double[2]))
                .isEqualTo(Steps.step(fresh, 5001, new double[] {1, 2}, new double[2]));
        assertThat(updater.getState()).isEqualTo(fresh.getState());
    }

    @Test
    void the_first_estimate_should_be_asked_for_between_two_due_iterations() {
        FusedUpdater updater =
                Steps.updater(AdaHessian.builder().updateInterval(1000).build(), N);
        assertThat(updater.wantsCurvature(5001)).isTrue();
        Steps.step(updater, 5001, Steps.sample(1, N), Steps.sample(2, N));
        assertThat(updater.wantsCurvature(5002)).isFalse();
        assertThat(updater.wantsCurvature(6000)).isTrue();
    }
}
