/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.BaseActivationFunction;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.newton4j.optimizers.training.frozen.FrozenKinks;
import org.newton4j.optimizers.training.frozen.Smooth;
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

    /** sin z, which its author knows to be smooth. */
    @Smooth
    static class Sine extends BaseActivationFunction {

        private static final long serialVersionUID = 1L;

        @Override
        public INDArray getActivation(INDArray in, boolean training) {
            return Transforms.sin(in, false);
        }

        @Override
        public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
            return new Pair<>(Transforms.cos(in, false).muli(epsilon), null);
        }
    }

    /** Its author has declared nothing. */
    static final class SubclassOfSine extends Sine {

        private static final long serialVersionUID = 1L;
    }

    /** Mean squared error under another name, declared. */
    @Smooth
    static final class MyLoss extends LossMSE {

        private static final long serialVersionUID = 1L;
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
        derivative.along(v, false, 1, out);
        return out;
    }

    private static INDArray tinyStep(KinkedNets.Net net) {
        WatchedShadow shadow = WatchedShadow.of(net.model(), DataType.DOUBLE);
        shadow.network().load(net.batch(), 0, 0);
        TinyStepDerivative tiny = new TinyStepDerivative(shadow);
        tiny.moveTo(net.parameters());
        INDArray v = KinkedNets.signs(DataType.DOUBLE, net.parameters().length(), 3);
        INDArray out = v.dup();
        tiny.along(v, false, 1, out);
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
                .contains("Absolute in layer 'layer0' is not known to be smooth or freezable", "cost two", "@Smooth");
        assertThat(derivative[0].way()).isEqualTo(NetworkDerivative.Way.TINY_STEP);
        assertThat(actual[0]).isEqualTo(tinyStep(net));
        assertThat(derivative[0].evaluations()).isEqualTo(4);
    }

    @Test
    void should_not_freeze_what_is_not_known_exactly() {
        String remedy = "; if it is smooth, annotate its class with @Smooth";
        assertUnknown(KinkedNets.dense(new MyRelu()), "MyRelu", remedy);
        assertUnknown(KinkedNets.dense(new SubclassOfSine()), "SubclassOfSine", remedy);
        assertUnknown(KinkedNets.dense(new ActivationRReLU()), "ActivationRReLU", "");
        // Deeplearning4j's backpropagation ignores alpha.
        assertUnknown(KinkedNets.dense(new ActivationELU(0.5)), "ActivationELU", "");
    }

    /** In training without any extra gradient, and exact to 1e-7 where the fallback is exact to 1e-6. */
    @Test
    void should_differentiate_functions_that_are_declared_smooth_as_its_own() throws Exception {
        KinkedNets.Net net = KinkedNets.dense(new Sine()).make(DataType.DOUBLE);
        NetworkDerivative[] derivative = new NetworkDerivative[1];
        INDArray[] actual = new INDArray[1];

        String log = logged(() -> {
            derivative[0] =
                    new NetworkDerivative(net.model(), ParameterLayout.of(net.model()), HessianProducts.EXACT, false);
            actual[0] = product(derivative[0], net);
        });

        assertThat(log).doesNotContain("CurvatureListener");
        assertThat(derivative[0].way()).isEqualTo(NetworkDerivative.Way.RECORDED);
        assertThat(actual[0].distance2(tinyStep(net)) / actual[0].norm2Number().doubleValue())
                .isLessThan(3e-6);
        assertThat(new NetworkDerivative(net.model(), ParameterLayout.of(net.model()), HessianProducts.FAST, true)
                        .way())
                .isEqualTo(NetworkDerivative.Way.TAPPED);
        DenseReference reference = DenseReference.of(
                (MultiLayerNetwork) net.model(),
                new DataSet(net.batch().getFeatures(0), net.batch().getLabels(0)));
        INDArray v = KinkedNets.signs(DataType.DOUBLE, net.parameters().length(), 3);
        INDArray expected =
                reference.hessian().mmul(v).muli(net.batch().getLabels(0).size(0));
        assertThat(DenseReference.error(actual[0], expected)).isLessThan(1e-7);
    }

    @Test
    void should_differentiate_losses_that_are_declared_smooth_as_its_own() {
        KinkedNets.Net net = KinkedNets.mlp(
                DataType.DOUBLE,
                () -> new Sgd(0.1),
                list -> list.layer(new OutputLayer.Builder(new MyLoss())
                        .nIn(8)
                        .nOut(3)
                        .activation(Activation.TANH)
                        .build()));

        assertThat(new NetworkDerivative(net.model(), ParameterLayout.of(net.model()), HessianProducts.EXACT, false)
                        .way())
                .isEqualTo(NetworkDerivative.Way.RECORDED);
    }

    @Test
    void should_say_it_once_per_network_however_many_operators_are_made() throws Exception {
        KinkedNets.Net first = KinkedNets.dense(new Absolute()).make(DataType.DOUBLE);
        KinkedNets.Net second = KinkedNets.dense(new Absolute()).make(DataType.DOUBLE);
        KinkedNets.Net wrong = KinkedNets.dense(new ActivationRReLU()).make(DataType.DOUBLE);

        String log = logged(() -> {
            for (int i = 0; i < 3; i++) {
                for (KinkedNets.Net net : List.of(first, second, wrong)) {
                    NetworkHessian.of(
                            (MultiLayerNetwork) net.model(),
                            new DataSet(net.batch().getFeatures(0), net.batch().getLabels(0)));
                }
            }
        });

        assertThat(log.lines().filter(line -> line.contains("Absolute in layer")))
                .hasSize(2);
        assertThat(log.lines().filter(line -> line.contains("ActivationRReLU in layer")))
                .hasSize(1);
        assertThat(log.lines().filter(line -> line.contains("wrong gradients"))).hasSize(1);
    }

    private static void assertUnknown(KinkedNets.Recipe recipe, String part, String remedy) {
        KinkedNets.Net net = recipe.make(DataType.DOUBLE);
        assertThatThrownBy(() -> FrozenShadow.of(net.model(), DataType.DOUBLE, FrozenKinks.Route.RECORD))
                .isInstanceOf(UnknownPartException.class)
                .hasMessage(part + " in layer 'layer0' is not known to be smooth or freezable" + remedy);
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
        // One for recording, one for the check, two for the check beside θ and one to come back, two for the product.
        assertThat(derivative.evaluations()).isEqualTo(7);
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
