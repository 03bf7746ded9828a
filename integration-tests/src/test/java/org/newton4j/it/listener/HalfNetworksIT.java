/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;

/** Networks in HALF train with every optimizer that uses curvature. */
class HalfNetworksIT {

    private static final int STEPS = 40;

    static Stream<Arguments> optimizers() {
        Map<String, IUpdater> all = ResumedTraining.optimizers();
        return all.keySet().stream()
                .flatMap(name ->
                        Stream.of(Arguments.of(name, all.get(name), false), Arguments.of(name, all.get(name), true)));
    }

    @ParameterizedTest(name = "{0}, convolution {2}")
    @MethodSource("optimizers")
    void should_train(String name, IUpdater updater, boolean convolution) {
        MultiLayerNetwork net = convolution
                ? SmallNetworks.cnn(updater, DataType.HALF)
                : SmallNetworks.batchNorm(updater, DataType.HALF);
        CurvatureListener listener = new CurvatureListener();
        net.setListeners(listener);
        DataSet batch = convolution
                ? SmallNetworks.data(1, DataType.HALF, SmallNetworks.BATCH, 1, 6, 6)
                : SmallNetworks.data(1, DataType.HALF);

        double before = loss(net, batch);
        for (int step = 0; step < STEPS; step++) {
            net.fit(batch);
        }

        assertThat(FixtureNetwork.toArray(net.params()))
                .doesNotContain(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
        assertThat(loss(net, batch)).isLessThan(0.8 * before);
        if (name.startsWith("M") || name.startsWith("K")) {
            assertThat(CurvatureListener.stateBytes(net)).isPositive();
        } else {
            assertThat(listener.gradientEvaluations()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void should_add_l2_to_the_curvature(boolean sophia) {
        double[][] steps = new double[2][];
        for (int i = 0; i < 2; i++) {
            DataType type = i == 0 ? DataType.HALF : DataType.FLOAT;
            IUpdater updater = sophia
                    ? Sophia.builder()
                            .estimator(Sophia.Estimator.H)
                            .updateInterval(1)
                            .build()
                    : new AdaHessian(0.01);
            MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                    .seed(1)
                    .dataType(type)
                    .updater(updater)
                    .l2(0.25)
                    .list()
                    .layer(new OutputLayer.Builder(LossFunction.MSE)
                            .nIn(3)
                            .nOut(2)
                            .activation(Activation.TANH)
                            .build())
                    .build());
            net.init();
            net.setParams(
                    Nd4j.linspace(-0.5, 0.5, 8, DataType.FLOAT).castTo(type).reshape(1, 8));
            net.setListeners(new CurvatureListener());
            INDArray x = Nd4j.linspace(-1, 1, 12, DataType.FLOAT).castTo(type).reshape(4, 3);
            INDArray y = Nd4j.linspace(1, -1, 8, DataType.FLOAT).castTo(type).reshape(4, 2);
            for (int step = 0; step < 10; step++) {
                net.fit(new DataSet(x, y));
            }
            steps[i] = FixtureNetwork.toArray(net.params());
        }
        assertThat(steps[0]).containsExactly(steps[1], within(0.01));
    }

    /** Cross-entropy in DOUBLE: Deeplearning4j's own has the logarithm of probabilities that are 0 in HALF. */
    private static double loss(MultiLayerNetwork net, DataSet batch) {
        INDArray output = net.output(batch.getFeatures(), true).castTo(DataType.DOUBLE);
        INDArray labels = batch.getLabels().castTo(DataType.DOUBLE);
        double sum = 0;
        for (long i = 0; i < labels.size(0); i++) {
            for (long k = 0; k < labels.size(1); k++) {
                sum -= labels.getDouble(i, k) * Math.log(Math.max(output.getDouble(i, k), 1e-8));
            }
        }
        return sum / labels.size(0);
    }
}
