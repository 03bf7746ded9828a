/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.update.FactorScale;

class KfacTrainingTest {

    private final INDArray features =
            Nd4j.create(new double[][] {{1, 2, -1}, {0, 1, 3}, {2, -2, 1}, {1, 1, 1}, {0, -1, 2}});
    private final INDArray labels = Nd4j.create(new double[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}});

    @TempDir
    Path folder;

    private static MultiLayerNetwork network(IUpdater updater, boolean batchNorm) {
        var list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .activation(Activation.TANH)
                .updater(updater)
                .list()
                .layer(new DenseLayer.Builder().nIn(3).nOut(4).dropOut(0.8).build());
        if (batchNorm) {
            list.layer(new BatchNormalization.Builder().nOut(4).build());
        }
        MultiLayerConfiguration configuration = list.layer(new OutputLayer.Builder()
                        .nIn(4)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build();
        MultiLayerNetwork net = new MultiLayerNetwork(configuration);
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private INDArray trained(Kfac kfac, int steps) {
        Nd4j.getRandom().setSeed(3);
        MultiLayerNetwork net = network(kfac, false);
        for (int step = 0; step < steps; step++) {
            net.fit(features, labels);
        }
        return net.params();
    }

    private static Kfac.Builder base() {
        return Kfac.builder().base(new Sgd(0.05)).factorInterval(1).inverseInterval(2);
    }

    static Stream<UnaryOperator<Kfac.Builder>> changes() {
        return Stream.of(
                builder -> builder.base(new Sgd(0.06)),
                builder -> builder.factorInterval(2),
                builder -> builder.inverseInterval(3),
                builder -> builder.damping(0.2),
                builder -> builder.dampingSchedule(new ExponentialSchedule(ScheduleType.ITERATION, 0.01, 0.5)),
                builder -> builder.decay(0.5),
                builder -> builder.klClip(1e-6),
                builder -> builder.inverse(KroneckerInverse.EIGENBASIS),
                builder -> builder.inverse(KroneckerInverse.FACTORS),
                builder -> builder.scale(FactorScale.REFERENCE),
                builder -> builder.spreadRefreshes(true),
                builder -> builder.inverseInterval(3).inverseDelay(2),
                builder -> builder.inverseInterval(3).inverseDelay(1).inverse(KroneckerInverse.EIGENBASIS));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void every_hyper_parameter_should_change_the_training_and_the_identity(UnaryOperator<Kfac.Builder> change) {
        Kfac before = base().build();
        Kfac after = change.apply(base()).build();
        assertThat(after).isNotEqualTo(before);
        assertThat(trained(after, 6)).isNotEqualTo(trained(before, 6));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void a_configuration_should_survive_JSON_and_YAML(UnaryOperator<Kfac.Builder> change) {
        MultiLayerConfiguration configuration =
                network(change.apply(base()).build(), true).getLayerWiseConfigurations();
        assertThat(MultiLayerConfiguration.fromJson(configuration.toJson())).isEqualTo(configuration);
        assertThat(MultiLayerConfiguration.fromYaml(configuration.toYaml())).isEqualTo(configuration);
    }

    @ParameterizedTest
    @MethodSource("changes")
    void a_resumed_network_should_go_on_bit_by_bit(UnaryOperator<Kfac.Builder> change) throws IOException {
        Kfac kfac = change.apply(base().factorInterval(2).inverseInterval(3)).build();
        for (int half : new int[] {4, 5, 6}) {
            Nd4j.getRandom().setSeed(3);
            MultiLayerNetwork net = network(kfac, true);
            train(net, half);
            Path file = folder.resolve("net.zip");
            Checkpoints.save(net, file);
            train(net, half);

            MultiLayerNetwork resumed = Checkpoints.restoreMultiLayerNetwork(file);
            resumed.setListeners(new CurvatureListener());
            train(resumed, half);
            assertThat(resumed.params()).as("half %d", half).isEqualTo(net.params());
        }
    }

    private void train(MultiLayerNetwork net, int steps) {
        for (int step = 0; step < steps; step++) {
            net.fit(features, labels);
        }
    }

    @Test
    void layers_without_factors_should_be_left_to_the_base_updater() {
        MultiLayerNetwork plain = network(new Sgd(0.05), true);
        MultiLayerNetwork net = network(base().build(), true);
        Nd4j.getRandom().setSeed(3);
        plain.fit(features, labels);
        Nd4j.getRandom().setSeed(3);
        net.fit(features, labels);
        for (Map.Entry<String, INDArray> entry : plain.paramTable().entrySet()) {
            boolean preconditioned =
                    entry.getKey().startsWith("0_") || entry.getKey().startsWith("2_");
            assertThat(net.getParam(entry.getKey()).equals(entry.getValue()))
                    .as(entry.getKey())
                    .isNotEqualTo(preconditioned);
        }
    }

    @ParameterizedTest
    @EnumSource(KroneckerInverse.class)
    void the_clip_should_count_each_layer_with_its_own_learning_rate(KroneckerInverse inverse) {
        double[] rates = {0.5, 0.02};
        double klClip = 1e-4;
        MultiLayerNetwork witness = network(new Sgd(1), false);
        INDArray start = witness.params().dup();
        INDArray raw = moved(witness, start);
        INDArray free = start.like();
        INDArray clipped = start.like();
        for (boolean clip : new boolean[] {false, true}) {
            MultiLayerNetwork net =
                    network(base().inverse(inverse).klClip(clip ? klClip : 0).build(), false);
            net.setLearningRate(0, rates[0]);
            net.setLearningRate(1, rates[1]);
            (clip ? clipped : free).assign(moved(net, start));
        }
        long first = witness.getLayer(0).numParams();
        // What moved is learningRate U, so learningRate^2 U.V is learningRate times its product with V.
        double inner = rates[0] * dot(free, raw, 0, first) + rates[1] * dot(free, raw, first, start.length());
        double scale = clipped.norm2Number().doubleValue() / free.norm2Number().doubleValue();
        assertThat(scale).isLessThan(1).isCloseTo(Math.sqrt(klClip / inner), within(1e-9));
    }

    private INDArray moved(MultiLayerNetwork net, INDArray start) {
        Nd4j.getRandom().setSeed(3);
        net.params().assign(start);
        net.fit(features, labels);
        return start.sub(net.params());
    }

    private static double dot(INDArray a, INDArray b, long from, long to) {
        var range = NDArrayIndex.interval(from, to);
        return a.reshape(a.length())
                .get(range)
                .mul(b.reshape(b.length()).get(range))
                .sumNumber()
                .doubleValue();
    }

    @Test
    void every_base_should_train() {
        for (IUpdater updater : new IUpdater[] {new Sgd(0.05), new Adam(0.01), new Lion(0.01)}) {
            MultiLayerNetwork net = network(base().base(updater).build(), false);
            double before = net.score(new org.nd4j.linalg.dataset.DataSet(features, labels));
            train(net, 30);
            assertThat(net.score(new org.nd4j.linalg.dataset.DataSet(features, labels)))
                    .as("%s", updater)
                    .isLessThan(before);
        }
    }

    @Test
    void a_base_that_needs_curvature_or_preconditions_should_be_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Kfac(new AdaHessian()))
                .withMessageContaining("must work on gradients alone");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Kfac(new Kfac()))
                .withMessageContaining("must work on gradients alone");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Kfac.builder().inverse(null))
                .withMessageContaining("inverse = null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Kfac.builder().klClip(Double.NaN))
                .withMessageContaining("klClip = NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Kfac.builder().inverseDelay(-1))
                .withMessageContaining("inverseDelay = -1, but must be at least 0");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Kfac.builder().inverseInterval(3).inverseDelay(3).build())
                .withMessageContaining("inverseDelay = 3, but must be less than inverseInterval = 3");
    }
}
