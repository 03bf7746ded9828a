/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.Steps;

class CurvatureProtocolTest {

    private static final AdaHessian EVERY_THIRD = AdaHessian.builder()
            .updateClip(0)
            .learningRate(1)
            .beta1(0)
            .beta2(0.75)
            .epsilon(1e-12)
            .updateInterval(3)
            .build();

    private final FusedUpdater updater = Steps.updater(EVERY_THIRD, 2);

    @Test
    void only_adaHessian_and_sophia_should_want_curvature() {
        assertThat(Steps.updater(new Lion(), 2).curvatureRequest()).isEmpty();
        assertThat(Steps.updater(new DiffGrad(), 2).wantsCurvature(0)).isFalse();
        assertThat(updater.curvatureRequest())
                .contains(new CurvatureRequest(CurvatureRequest.Kind.HUTCHINSON_DIAGONAL, 3, true));
        assertThat(new Sophia().curvatureRequest())
                .contains(new CurvatureRequest(CurvatureRequest.Kind.GAUSS_NEWTON_BARTLETT, 10, false));
        assertThat(Sophia.builder().batchFactor(480).build().curvatureRequest())
                .contains(new CurvatureRequest(CurvatureRequest.Kind.SAMPLED_GRADIENT_SQUARED, 10, false));
        for (Sophia.Builder builder : List.of(Sophia.builder(), Sophia.builder().batchFactor(480))) {
            assertThat(builder.estimator(Sophia.Estimator.H).build().curvatureRequest())
                    .contains(new CurvatureRequest(CurvatureRequest.Kind.HUTCHINSON_DIAGONAL, 10, false));
        }
    }

    @Test
    void curvature_should_be_wanted_when_due_or_never_estimated() {
        assertThat(updater.wantsCurvature(0)).isTrue();
        assertThat(updater.wantsCurvature(1)).as("no estimate yet").isTrue();
        step(0);
        assertThat(updater.wantsCurvature(1)).isFalse();
        assertThat(updater.wantsCurvature(2)).isFalse();
        assertThat(updater.wantsCurvature(3)).isTrue();
    }

