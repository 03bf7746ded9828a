/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Reference;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.CurvaturePlan;
import org.newton4j.optimizers.training.HessianProducts;

/** Training holds the bytes that {@link CurvaturePlan} announces, beyond an updater with as much state. */
class PlannedMemoryIT {

    private static final int STEPS = 4;

    /** Recorded kinks and the mini-batch are not planned; a vector that is one too many is 10 % or more. */
    private static final Percentage TOLERANCE = Percentage.withPercentage(6);

    /** Listeners are made in the test: JUnit keeps its arguments, and a listener holds what it has worked on. */
    static Stream<Arguments> plans() {
        return Stream.of(
                hessian(HessianProducts.FAST, 1),
                hessian(HessianProducts.FAST, 3),
                hessian(HessianProducts.CENTRAL, 1),
                hessian(HessianProducts.EXACT, 1),
                Arguments.of(
                        "Sophia G",
                        Sophia.builder()
                                .learningRate(1e-3)
                                .estimator(Sophia.Estimator.G)
                                .updateInterval(1)
                                .build(),
                        (Supplier<CurvatureListener>) CurvatureListener::new,
                        new Adam(1e-3),
                        (ToDoubleFunction<MultiLayerNetwork>)
                                net -> CurvaturePlan.bartlettDiagonal(net).bytes()),
                Arguments.of(
                        "Mfac",
                        Mfac.builder()
                                .base(new Nesterovs(1e-3, 0.9))
                                .gradients(8)
                                .damping(0.1)
                                .build(),
                        (Supplier<CurvatureListener>) CurvatureListener::new,
                        new Nesterovs(1e-3, 0.9),
                        (ToDoubleFunction<MultiLayerNetwork>)
                                net -> CurvaturePlan.mfac(net, 8, null, 1e9).bytes()),
                Arguments.of(
                        "Mkor",
                        Mkor.builder().base(new Nesterovs(1e-3, 0.9)).build(),
                        (Supplier<CurvatureListener>) CurvatureListener::new,
                        new Nesterovs(1e-3, 0.9),
                        (ToDoubleFunction<MultiLayerNetwork>)
                                net -> CurvaturePlan.mkor(net, 4).bytes()));
    }

    private static Arguments hessian(HessianProducts products, int probes) {
        return Arguments.of(
                products + " with probes " + probes,
                new AdaHessian(0.01),
                (Supplier<CurvatureListener>) () -> CurvatureListener.builder()
                        .products(products)
                        .probes(probes)
                        .build(),
                new Adam(1e-3),
                (ToDoubleFunction<MultiLayerNetwork>) net ->
                        CurvaturePlan.hutchinsonDiagonal(net, products, probes).bytes());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("plans")
    void should_hold_what_is_planned(
            String name,
            IUpdater updater,
            Supplier<CurvatureListener> listener,
            IUpdater plain,
            ToDoubleFunction<MultiLayerNetwork> plan)
            throws InterruptedException, ReflectiveOperationException {
        long without = held(plain, CurvatureListener::new);
        long with = held(updater, listener);

        assertThat((double) (with - without)).as(name).isCloseTo(plan.applyAsDouble(network(updater)), TOLERANCE);
    }

    /** Bytes of ND4J arrays of a network in training; those of earlier ones may still be freed in the meantime. */
    private static long held(IUpdater updater, Supplier<CurvatureListener> listener)
            throws InterruptedException, ReflectiveOperationException {
        INDArray features = Nd4j.linspace(-1, 1, 4 * 100, DataType.FLOAT).reshape(4, 100);
        DataSet batch = new DataSet(features, Nd4j.eye(4).castTo(DataType.FLOAT));
        Set<Object> before = LiveMemory.owners();
        MultiLayerNetwork net = network(updater);
        net.setListeners(listener.get());
        for (int step = 0; step < STEPS; step++) {
            net.fit(batch);
        }
        LiveMemory.settled(Long.MAX_VALUE);
        long held = LiveMemory.arraysBeside(before);
        Reference.reachabilityFence(net);
        Reference.reachabilityFence(batch);
        return held;
    }

    private static MultiLayerNetwork network(IUpdater updater) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(DataType.FLOAT)
                .updater(updater)
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(100)
                        .nOut(200)
                        .activation(Activation.RELU)
                        .build())
                .layer(new OutputLayer.Builder()
                        .nIn(200)
                        .nOut(4)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        return net;
    }
}
