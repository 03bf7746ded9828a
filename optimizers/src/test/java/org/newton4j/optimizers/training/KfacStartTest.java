/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.update.FactorScale;
import org.newton4j.optimizers.update.MkorRule;

/** K-FAC begins where it is put, is not thrown by one example, and goes from type to type. */
class KfacStartTest {

    private static final int AWAY = 101;

    @TempDir
    Path folder;

    private static MultiLayerNetwork network(IUpdater updater, DataType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(type)
                .updater(updater)
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(6)
                        .nOut(8)
                        .activation(Activation.TANH)
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.MSE)
                        .nIn(8)
                        .nOut(2)
                        .activation(Activation.IDENTITY)
                        .build())
                .build());
        net.init();
        net.setListeners(CurvatureListener.builder().coldStart(true).build());
        return net;
    }

    private static DataSet batch(DataType type) {
        Nd4j.getRandom().setSeed(7);
        return new DataSet(
                Nd4j.randn(DataType.DOUBLE, 32, 6).castTo(type),
                Nd4j.randn(DataType.DOUBLE, 32, 2).castTo(type));
    }

    private static Kfac.Builder sparse() {
        return Kfac.builder().base(new Sgd(0.05)).factorInterval(10).inverseInterval(100);
    }

    private static INDArray trained(MultiLayerNetwork net, int steps) {
        DataSet batch = batch(net.params().dataType());
        for (int i = 0; i < steps; i++) {
            net.fit(batch);
        }
        return net.params().dup();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void a_cold_start_should_go_like_a_fresh_one(int variant) {
        Kfac kfac = variant == 0
                ? sparse().build()
                : variant == 1
                        ? sparse().spreadRefreshes(true).build()
                        : sparse().inverseInterval(12).inverseDelay(2).build();
        MultiLayerNetwork fresh = network(kfac, DataType.DOUBLE);
        MultiLayerNetwork late = network(kfac, DataType.DOUBLE);
        late.getLayerWiseConfigurations().setIterationCount(AWAY);
        for (int i = 0; i < 4; i++) {
            assertThat(trained(late, 8)).as("%d", i).isEqualTo(trained(fresh, 8));
        }
    }

    @Test
    void a_batch_that_is_skipped_should_not_count_as_the_first() {
        MultiLayerNetwork fresh = network(sparse().build(), DataType.DOUBLE);
        MultiLayerNetwork late = network(sparse().build(), DataType.DOUBLE);
        DataSet bad = batch(DataType.DOUBLE);
        bad.getFeatures().putScalar(3, Double.NaN);
        late.fit(bad);
        assertThat(trained(late, 15)).isEqualTo(trained(fresh, 15));
    }

    @Test
    void a_cold_start_should_resume_bit_by_bit() throws Exception {
        MultiLayerNetwork net = network(sparse().build(), DataType.FLOAT);
        net.getLayerWiseConfigurations().setIterationCount(AWAY);
        trained(net, 7);
        Path file = folder.resolve("net.zip");
        Checkpoints.save(net, file);
        MultiLayerNetwork resumed = Checkpoints.restoreMultiLayerNetwork(file);
        resumed.setListeners(new CurvatureListener());
        assertThat(trained(resumed, 7)).isEqualTo(trained(net, 7));
    }

    @Test
    void a_state_of_an_older_version_should_count_from_the_first_iteration() {
        MultiLayerNetwork net = network(sparse().build(), DataType.DOUBLE);
        trained(net, 7);
        MultiLayerNetwork again = net.clone();
        again.setListeners(new CurvatureListener());
        Map<String, SavedArrays> states = NetworkPreconditioners.of(net).copiedStates();
        states.replaceAll((key, state) -> {
            SavedArrays old = new SavedArrays();
            state.all().forEach((name, array) -> {
                if (!name.equals("start") && !name.equals("layers")) {
                    old.with(name, array);
                }
            });
            return old;
        });
        NetworkPreconditioners.of(again).restore(NetworkPreconditioners.fresh(again), states);
        assertThat(trained(again, 20)).isEqualTo(trained(net, 20));
    }

    private static double movement(IUpdater updater, double outlier, boolean first) {
        MultiLayerNetwork net = network(updater, DataType.FLOAT);
        DataSet bad = batch(DataType.FLOAT);
        bad.getFeatures().putScalar(3, 2, outlier);
        if (!first) {
            trained(net, 10);
        }
        net.fit(bad);
        INDArray w = net.getParam("0_W").dup();
        trained(net, 120);
        return net.getParam("0_W").distance2(w);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void one_example_should_not_hold_a_layer_still(boolean first) {
        Kfac kfac = new Kfac(new Sgd(0.05));
        double ordinary = movement(kfac, 1, first);
        for (double outlier : new double[] {1e4, 1e6, 1e9}) {
            assertThat(movement(kfac, outlier, first)).as("%s", outlier).isGreaterThan(0.5 * ordinary);
        }
        Mkor full = Mkor.builder().base(new Sgd(0.05)).rule(MkorRule.FULL).build();
        assertThat(movement(full, 1e6, first)).isGreaterThan(0.3 * movement(full, 1, first));
    }

    @Test
    void ordinary_batches_should_be_taken_as_they_are() {
        MultiLayerNetwork net = network(new Sgd(0.05), DataType.DOUBLE);
        DataSet pixels = batch(DataType.DOUBLE);
        pixels.getFeatures().muli(255);
        LayerStatistics rows = KroneckerStatistics.of(net, pixels).empirical().get(0);
        FactorRows taken =
                FactorRows.of(rows, FactorScale.PER_EXAMPLE, rows.layer().newFactors(DataType.DOUBLE), 1e-3, true);
        assertThat(taken.isBounded()).isFalse();
        assertThat(taken.inputScale()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"DOUBLE", "FLOAT", "HALF"})
    void states_should_survive_another_data_type(DataType to) {
        for (DataType from : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.HALF}) {
            for (IUpdater updater : new IUpdater[] {
                Kfac.builder().base(new Sgd(0.01)).factorInterval(1).build(),
                Kfac.builder()
                        .base(new Sgd(0.01))
                        .factorInterval(1)
                        .inverseInterval(4)
                        .inverseDelay(3)
                        .inverse(KroneckerInverse.EIGENBASIS)
                        .build(),
                new Mkor(new Sgd(0.01)),
                Mkor.builder().base(new Sgd(0.01)).rule(MkorRule.FULL).build(),
                Mfac.builder().base(new Sgd(0.01)).gradients(3).build()
            }) {
                MultiLayerNetwork net = network(updater, from);
                trained(net, 6);
                MultiLayerNetwork other = net.convertDataType(to);
                if (other == net) {
                    continue;
                }
                Checkpoints.copyState(net, other);
                other.setListeners(new CurvatureListener());
                INDArray before = other.params().dup();
                assertThat(trained(other, 2))
                        .as("%s, %s to %s", updater, from, to)
                        .isNotEqualTo(before);
                assertThat(other.params().castTo(DataType.DOUBLE).sumNumber().doubleValue())
                        .isFinite();
            }
        }
    }

    @Test
    void a_layer_whose_only_variables_are_frozen_should_be_nothing_to_do() {
        for (IUpdater updater : new IUpdater[] {new Kfac(), new Mkor(new Sgd(0.1)), new Mfac(new Sgd(0.1))}) {
            MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                    .seed(1)
                    .updater(new Sgd(0.1))
                    .list()
                    .layer(new FrozenLayerWithBackprop(new DenseLayer.Builder()
                            .nIn(6)
                            .nOut(8)
                            .updater(updater)
                            .build()))
                    .layer(new OutputLayer.Builder(LossFunction.MSE)
                            .nIn(8)
                            .nOut(2)
                            .activation(Activation.IDENTITY)
                            .build())
                    .build());
            net.init();
            net.setListeners(new CurvatureListener());
            INDArray frozen = net.getLayer(0).params().dup();
            INDArray before = net.params().dup();
            assertThat(trained(net, 2)).as("%s", updater).isNotEqualTo(before);
            assertThat(net.getLayer(0).params()).isEqualTo(frozen);
        }
    }

    @Test
    void what_cannot_be_computed_should_skip_the_step() {
        for (double size : new double[] {1e6, 1e8, 1e30}) {
            for (IUpdater updater : new IUpdater[] {
                new Kfac(new Sgd(1e-3)),
                new Mkor(new Sgd(1e-3)),
                Mfac.builder().base(new Sgd(1e-3)).gradients(8).build()
            }) {
                MultiLayerNetwork net = network(updater, DataType.FLOAT);
                DataSet spikes = batch(DataType.FLOAT);
                spikes.getLabels().muli(size);
                trained(net, 2);
                for (int i = 0; i < 4; i++) {
                    net.fit(spikes);
                }
                assertThat(trained(net, 2).castTo(DataType.DOUBLE).sumNumber().doubleValue())
                        .as("%s, %s", updater, size)
                        .isFinite();
            }
        }
    }
}
