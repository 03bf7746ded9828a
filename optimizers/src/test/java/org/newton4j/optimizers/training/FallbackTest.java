/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.BaseActivationFunction;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.newton4j.optimizers.training.frozen.FrozenKinks;
import org.newton4j.optimizers.training.frozen.UnknownPartException;
import org.slf4j.LoggerFactory;

/** Networks that cannot be frozen, or whose frozen gradient is not theirs. */
class FallbackTest {

    /** |z|, which nobody told the library about. */
    static final class Absolute extends BaseActivationFunction {

        private static final long serialVersionUID = 1L;

        @Override
        public INDArray getActivation(INDArray in, boolean training) {
            return Transforms.abs(in, false);
        }

        @Override
        public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
            return new Pair<>(Transforms.sign(in, false).muli(epsilon), null);
        }
    }

    /** A subclass may do anything, so it is as unknown. */
    static final class MyRelu extends ActivationReLU {

        private static final long serialVersionUID = 1L;
    }

    private static INDArray product(NetworkDerivative derivative, KinkedNets.Net net) {
        derivative.load(net.batch(), 0, 0);
        derivative.moveTo(net.parameters());
        INDArray v = KinkedNets.signs(DataType.DOUBLE, net.parameters().length(), 3);
        INDArray out = v.dup();
        derivative.along(v, out);
        return out;
    }

    private static INDArray tinyStep(KinkedNets.Net net) {
        ShadowNetwork shadow = ShadowNetwork.of(net.model(), DataType.DOUBLE);
        shadow.load(net.batch(), 0, 0);
        TinyStepDerivative tiny = new TinyStepDerivative(shadow);
        tiny.moveTo(net.parameters());
        INDArray v = KinkedNets.signs(DataType.DOUBLE, net.parameters().length(), 3);
        INDArray out = v.dup();
        tiny.along(v, out);
        return out;
    }

    /** What the listener's logger writes at level INFO during an action. */
    private static String logged(Runnable action) throws ReflectiveOperationException {
        Object logger = LoggerFactory.getLogger(CurvatureListener.class);
        Field level = logger.getClass().getDeclaredField("currentLogLevel");
        level.setAccessible(true);
        int before = level.getInt(logger);
        PrintStream err = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        try {
            level.setInt(logger, 20);
            System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
            action.run();
        } finally {
            System.setErr(err);
            level.setInt(logger, before);
        }
        return written.toString(StandardCharsets.UTF_8);
    }

    @Test
    void should_take_the_tiny_step_for_an_unknown_activation_and_say_so_once() throws Exception {
        KinkedNets.Net net = KinkedNets.dense(new Absolute()).make(DataType.FLOAT);
        NetworkDerivative[] derivative = new NetworkDerivative[1];
        INDArray[] actual = new INDArray[1];

        String log = logged(() -> {
            derivative[0] =
                    new NetworkDerivative(net.model(), ParameterLayout.of(net.model()), HessianProducts.FAST, true);
            actual[0] = product(derivative[0], net);
            product(derivative[0], net);
        });

        assertThat(log.lines().filter(line -> line.contains("CurvatureListener")))
                .singleElement()
                .asString()
                .contains("Absolute in layer 'layer0' is not known to be smooth or freezable", "cost two");
        assertThat(derivative[0].way()).isEqualTo(NetworkDerivative.Way.TINY_STEP);
        assertThat(actual[0]).isEqualTo(tinyStep(net));
        assertThat(derivative[0].evaluations()).isEqualTo(4);
    }

    @Test
    void should_not_freeze_what_is_not_known_exactly() {
        assertUnknown(KinkedNets.dense(new MyRelu()), "MyRelu");
        assertUnknown(KinkedNets.dense(new ActivationRReLU()), "ActivationRReLU");
        // Deeplearning4j's backpropagation ignores alpha.
        assertUnknown(KinkedNets.dense(new ActivationELU(0.5)), "ActivationELU");
    }

    private static void assertUnknown(KinkedNets.Recipe recipe, String part) {
        KinkedNets.Net net = recipe.make(DataType.DOUBLE);
        assertThatThrownBy(() -> FrozenShadow.of(net.model(), DataType.DOUBLE, FrozenKinks.Route.RECORD))
                .isInstanceOf(UnknownPartException.class)
                .hasMessage(part + " in layer 'layer0' is not known to be smooth or freezable");
    }

    @Test
    void should_fall_back_if_the_frozen_gradient_is_not_the_networks() throws Exception {
        ActivationLReLU liar = new ActivationLReLU(0.1);
        KinkedNets.Net net = KinkedNets.dense(liar).make(DataType.DOUBLE);
        NetworkDerivative derivative =
                new NetworkDerivative(net.model(), ParameterLayout.of(net.model()), HessianProducts.CENTRAL, false);
        assertThat(derivative.way()).isEqualTo(NetworkDerivative.Way.RECORDED);
        // The slope the replay was told is no longer the slope of the function.
        Field alpha = ActivationLReLU.class.getDeclaredField("alpha");
        alpha.setAccessible(true);
        alpha.setDouble(liar, 0.4);
        INDArray[] actual = new INDArray[1];

        String log = logged(() -> actual[0] = product(derivative, net));

        assertThat(log).contains("the frozen gradient differs from the network's by");
        assertThat(derivative.way()).isEqualTo(NetworkDerivative.Way.TINY_STEP);
        assertThat(actual[0]).isEqualTo(tinyStep(net));
        // One for recording, one for the check, two for the product.
        assertThat(derivative.evaluations()).isEqualTo(4);
    }

    @Test
    void should_record_if_the_forward_pass_was_not_seen() {
        KinkedNets.Net net = KinkedNets.dense(new ActivationReLU()).make(DataType.DOUBLE);
        NetworkDerivative derivative =
                new NetworkDerivative(net.model(), ParameterLayout.of(net.model()), HessianProducts.CENTRAL, true);
        assertThat(derivative.way()).isEqualTo(NetworkDerivative.Way.TAPPED);

        INDArray actual = product(derivative, net);

        assertThat(derivative.way()).isEqualTo(NetworkDerivative.Way.RECORDED);
        INDArray expected = tinyStep(net);
        assertThat(actual.distance2(expected) / expected.norm2Number().doubleValue())
                .isLessThan(3e-6);
    }

    @Test
    void should_check_again_after_a_change_of_shape() {
        KinkedNets.Net net = KinkedNets.dense(new ActivationReLU()).make(DataType.DOUBLE);
        NetworkDerivative derivative =
                new NetworkDerivative(net.model(), ParameterLayout.of(net.model()), HessianProducts.FAST, false);
        product(derivative, net);
        long first = derivative.evaluations();
        product(derivative, net);
        long second = derivative.evaluations() - first;
        KinkedNets.Net larger = new KinkedNets.Net(
                net.model(),
                new org.nd4j.linalg.dataset.MultiDataSet(
                        Nd4j.vstack(net.batch().getFeatures(0), net.batch().getFeatures(0)),
                        Nd4j.vstack(net.batch().getLabels(0), net.batch().getLabels(0))));
        product(derivative, larger);
        long third = derivative.evaluations() - first - second;

        assertThat(second).isEqualTo(2);
        assertThat(third).isEqualTo(3);
    }
}
