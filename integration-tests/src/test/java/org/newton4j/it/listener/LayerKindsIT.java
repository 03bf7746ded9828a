/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
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
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;

/** Every kind of layer is trained, FLOAT and DOUBLE, and only what is trainable gets curvature. */
class LayerKindsIT {

    private static final double BETA2 = 0.999;
    private static final int STEPS = 40;

    static Stream<Arguments> networks() {
        return Stream.of(
                        arguments("dense", SmallNetworks::mlp, SmallNetworks.BATCH, SmallNetworks.FEATURES),
                        arguments(
                                "batch normalisation",
                                SmallNetworks::batchNorm,
                                SmallNetworks.BATCH,
                                SmallNetworks.FEATURES),
                        arguments("relu and max pooling", SmallNetworks::cnn, SmallNetworks.BATCH, 1, 6, 6))
                .flatMap(network -> Stream.of(DataType.FLOAT, DataType.DOUBLE)
                        .map(type -> Arguments.of(network.get()[0], type, network.get()[1], network.get()[2])));
    }

    private static Arguments arguments(
            String name, BiFunction<IUpdater, DataType, MultiLayerNetwork> network, long... shape) {
        return Arguments.of(name, network, shape);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("networks")
    void should_learn_one_batch(
            String name, DataType type, BiFunction<IUpdater, DataType, MultiLayerNetwork> network, long[] shape) {
        MultiLayerNetwork net = network.apply(unbounded(0.05), type);
        CurvatureListener listener = new CurvatureListener();
        net.setListeners(listener);
        DataSet batch = SmallNetworks.data(3, type, shape);
        double before = net.score(batch);
        for (int i = 0; i < STEPS; i++) {
            net.fit(batch);
        }
        assertThat(net.score(batch)).isLessThan(0.6 * before);
        assertThat(listener.gradientEvaluations()).isGreaterThanOrEqualTo(STEPS);
    }

    @Test
    void should_give_the_statistics_of_batch_normalisation_no_curvature_and_leave_them_as_plain_training_does() {
        DataSet batch = SmallNetworks.data(4, DataType.DOUBLE);
        MultiLayerNetwork net = SmallNetworks.batchNorm(unbounded(0.05), DataType.DOUBLE);
        MultiLayerNetwork plain = SmallNetworks.batchNorm(new org.nd4j.linalg.learning.config.Adam(), DataType.DOUBLE);
        net.setListeners(new CurvatureListener());
        net.fit(batch);
        plain.fit(batch);
        for (String statistic : new String[] {"1_mean", "1_log10stdev"}) {
            assertThat(net.getParam(statistic)).as(statistic).isEqualTo(plain.getParam(statistic));
        }
        double[] d = States.firstCurvature(net, BETA2);
        int statistics = Math.toIntExact(
                net.getParam("1_mean").length() + net.getParam("1_log10stdev").length());
        int first =
                Math.toIntExact(net.getParam("1_mean").offset() - net.params().offset());
        for (int i = 0; i < d.length; i++) {
            boolean statistic = i >= first && i < first + statistics;
            assertThat(Double.isNaN(d[i])).as("no curvature at %d", i).isEqualTo(statistic);
        }
        // gamma and beta sit in front of them.
        assertThat(d[first - 1]).isPositive();
    }

    @Test
    void should_neither_probe_nor_move_frozen_layers() {
        DataSet batch = SmallNetworks.data(5, DataType.DOUBLE);
        DenseLayer dense =
                new DenseLayer.Builder().nIn(SmallNetworks.FEATURES).nOut(6).build();
        for (org.deeplearning4j.nn.conf.layers.Layer frozen : new org.deeplearning4j.nn.conf.layers.Layer[] {
            new FrozenLayer(dense.clone()), new FrozenLayerWithBackprop(dense.clone())
        }) {
            MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(unbounded(0.05), DataType.DOUBLE)
                    .list(frozen, new DenseLayer.Builder().nIn(6).nOut(6).build(), SmallNetworks.output(6)));
            double[] before = States.params(net);
            net.setListeners(new CurvatureListener());
            net.fit(batch);
            double[] after = States.params(net);
            double[] d = States.firstCurvature(net, BETA2);
            int frozenParams = SmallNetworks.FEATURES * 6 + 6;
            int moved = 0;
            for (int i = 0; i < before.length; i++) {
                if (i < frozenParams) {
                    assertThat(after[i])
                            .as("parameter %d of %s", i, frozen.getClass().getSimpleName())
                            .isEqualTo(before[i]);
                    assertThat(Double.isNaN(d[i]) || d[i] == 0)
                            .as("curvature %d", i)
                            .isTrue();
                } else {
                    moved += after[i] != before[i] && d[i] > 0 ? 1 : 0;
                }
            }
            assertThat(moved).isGreaterThan((before.length - frozenParams) / 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"AdaHessian", "Sophia", "Mkor", "Kfac", "Mfac"})
    void should_train_an_encoder_with_noise_on_its_weights(String name) {
        IUpdater updater = switch (name) {
            case "AdaHessian" -> new AdaHessian(0.01);
            case "Sophia" -> Sophia.builder().updateInterval(1).build();
            case "Mkor" -> new Mkor(new Sgd(0.01));
            case "Kfac" -> Kfac.builder().base(new Sgd(0.01)).build();
            default -> new Mfac(new Sgd(0.01));
        };
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(DataType.FLOAT)
                .updater(updater)
                .list()
                .layer(new VariationalAutoencoder.Builder()
                        .nIn(3)
                        .nOut(4)
                        .encoderLayerSizes(5)
                        .decoderLayerSizes(5)
                        .activation(Activation.TANH)
                        .weightNoise(new DropConnect(0.8))
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(4)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        DataSet batch = new DataSet(
                Nd4j.linspace(-1, 1, 24, DataType.FLOAT).reshape(8, 3),
                Nd4j.tile(Nd4j.eye(2).castTo(DataType.FLOAT), 4, 1));
        INDArray before = net.params().dup();
        for (int step = 0; step < 5; step++) {
            net.fit(batch);
        }
        double moved = net.params().sub(before).norm2Number().doubleValue();
        assertThat(moved).isPositive().isFinite();
    }

    /** The paper's step, which learns fast on these networks. */
    private static AdaHessian unbounded(double learningRate) {
        return AdaHessian.builder().learningRate(learningRate).updateClip(0).build();
    }
}
