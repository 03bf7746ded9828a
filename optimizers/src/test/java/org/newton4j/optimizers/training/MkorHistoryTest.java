/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.oneHot;

import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.curvature.inverse.RankOneRule;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.update.MkorRule;

/** MKOR on layers so wide that histories stand for their factors at first: 221 inputs take 88 vectors, 205 outputs 82. */
class MkorHistoryTest {

    private static final KroneckerLayer LAYER = new KroneckerLayer("wide", 205, 221, 3, 45_103, false);

    @TempDir
    Path folder;

    private static MultiLayerNetwork net(MkorRule rule) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(5)
                .activation(Activation.TANH)
                .updater(
                        Mkor.builder().base(new Nesterovs(0.02, 0.9)).rule(rule).build())
                .list()
                .layer(new DenseLayer.Builder().name("first").nIn(220).nOut(205).build())
                .layer(new OutputLayer.Builder().name("last").nIn(205).nOut(3).build())
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static void fit(MultiLayerNetwork net, int from, int to) {
        for (int t = from; t < to; t++) {
            Nd4j.getRandom().setSeed(100 + t);
            net.fit(new DataSet(Nd4j.rand(DataType.FLOAT, 6, 220), oneHot(6, 3).castTo(DataType.FLOAT)));
        }
    }

    private static SavedArrays state(MultiLayerNetwork net) {
        return NetworkPreconditioners.of(net).states().get("MKOR@0");
    }

    @ParameterizedTest
    @CsvSource({"EXACT,1", "EXACT,85", "EXACT,95", "REFERENCE,1", "REFERENCE,60"})
    void a_resumed_run_should_go_on_bit_by_bit(MkorRule rule, int cut) throws Exception {
        Path file = folder.resolve("model.zip");
        MultiLayerNetwork net = net(rule);
        fit(net, 0, cut);
        assertThat(state(net).has("first/a")).isEqualTo(cut > 88);
        assertThat(state(net).has("first/g")).isEqualTo(cut > 82);
        Checkpoints.save(net, file);
        fit(net, cut, 97);
        MultiLayerNetwork again = Checkpoints.restoreMultiLayerNetwork(file);
        again.setListeners(new CurvatureListener());
        fit(again, cut, 97);
        assertThat(again.params()).isEqualTo(net.params());
        assertThat(state(again).array("first/a")).isEqualTo(state(net).array("first/a"));
    }

    @Test
    void a_run_should_survive_another_data_type() {
        MultiLayerNetwork net = net(MkorRule.EXACT);
        fit(net, 0, 5);
        MultiLayerNetwork wide = net.convertDataType(DataType.DOUBLE);
        Checkpoints.copyState(net, wide);
        wide.setListeners(new CurvatureListener());
        wide.fit(new DataSet(Nd4j.rand(DataType.DOUBLE, 6, 220), oneHot(6, 3)));
        INDArray rows = state(wide).array("first/aRows");
        assertThat(rows.dataType()).isEqualTo(DataType.DOUBLE);
        assertThat(rows.size(0)).isEqualTo(6);
    }

    private static RankOneFactors factors() {
        return new RankOneFactors(LAYER, DataType.FLOAT, RankOneRule.EXACT, 0.95, null);
    }

    private static RankOneFactors trained(int updates) {
        RankOneFactors factors = factors();
        for (int t = 0; t < updates; t++) {
            take(factors, t);
        }
        return factors;
    }

    private static void take(RankOneFactors factors, int t) {
        Nd4j.getRandom().setSeed(t);
        assertThat(factors.update(
                        new MkorFactors.Means(Nd4j.rand(DataType.FLOAT, 221), Nd4j.rand(DataType.FLOAT, 205))))
                .isNull();
    }

    private static INDArray product(RankOneFactors factors) {
        INDArray flat = Nd4j.linspace(-1, 1, 50_000, DataType.FLOAT);
        new KroneckerProduct(LAYER, new KroneckerProduct.Buffers(DataType.FLOAT, List.of(LAYER)))
                .apply(factors.left(), factors.right(), flat, KroneckerProduct.Rescale.JOINT);
        return flat.castTo(DataType.DOUBLE);
    }

    /** Before there were histories, every state had both matrices. */
    @Test
    void a_state_of_an_older_version_should_go_on() {
        RankOneFactors factors = trained(20);
        SavedArrays old = new SavedArrays()
                .with("a", factors.inputs().matrix())
                .with("aUpdates", 20L)
                .with("g", factors.outputs().matrix())
                .with("gUpdates", 20L);
        RankOneFactors again = factors();
        again.restore("", old);
        assertThat(error(product(again), product(factors))).isLessThan(1e-5);
        take(factors, 20);
        take(again, 20);
        assertThat(again.updates()).isEqualTo(21);
        assertThat(again.inputs().thin()).isFalse();
        assertThat(error(product(again), product(factors))).isLessThan(1e-5);
    }

    @Test
    void a_history_of_another_network_should_be_refused_and_change_nothing() {
        SavedArrays saved = new SavedArrays();
        trained(4).save("x/", saved);
        RankOneFactors other = new RankOneFactors(
                new KroneckerLayer("other", 206, 221, 0, -1, false), DataType.FLOAT, RankOneRule.EXACT, 0.95, null);
        assertThatThrownBy(() -> other.restore("x/", saved))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the saved factor 'x/g' has shape [205, 205], but this network needs [206, 206]");
        assertThat(other.updates()).isZero();
    }
}
