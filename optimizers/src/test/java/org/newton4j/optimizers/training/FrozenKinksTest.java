/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.training.frozen.FrozenKinks;

/** Every part with kinks: its replay is the network itself at θ and smooth beside it. */
class FrozenKinksTest {

    private RandomStream stream;

    @BeforeEach
    void fix_the_random_stream() {
        Nd4j.getRandom().setSeed(11);
        stream = RandomStream.here();
    }

    @AfterEach
    void leave_no_trace() {
        stream.restore();
    }

    static Stream<String> nets() {
        return KinkedNets.all().keySet().stream();
    }

    private static INDArray trainable(INDArray gradient, ParameterLayout layout) {
        INDArray copy = gradient.dup();
        layout.clearUntrainable(copy);
        return copy;
    }

    @ParameterizedTest
    @MethodSource("nets")
    void should_replay_the_gradient_of_a_float_network_at_the_recorded_point(String name) throws Exception {
        should_replay(name, DataType.FLOAT, 1e-7);
    }

    @ParameterizedTest
    @MethodSource("nets")
    void should_replay_the_gradient_of_a_double_network_at_the_recorded_point(String name) throws Exception {
        should_replay(name, DataType.DOUBLE, 1e-15);
    }

    /** Most parts repeat every bit; the tolerance is for those whose offset is computed, and for sums in another order. */
    private void should_replay(String name, DataType type, double tolerance) throws Exception {
        KinkedNets.Net net = KinkedNets.all().get(name).make(type);
        ParameterLayout layout = ParameterLayout.of(net.model());
        stream.restore();
        ShadowNetwork plain = ShadowNetwork.of(net.model(), type);
        plain.load(net.batch(), 0, 0);
        INDArray expected = trainable(plain.gradient(), layout);
        stream.restore();
        FrozenShadow frozen = FrozenShadow.of(net.model(), type, FrozenKinks.Route.RECORD);
        frozen.network().load(net.batch(), 0, 0);

        INDArray recording = trainable(frozen.recordingGradient(net.model()), layout);
        INDArray replayed = trainable(frozen.frozenGradient(), layout);

        assertThat(expected.norm2Number().doubleValue()).isPositive().isFinite();
        assertThat(recording).as("recording").isEqualTo(expected);
        double error = replayed.distance2(expected) / expected.norm2Number().doubleValue();
        assertThat(error).as("replay").isLessThanOrEqualTo(tolerance);
    }

    @ParameterizedTest
    @MethodSource("nets")
    void should_agree_with_the_tiny_step(String name) {
        KinkedNets.Net net = KinkedNets.all().get(name).make(DataType.DOUBLE);
        ParameterLayout layout = ParameterLayout.of(net.model());
        INDArray v = KinkedNets.signs(DataType.DOUBLE, layout.length(), 3);
        layout.clearUntrainable(v);
        stream.restore();
        WatchedShadow plain = WatchedShadow.of(net.model(), DataType.DOUBLE);
        plain.network().load(net.batch(), 0, 0);
        TinyStepDerivative tiny = new TinyStepDerivative(plain);
        tiny.moveTo(net.parameters());
        INDArray expected = product(tiny, net, v, layout);

        for (HessianProducts products : HessianProducts.values()) {
            stream.restore();
            NetworkDerivative derivative = new NetworkDerivative(net.model(), layout, products, false);
            derivative.load(net.batch(), 0, 0);
            derivative.moveTo(net.parameters());
            INDArray actual = product(derivative, net, v, layout);

            assertThat(derivative.way()).isEqualTo(NetworkDerivative.Way.RECORDED);
            double error = actual.distance2(expected) / expected.norm2Number().doubleValue();
            // The reference itself has an error of about 1e-6 from rounding.
            assertThat(error).as(products.toString()).isLessThan(3e-6);
        }
    }

    @ParameterizedTest
    @MethodSource("nets")
    void should_need_freezing_or_be_smooth(String name) throws Exception {
        KinkedNets.Net net = KinkedNets.all().get(name).make(DataType.DOUBLE);
        ParameterLayout layout = ParameterLayout.of(net.model());
        INDArray v = KinkedNets.signs(DataType.DOUBLE, layout.length(), 3);
        stream.restore();
        FrozenShadow frozen = FrozenShadow.of(net.model(), DataType.DOUBLE, FrozenKinks.Route.RECORD);
        frozen.network().load(net.batch(), 0, 0);
        INDArray at = frozen.recordingGradient(net.model()).dup();
        INDArray parameters = frozen.network().parameters();
        // A step that switches many units: the frozen gradient goes on straight, half the way is half the change.
        parameters.addi(v.mul(1e-4));
        INDArray half = trainable(frozen.frozenGradient().sub(at), layout);
        parameters.addi(v.mul(1e-4));
        INDArray whole = trainable(frozen.frozenGradient().sub(at), layout);

        double bend = whole.distance2(half.mul(2)) / whole.norm2Number().doubleValue();
        assertThat(bend).isLessThan(2e-2);
    }

    private static INDArray product(
            GradientDerivative derivative, KinkedNets.Net net, INDArray v, ParameterLayout layout) {
        INDArray out = Nd4j.createUninitialized(DataType.DOUBLE, v.length());
        derivative.along(v, false, 1, out);
        layout.clearUntrainable(out);
        return out;
    }
}
