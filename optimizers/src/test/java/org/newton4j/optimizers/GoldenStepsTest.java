/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.newton4j.optimizers.update.FusedUpdater;

/** Four steps of each rule against numbers worked out from the formulas outside of this code. */
class GoldenStepsTest {

    private static final double[][] GRADIENTS = {{0.5, -2}, {-1, 0.25}, {3, 0}, {0.125, -0.5}};
    private static final double[][] CURVATURES = {{2, -0.5}, {1, 4}, {-3, 0.5}, {0.25, 1}};

    @Test
    void lion_should_move_by_the_sign_of_the_interpolation() {
        // m: 0.125 -0.5 | -0.15625 -0.3125 | 0.6328125 -0.234375; c of step 2: -0.4375 -0.125, of step 3: 1.421875
        // -0.15625
        FusedUpdater updater = Steps.updater(
                Lion.builder().learningRate(0.5).beta1(0.5).beta2(0.75).build(), 2);

        check(updater, new double[][] {{0.5, -0.5}, {-0.5, -0.5}, {0.5, -0.5}, {0.5, -0.5}});
        assertThat(updater.getState().get(Lion.M_STATE).toDoubleVector())
                .containsExactly(0.75 * 0.6328125 + 0.25 * 0.125, 0.75 * -0.234375 + 0.25 * -0.5);
    }

    @Test
    void lion_should_not_move_where_the_interpolation_is_zero() {
        FusedUpdater updater =
                Steps.updater(Lion.builder().beta1(0.5).beta2(0.5).build(), 2);

        Steps.step(updater, 0, new double[] {2, 0}, new double[2]);
        // m = 1, so c = 0.5 + 0.5 (-1) = 0.
        assertThat(Steps.step(updater, 1, new double[] {-1, 0}, new double[2])).containsExactly(0, 0);
    }

    @Test
    void diffGrad_should_follow_the_corrected_version_2() {
        FusedUpdater updater = Steps.updater(
                DiffGrad.builder()
                        .learningRate(0.1)
                        .beta1(0.5)
                        .beta2(0.75)
                        .epsilon(0.01)
                        .build(),
                2);

        check(updater, new double[][] {
            {0.05985185876940909, -0.08720763148295864},
            {-0.04873052461421637, -0.03380621948161674},
            {0.07077579040320203, -0.01193010822034154},
            {0.0436945261456459, -0.026493850952718976}
        });
        assertThat(updater.getState().get(DiffGrad.PREVIOUS_STATE).toDoubleVector())
                .containsExactly(GRADIENTS[3]);
    }

    @Test
    void diffGrad_should_not_be_adam() {
        INDArray adam = Steps.vector(GRADIENTS[0]);
        new Adam(0.1).instantiate(Nd4j.zeros(DataType.DOUBLE, 4), true).applyUpdater(adam, 0, 0);

        double[] diffGrad = Steps.step(Steps.updater(new DiffGrad(0.1), 2), 0, GRADIENTS[0], CURVATURES[0]);

        // The friction of the first step is that of the gradient itself: 1 / (1 + exp(-0.5)) and 1 / (1 + exp(-2)).
        assertThat(diffGrad[0] / adam.getDouble(0)).isCloseTo(0.6224593, within(1e-6));
        assertThat(diffGrad[1] / adam.getDouble(1)).isCloseTo(0.8807970, within(1e-6));
    }

    @Test
    void adaHessian_should_correct_curvature_by_the_number_of_estimates() {
        FusedUpdater updater = Steps.updater(
                AdaHessian.builder()
                        .learningRate(0.1)
                        .beta1(0.5)
                        .beta2(0.75)
                        .epsilon(0.01)
                        .hessianPower(0.5)
                        .updateInterval(2)
                        .updateClip(0)
                        .build(),
                2);

        check(updater, new double[][] {
            {0.03510709441404808, -0.2788984921730536},
            {-0.03510709441404808, -0.0697246230432634},
            {0.09212551491602688, -0.029881981304255744},
            {0.04708637429041374, -0.05113139023172649}
        });
        assertThat(updater.getState().get(AdaHessian.V_STATE).toDoubleVector())
                .containsExactly(0.75 * 1 + 0.25 * 9, 0.75 * 0.0625 + 0.25 * 0.25);
    }

    @Test
    void adaHessian_first_step_should_be_newton_on_the_diagonal() {
        FusedUpdater updater = Steps.updater(
                AdaHessian.builder()
                        .learningRate(1)
                        .epsilon(1e-12)
                        .updateClip(0)
                        .build(),
                2);

        double[] update = Steps.step(updater, 0, new double[] {6, -6}, new double[] {3, -2});

        assertThat(update[0]).isCloseTo(2, within(1e-9));
        assertThat(update[1]).isCloseTo(-3, within(1e-9));
    }

    @Test
    void adaHessian_should_cut_where_curvature_is_unknown_and_leave_newton_alone_elsewhere() {
        FusedUpdater updater = Steps.updater(
                AdaHessian.builder()
                        .learningRate(0.5)
                        .epsilon(1e-4)
                        .updateClip(0.1)
                        .build(),
                4);

        double[] update = Steps.step(updater, 0, new double[] {6, -6, 1e-9, 0.3}, new double[] {0, 1e-3, 0, 30});

        assertThat(update[0]).isEqualTo(0.05);
        assertThat(update[1]).isEqualTo(-0.05);
        assertThat(update[2]).isCloseTo(0.5 * 1e-5, within(1e-12));
        assertThat(update[3]).isCloseTo(0.5 * 0.3 / (30 + 1e-4), within(1e-9));
    }

    @Test
    void sophia_should_clip_and_fold_curvature_of_any_sign() {
        FusedUpdater updater = Steps.updater(
                Sophia.builder()
                        .learningRate(0.1)
                        .beta1(0.5)
                        .beta2(0.75)
                        .rho(2)
                        .batchFactor(4)
                        .updateInterval(2)
                        .build(),
                2);

        // m: 0.25 -1 | -0.375 -0.375 | 1.3125 -0.1875 | 0.71875 -0.34375; h: 0.5 -0.125 | -0.375 0.03125.
        check(updater, new double[][] {
            {0.1 * 0.25 / 4, -0.1}, {-0.1 * 0.375 / 4, -0.1}, {0.1, -0.1 * 0.1875 / 0.25}, {0.1, -0.1}
        });
        assertThat(updater.getState().get(Sophia.H_STATE).toDoubleVector()).containsExactly(-0.375, 0.03125);
    }

    @Test
    void beta_zero_should_keep_no_memory() {
        FusedUpdater updater = Steps.updater(
                AdaHessian.builder()
                        .learningRate(1)
                        .beta1(0)
                        .beta2(0)
                        .epsilon(1e-12)
                        .updateClip(0)
                        .build(),
                1);
        Steps.step(updater, 0, new double[] {100}, new double[] {100});

        assertThat(Steps.step(updater, 1, new double[] {6}, new double[] {3})[0])
                .isCloseTo(2, within(1e-9));
    }

    private static void check(FusedUpdater updater, double[][] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(Steps.step(updater, i, GRADIENTS[i], CURVATURES[i]))
                    .as("update of iteration %d", i)
                    .containsExactly(expected[i], within(1e-15));
        }
    }
}