    @Test
    void a_first_step_without_any_gradient_should_do_without_curvature_and_leave_no_trace() {
        INDArray gradient = Steps.vector(0, 0);
        updater.applyUpdater(gradient, 1, 0);
        assertThat(gradient).isEqualTo(Steps.vector(0, 0));
        assertThat(updater.wantsCurvature(2)).as("still no step").isTrue();
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(Steps.vector(0, 1), 2, 0))
                .withMessageContaining("none was delivered");
        assertThatIllegalStateException()
                .as("due whatever the gradient")
                .isThrownBy(() -> updater.applyUpdater(Steps.vector(0, 0), 3, 0));
    }

    @Test
    void a_curvature_of_zero_should_count_as_an_estimate() {
        updater.acceptCurvature(Steps.vector(0, 0), 0);
        updater.applyUpdater(Steps.vector(1, 2), 0, 0);
        assertThat(updater.wantsCurvature(1)).isFalse();
        FusedUpdater restored = Steps.updater(EVERY_THIRD, 2);
        restored.setState(updater.getState(), false);
        assertThat(restored.wantsCurvature(1)).isFalse();
        restored.acceptCurvature(Steps.vector(3, 0), 3);
        restored.applyUpdater(Steps.vector(1, 2), 3, 0);
        assertThat(restored.getState().get(AdaHessian.V_STATE))
                .as("the second estimate of two")
                .isEqualTo(Steps.vector(0.25 * 9, 0));
    }

    @Test
    void a_step_without_its_curvature_should_name_the_listener_and_change_nothing() {
        INDArray gradient = Steps.vector(1, 2);
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(gradient, 0, 0))
                .withMessageContaining("AdaHessian needs curvature at iteration 0, but none was delivered")
                .withMessageContaining("net.setListeners(new CurvatureListener())");
        assertThat(gradient.toDoubleVector()).containsExactly(1, 2);

        step(0);
        step(1);
        step(2);
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(gradient, 3, 0))
                .withMessageContaining("needs curvature at iteration 3");
    }

    @Test
    void curvature_of_another_iteration_should_be_refused_and_dropped() {
        updater.acceptCurvature(Steps.vector(1, 1), 0);
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(Steps.vector(1, 1), 1, 0))
                .withMessageContaining("curvature was delivered for iteration 0, but the step is that of iteration 1")
                .withMessageContaining("stale curvature is not used");
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(Steps.vector(1, 1), 0, 0))
                .withMessageContaining("none was delivered");
        assertThat(Steps.step(updater, 0, new double[] {4, 4}, new double[] {2, 4}))
                .containsExactly(new double[] {2, 1}, within(1e-9));
    }

    @Test
    void an_estimate_should_serve_one_step_only() {
        step(0);
        INDArray again = Steps.vector(1, 1);
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(again, 0, 0))
                .withMessageContaining("none was delivered");
    }

    @Test
    void a_repeated_delivery_should_replace_the_first() {
        updater.acceptCurvature(Steps.vector(100, 100), 0);
        assertThat(Steps.step(updater, 0, new double[] {4, 4}, new double[] {2, 4}))
                .containsExactly(new double[] {2, 1}, within(1e-9));
    }

    @Test
    void curvature_that_was_not_asked_for_should_be_refused() {
        step(0);
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.acceptCurvature(Steps.vector(1, 1), 1))
                .withMessageContaining("curvature was not asked for at iteration 1");
        assertThatIllegalStateException()
                .isThrownBy(() -> Steps.updater(new Lion(), 2).acceptCurvature(Steps.vector(1, 1), 0))
                .withMessageContaining("Lion: curvature was not asked for");
    }

    @Test
    void curvature_of_another_length_or_type_should_be_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> updater.acceptCurvature(Steps.vector(1, 1, 1), 0))
                .withMessageContaining("the curvature is 3 x DOUBLE, but must be 2 x DOUBLE");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> updater.acceptCurvature(Nd4j.ones(DataType.FLOAT, 2), 0))
                .withMessageContaining("the curvature is 2 x FLOAT, but must be 2 x DOUBLE");
    }

    @Test
    void curvature_should_not_be_modified() {
        INDArray curvature = Steps.vector(2, -4);
        updater.acceptCurvature(curvature, 0);
        updater.applyUpdater(Steps.vector(1, 1), 0, 0);
        assertThat(curvature.toDoubleVector()).containsExactly(2, -4);
    }

    @Test
    void a_skipped_step_should_change_nothing_whatever_was_delivered() {
        FusedUpdater plain = Steps.updater(EVERY_THIRD, 2);
        for (FusedUpdater each : new FusedUpdater[] {plain, updater}) {
            Steps.step(each, 0, new double[] {6, -2}, new double[] {2, 3});
        }
        for (int iteration = 1; iteration < 4; iteration++) {
            if (iteration == 3) {
                updater.acceptCurvature(Steps.vector(5, 5), 3);
            }
            updater.skipStep(iteration);
            INDArray gradient = Steps.vector(Double.NaN, 1e200);
            updater.applyUpdater(gradient, iteration, 0);
            assertThat(gradient.toDoubleVector()).containsExactly(0, 0);
            assertThat(updater.getState()).isEqualTo(plain.getState());
        }
        INDArray one = Steps.vector(6, -2);
        INDArray other = Steps.vector(6, -2);
        plain.applyUpdater(one, 4, 0);
        updater.applyUpdater(other, 4, 0);
        assertThat(other).isEqualTo(one);
    }

    @Test
    void a_skipped_first_step_should_leave_the_first_estimate_to_the_next() {
        updater.skipStep(0);
        updater.applyUpdater(Steps.vector(1, 1), 0, 0);
        assertThat(updater.wantsCurvature(1)).isTrue();
        updater.acceptCurvature(Steps.vector(2, 2), 1);
        INDArray gradient = Steps.vector(6, -2);
        updater.applyUpdater(gradient, 1, 0);
        assertThat(gradient.toDoubleVector()).containsExactly(new double[] {3, -1}, within(1e-9));
    }

    @Test
    void what_was_to_be_skipped_should_not_outlive_a_step_that_was_never_made() {
        updater.skipStep(0);
        updater.gradientChecked(0);
        step(0);
        assertThat(updater.getState().get("V").toDoubleVector()).doesNotContain(0);
    }

    private void step(int iteration) {
        Steps.step(updater, iteration, new double[] {1, 2}, new double[] {2, 3});
    }
}
