/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.Steps;

class StateViewTest {

    private static final int N = 6;

    static Stream<OptimizerConfig> optimizers() {
        return Steps.optimizers();
    }

    @Test
    void slots_should_carry_the_public_keys() {
        assertThat(Steps.updater(new Lion(), N).getState()).containsOnlyKeys("M");
        assertThat(Steps.updater(new DiffGrad(), N).getState()).containsOnlyKeys("M", "V", "PREVIOUS");
        assertThat(Steps.updater(new AdaHessian(), N).getState()).containsOnlyKeys("M", "V");
        assertThat(Steps.updater(new Sophia(), N).getState()).containsOnlyKeys("M", "H");
    }

    @Test
    void state_size_should_be_slots_times_parameters() {
        assertThat(new Lion().stateSize(10)).isEqualTo(10);
        assertThat(new DiffGrad().stateSize(10)).isEqualTo(30);
        assertThat(new AdaHessian().stateSize(10)).isEqualTo(20);
        assertThat(new Sophia().stateSize(10)).isEqualTo(20);
        assertThat(new DiffGrad().stateSize(0)).isZero();
        assertThat(new DiffGrad().stateSize(715_827_882)).isEqualTo(2_147_483_646L);
    }

    @Test
    void state_beyond_int_should_be_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DiffGrad().stateSize(715_827_883))
                .withMessageContaining("DiffGrad needs 3 x 715827883 state values")
                .withMessageContaining("wraps around silently above 2147483647")
                .withMessageContaining("at most 715827882 parameters");
        // 2 x 2^62 wraps around in long arithmetic, so the check must not multiply first.
        assertThatIllegalArgumentException().isThrownBy(() -> new AdaHessian().stateSize(1L << 62));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Lion().stateSize(-1))
                .withMessage("numParams = -1, but must be at least 0");
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void a_view_that_wrapped_around_should_be_refused_by_the_first_step(OptimizerConfig config) {
        // 3 x 2 values arrive for a gradient of 6 values, as after a wrap-around of the sum.
        int slots = config.layout().slots().size();
        FusedUpdater updater = config.instantiate(Nd4j.zeros(DataType.DOUBLE, slots * 2L), true);

        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(Nd4j.ones(DataType.DOUBLE, N), 0, 0))
                .withMessageContaining("the state view has " + slots + " x 2 values, but a gradient of 6 values needs "
                        + slots + " x 6")
                .withMessageContaining("wraps around silently");
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void no_view_should_be_fine_until_a_gradient_arrives(OptimizerConfig config) {
        FusedUpdater updater = config.instantiate((INDArray) null, true);

        updater.applyUpdater(Nd4j.empty(DataType.DOUBLE), 0, 0);
        assertThat(updater.getState()).isEmpty();
        assertThat(updater.wantsCurvature(0)).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(Nd4j.ones(DataType.DOUBLE, N), 0, 0))
                .withMessageContaining("there is no state view for a gradient of 6 values")
                .withMessageContaining("wraps around silently");
    }

    @Test
    void a_view_that_does_not_divide_should_be_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DiffGrad().instantiate(Nd4j.zeros(DataType.DOUBLE, 10), true))
                .withMessageContaining("the state view has 10 values, but must hold a multiple of 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DiffGrad().instantiate(Nd4j.zeros(DataType.DOUBLE, 3, 2), true))
                .withMessageContaining("but must be [n] or [1, n]");
    }

    @Test
    void another_type_than_the_gradient_should_be_refused() {
        FusedUpdater updater = new Lion().instantiate(Nd4j.zeros(DataType.FLOAT, N), true);
        assertThatIllegalStateException()
                .isThrownBy(() -> updater.applyUpdater(Nd4j.ones(DataType.DOUBLE, N), 0, 0))
                .withMessageContaining("the state is FLOAT, but the gradient is DOUBLE");
    }

    @Test
    void a_negative_iteration_should_be_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Steps.updater(new Lion(), N).applyUpdater(Nd4j.ones(DataType.DOUBLE, N), -1, 0))
                .withMessage("iteration = -1, but must be at least 0");
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void state_maps_should_have_exactly_the_keys(OptimizerConfig config) {
        FusedUpdater updater = Steps.updater(config, N);
        Map<String, INDArray> more = copy(updater.getState());
        more.put("X", Nd4j.zeros(DataType.DOUBLE, N));
        Map<String, INDArray> less = copy(updater.getState());
        less.remove("M");
        Map<String, INDArray> longer = copy(updater.getState());
        longer.put("M", Nd4j.zeros(DataType.DOUBLE, N + 1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> updater.setState(more, false))
                .withMessageContaining("X")
                .withMessageContaining(
                        "but must have exactly " + config.layout().slots());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.instantiate(less, false))
                .withMessageContaining("but must have exactly");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> updater.setState(longer, false))
                .withMessageContaining("the state of M is 7 x DOUBLE, but must be 6 x DOUBLE");
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void setting_state_should_write_into_the_bound_view(OptimizerConfig config) {
        INDArray view = Nd4j.zeros(DataType.DOUBLE, config.stateSize(N));
        FusedUpdater updater = config.instantiate(view, true);
        Map<String, INDArray> threes = updater.getState();
        threes.replaceAll((key, vector) -> Nd4j.valueArrayOf(new long[] {2, N / 2}, 3.0, DataType.DOUBLE));

        updater.setState(threes, false);

        assertThat(view.toDoubleVector()).containsOnly(3);
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void gradients_of_any_layout_should_step_like_their_values_in_c_order(OptimizerConfig config) {
        for (char order : new char[] {'c', 'f'}) {
            FusedUpdater updater = config.instantiate(Nd4j.zeros(DataType.DOUBLE, 1, config.stateSize(N)), false);
            updater.setStateViewArray(
                    Nd4j.createUninitialized(DataType.DOUBLE, 1, config.stateSize(N)), new long[] {2, 3}, order, true);
            FusedUpdater flat = Steps.updater(config, N);
            for (int iteration = 0; iteration < 3; iteration++) {
                INDArray gradient = Steps.vector(Steps.sample(iteration, N))
                        .reshape('c', new long[] {2, 3})
                        .dup(order);
                if (updater.wantsCurvature(iteration)) {
                    INDArray curvature = Steps.vector(Steps.sample(iteration + 1000, N));
                    updater.acceptCurvature(
                            curvature.reshape('c', new long[] {2, 3}).dup(order), iteration);
                }
                updater.applyUpdater(gradient, iteration, 0);
                assertThat(gradient.dup('c').reshape('c', new long[] {N}).toDoubleVector())
                        .containsExactly(
                                Steps.run(flat, iteration, iteration + 1, N).get(0));
            }
        }
    }

    @Test
    void a_scalar_parameter_should_be_stepped() {
        FusedUpdater updater = Steps.updater(new Lion(0.5), 1);
        INDArray gradient = Nd4j.scalar(DataType.DOUBLE, -3);
        updater.applyUpdater(gradient, 0, 0);
        assertThat(gradient.getDouble(0)).isEqualTo(-0.5);
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void a_view_for_another_shape_should_be_refused(OptimizerConfig config) {
        FusedUpdater updater = Steps.updater(config, N);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> updater.setStateViewArray(
                        Nd4j.zeros(DataType.DOUBLE, config.stateSize(N)), new long[] {2, 2}, 'c', true))
                .withMessageContaining("but a gradient of 4 values needs " + config.stateSize(4));
    }

    private static Map<String, INDArray> copy(Map<String, INDArray> state) {
        Map<String, INDArray> result = new HashMap<>();
        state.forEach((key, vector) -> result.put(key, vector.dup()));
        return result;
    }
}
