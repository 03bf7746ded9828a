/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;

/** An interval between estimates holds whatever parameters a network has that training never reaches. */
class EstimateIntervalIT {

    private static final DataType TYPE = DataType.DOUBLE;

    private static final int STEPS = 40;

    private static final int INTERVAL = 10;

    private static List<IUpdater> updaters() {
        return List.of(
                Sophia.builder().learningRate(0.01).updateInterval(INTERVAL).build(),
                Sophia.builder()
                        .learningRate(0.01)
                        .updateInterval(INTERVAL)
                        .estimator(Sophia.Estimator.H)
                        .build(),
                AdaHessian.builder().learningRate(0.01).updateInterval(INTERVAL).build());
    }

    private static List<Layer> pretrained() {
        return List.of(
                new AutoEncoder.Builder().nIn(SmallNetworks.FEATURES).nOut(6).build(),
                new VariationalAutoencoder.Builder()
                        .nIn(SmallNetworks.FEATURES)
                        .nOut(6)
                        .encoderLayerSizes(4)
                        .decoderLayerSizes(4)
                        .build());
    }

    @Test
    void should_hold_with_parameters_that_only_pretraining_moves() {
        for (IUpdater updater : updaters()) {
            for (Layer layer : pretrained()) {
                for (double l2 : new double[] {0, 0.1}) {
                    MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(updater.clone(), TYPE)
                            .l2(l2)
                            .list(layer.clone(), SmallNetworks.output(6)));
                    List<INDArray> kept = stillParameters(net);
                    requireInterval(net);
                    assertThat(stillParameters(net)).isNotEmpty().isEqualTo(kept);
                }
            }
        }
    }

    @Test
    void should_hold_in_graphs() {
        for (IUpdater updater : updaters()) {
            for (Layer layer : pretrained()) {
                ComputationGraph graph = new ComputationGraph(SmallNetworks.builder(updater.clone(), TYPE)
                        .graphBuilder()
                        .addInputs("in")
                        .addLayer("first", layer.clone(), "in")
                        .addLayer("out", SmallNetworks.output(6), "first")
                        .setOutputs("out")
                        .build());
                graph.init();
                CurvatureListener listener = new CurvatureListener();
                graph.setListeners(listener);
                requireInterval(listener, i -> graph.fit(SmallNetworks.data(i, TYPE)));
            }
        }
    }

    @Test
    void should_hold_with_a_dead_layer_that_has_an_updater_of_its_own() {
        for (IUpdater updater : updaters()) {
            MultiLayerNetwork net = withDeadLayer(updater);
            INDArray before = net.getLayer(1).params().dup();
            requireInterval(net);
            assertThat(net.getLayer(1).params()).isEqualTo(before);
        }
    }

    @Test
    void should_resume_bit_for_bit_beside_a_dead_layer(@TempDir Path directory) throws IOException {
        for (IUpdater updater : updaters()) {
            MultiLayerNetwork net = withDeadLayer(updater);
            net.setListeners(new CurvatureListener());
            fit(net, 0, 4);
            File file = directory.resolve("net.zip").toFile();
            ModelSerializer.writeModel(net, file, true);
            MultiLayerNetwork resumed = ModelSerializer.restoreMultiLayerNetwork(file, true);
            CurvatureListener listener = new CurvatureListener();
            resumed.setListeners(listener);
            // The unit comes alive between two estimates.
            revive(net);
            revive(resumed);
            fit(net, 4, 12);
            fit(resumed, 4, 12);
            assertThat(States.params(resumed)).isEqualTo(States.params(net));
            assertThat(listener.gradientEvaluations())
                    .as("one for the first step of the layer, one that is due")
                    .isBetween(2L, 4L);
        }
    }

    /** The curvature of a linear loss is 0, which is as good an estimate as any. */
    @Test
    void should_hold_where_curvature_is_zero() {
        MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(
                        AdaHessian.builder()
                                .learningRate(1e-6)
                                .updateInterval(INTERVAL)
                                .build(),
                        TYPE)
                .list(new org.deeplearning4j.nn.conf.layers.OutputLayer.Builder(
                                org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction.L1)
                        .nIn(SmallNetworks.FEATURES)
                        .nOut(SmallNetworks.CLASSES)
                        .activation(Activation.IDENTITY)
                        .build()));
        CurvatureListener listener = new CurvatureListener();
        net.setListeners(listener);
        requireInterval(listener, i -> net.fit(SmallNetworks.data(i, TYPE)));
        assertThat(States.slot(net, AdaHessian.V_STATE)).containsOnly(0);
    }

    private static MultiLayerNetwork withDeadLayer(IUpdater updater) {
        IUpdater own = updater.clone();
        own.setLrAndSchedule(0.02, null);
        MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(updater.clone(), TYPE)
                .list(
                        new DenseLayer.Builder()
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .build(),
                        new DenseLayer.Builder()
                                .nIn(6)
                                .nOut(6)
                                .activation(Activation.RELU)
                                .updater(own)
                                .biasInit(-100)
                                .build(),
                        SmallNetworks.output(6)));
        return net;
    }

    private static void revive(MultiLayerNetwork net) {
        net.getLayer(1).getParam("b").assign(0.1);
    }

    private static void requireInterval(MultiLayerNetwork net) {
        CurvatureListener listener = new CurvatureListener();
        net.setListeners(listener);
        requireInterval(listener, i -> net.fit(SmallNetworks.data(i, TYPE)));
    }

    /** A product may cost more than one gradient, so iterations are counted that cost any. */
    private static void requireInterval(CurvatureListener listener, IntConsumer step) {
        List<Integer> estimated = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            long before = listener.gradientEvaluations();
            step.accept(i);
            if (listener.gradientEvaluations() > before) {
                estimated.add(i);
            }
        }
        assertThat(estimated).containsExactly(0, INTERVAL, 2 * INTERVAL, 3 * INTERVAL);
    }

    private static void fit(MultiLayerNetwork net, int from, int to) {
        for (int i = from; i < to; i++) {
            net.fit(SmallNetworks.data(i, TYPE));
        }
    }

    private static List<INDArray> stillParameters(MultiLayerNetwork net) {
        return net.getLayer(0).paramTable().entrySet().stream()
                .filter(entry -> net.getLayer(0).getConfig().isPretrainParam(entry.getKey()))
                .map(entry -> entry.getValue().dup())
                .toList();
    }
}
