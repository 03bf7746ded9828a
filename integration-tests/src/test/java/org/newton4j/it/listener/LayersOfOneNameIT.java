/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.Checkpoints;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.CurvaturePlan;
import org.newton4j.optimizers.training.KroneckerLayer;
import org.newton4j.optimizers.training.KroneckerStatistics;
import org.newton4j.optimizers.training.NetworkHessian;
import org.newton4j.optimizers.update.MkorRule;

/** A name is no key: Deeplearning4j lets several layers of a MultiLayerNetwork have the same. */
class LayersOfOneNameIT {

    private static final DataType TYPE = DataType.FLOAT;

    static Stream<IUpdater> updaters() {
        return Stream.of(
                new Mkor(new Sgd(0.1)),
                Mkor.builder().base(new Sgd(0.1)).rule(MkorRule.FULL).build(),
                Kfac.builder()
                        .base(new Sgd(0.1))
                        .factorInterval(2)
                        .inverseInterval(2)
                        .build(),
                Kfac.builder()
                        .base(new Sgd(0.1))
                        .inverseInterval(3)
                        .inverseDelay(2)
                        .build(),
                new Mfac(new Sgd(0.01)),
                new AdaHessian(0.05),
                States.sophia(Sophia.Estimator.G),
                States.sophia(Sophia.Estimator.H));
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void should_train_and_resume_as_with_different_names(IUpdater updater, @TempDir Path directory) throws IOException {
        for (List<String> names : List.of(List.of("h", "h", "h"), List.of("h", "x", "h"), List.of("h", "h", "h#1"))) {
            MultiLayerNetwork right = net(updater, List.of("a", "b", "c"));
            MultiLayerNetwork net = net(updater, names);
            for (MultiLayerNetwork each : List.of(right, net)) {
                each.setListeners(new CurvatureListener());
                fit(each, 0, 5);
            }
            assertThat(States.params(net)).as("%s", names).isEqualTo(States.params(right));
            Path file = directory.resolve("net.zip");
            Checkpoints.save(net, file);
            MultiLayerNetwork resumed = Checkpoints.restoreMultiLayerNetwork(file);
            resumed.setListeners(new CurvatureListener());
            fit(net, 5, 9);
            fit(resumed, 5, 9);
            assertThat(States.params(resumed)).as("%s resumed", names).isEqualTo(States.params(net));
        }
    }

    @Test
    void should_have_a_block_of_the_hessian_each() {
        MultiLayerNetwork net = net(new Sgd(0.1), List.of("h", "h", "x"));
        NetworkHessian hessian = NetworkHessian.of(net, SmallNetworks.data(1, TYPE));
        assertThat(hessian.layers()).containsExactly("h#0", "h#1", "x", "layer3");
        long first = net.getLayer(0).numParams();
        long second = net.getLayer(1).numParams();
        INDArray v = Nd4j.zeros(DataType.DOUBLE, net.numParams());
        v.putScalar(first, 1);
        INDArray whole = v.like();
        hessian.multiply(v, whole);
        for (var block : List.of(hessian.layer("h#1"), hessian.layer(1))) {
            INDArray e = Nd4j.zeros(DataType.DOUBLE, second);
            e.putScalar(0, 1);
            INDArray column = e.like();
            block.multiply(e, column);
            INDArray part = whole.get(NDArrayIndex.interval(first, first + second));
            assertThat(column.distance2(part)).isLessThan(1e-8);
        }
        assertThat(hessian.layer(0).dimension()).isEqualTo(first);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> hessian.layer("h"))
                .withMessageContaining("several layers are called 'h'")
                .withMessageContaining("layer(0) = layer(\"h#0\"), layer(1) = layer(\"h#1\"), layer(2) = layer(\"x\")");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> hessian.layer(4))
                .withMessageContaining("index 4")
                .withMessageContaining("layer(3)");
        assertThatIllegalArgumentException().isThrownBy(() -> hessian.layer(-1));
    }

    @Test
    void should_have_statistics_each() {
        MultiLayerNetwork net = net(new Sgd(0.1), List.of("h", "h", "h"));
        KroneckerStatistics statistics = KroneckerStatistics.of(net, SmallNetworks.data(1, TYPE));
        assertThat(statistics.layers()).extracting(KroneckerLayer::name).containsExactly("h#0", "h#1", "h#2", "layer3");
        assertThat(CurvaturePlan.layersCostingMore(net, 1, 1e-3)).contains("h#0", "h#1", "h#2");
    }

    @Test
    void should_be_excluded_together_by_name_or_one_by_one() {
        List<Long> sizes = Stream.of(List.of("h"), List.of("h#1"), List.of("h#0", "h#1"), List.of("x"))
                .map(excluded -> {
                    MultiLayerNetwork net = net(
                            Mkor.builder().base(new Sgd(0.1)).exclude(excluded).build(), List.of("h", "h", "x"));
                    net.setListeners(new CurvatureListener());
                    fit(net, 0, 2);
                    return CurvatureListener.stateBytes(net);
                })
                .toList();
        assertThat(sizes.get(0)).isEqualTo(sizes.get(2)).isLessThan(sizes.get(1));
        assertThat(sizes.get(3)).isEqualTo(sizes.get(1));
    }

    /** Its checkpoints have always had the name as their key. */
    @Test
    void should_keep_the_name_where_the_other_layer_has_no_matrix() {
        MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(new Kfac(), TYPE)
                .list(
                        new DenseLayer.Builder()
                                .name("h")
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .build(),
                        new BatchNormalization.Builder()
                                .name("h")
                                .nIn(6)
                                .nOut(6)
                                .build(),
                        SmallNetworks.output(6)));
        KroneckerStatistics statistics = KroneckerStatistics.of(net, SmallNetworks.data(1, TYPE));
        assertThat(statistics.layers()).extracting(KroneckerLayer::name).containsExactly("h", "layer2");
        assertThat(statistics.skipped()).containsOnlyKeys("h#1");
    }

    private static MultiLayerNetwork net(IUpdater updater, List<String> names) {
        return SmallNetworks.init(SmallNetworks.builder(updater.clone(), TYPE)
                .list(
                        new DenseLayer.Builder()
                                .name(names.get(0))
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .build(),
                        new DenseLayer.Builder()
                                .name(names.get(1))
                                .nIn(6)
                                .nOut(6)
                                .build(),
                        new DenseLayer.Builder()
                                .name(names.get(2))
                                .nIn(6)
                                .nOut(6)
                                .build(),
                        SmallNetworks.output(6)));
    }

    private static void fit(MultiLayerNetwork net, int from, int to) {
        for (int i = from; i < to; i++) {
            net.fit(SmallNetworks.data(i, TYPE));
        }
    }
}
