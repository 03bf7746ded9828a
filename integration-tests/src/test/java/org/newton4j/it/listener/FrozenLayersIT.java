/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;

/** What is frozen stays where it is, to the last bit, whatever else would pull at it. */
class FrozenLayersIT {

    private static final DataType TYPE = DataType.FLOAT;

    private static final List<Function<Layer, Layer>> FREEZERS =
            List.of(FrozenLayer::new, FrozenLayerWithBackprop::new);

    static Stream<IUpdater> updaters() {
        return Stream.of(
                new AdaHessian(0.05),
                States.sophia(Sophia.Estimator.G),
                States.sophia(Sophia.Estimator.H),
                new Lion(0.01),
                new DiffGrad(0.01),
                new Mkor(new Lion(0.01)),
                new Mkor(new Nesterovs(0.01, 0.9)),
                new Mfac(new Sgd(0.01)),
                new Mfac(new Adam(0.01)),
                new Kfac(new DiffGrad(0.01)),
                new Kfac(new Nesterovs(0.01, 0.9)),
                new Adam(0.01),
                new Nesterovs(0.01, 0.9));
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void should_stay_under_decay_and_clipping_in_networks(IUpdater updater) {
        for (Function<Layer, Layer> freezer : FREEZERS) {
            for (boolean weightDecay : new boolean[] {false, true}) {
                MultiLayerNetwork net = SmallNetworks.init((weightDecay
                                ? SmallNetworks.builder(updater.clone(), TYPE).weightDecay(0.1)
                                : SmallNetworks.builder(updater.clone(), TYPE).l2(0.5))
                        .l1(0.1)
                        .gradientNormalization(GradientNormalization.RenormalizeL2PerLayer)
                        .list(
                                freezer.apply(dense(SmallNetworks.FEATURES, 6).build()),
                                // Deeplearning4j cannot train through a batch normalisation with backprop.
                                new FrozenLayer(new BatchNormalization.Builder()
                                        .nIn(6)
                                        .nOut(6)
                                        .build()),
                                dense(6, 6).build(),
                                SmallNetworks.output(6)));
                requireStill(net, net.getLayer(0).params(), net.getLayer(1).params());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void should_stay_between_trainable_layers_of_graphs(IUpdater updater) {
        ComputationGraph graph = new ComputationGraph(SmallNetworks.builder(updater.clone(), TYPE)
                .l2(0.5)
                .graphBuilder()
                .addInputs("in")
                .addLayer("first", dense(SmallNetworks.FEATURES, 6).build(), "in")
                .addLayer("frozen", new FrozenLayerWithBackprop(dense(6, 6).build()), "first")
                .addLayer("out", SmallNetworks.output(6), "frozen")
                .setOutputs("out")
                .build());
        graph.init();
        requireStill(graph, graph.getLayer("frozen").params());
    }

    /** Then its block asks for no curvature, and no preconditioner is made for it. */
    @ParameterizedTest
    @MethodSource("updaters")
    void should_stay_with_an_updater_of_their_own(IUpdater updater) {
        for (Function<Layer, Layer> freezer : FREEZERS) {
            MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(new Sgd(0.1), TYPE)
                    .l2(0.5)
                    .list(
                            freezer.apply(dense(SmallNetworks.FEATURES, 6)
                                    .updater(updater.clone())
                                    .build()),
                            dense(6, 6).build(),
                            SmallNetworks.output(6)));
            CurvatureListener listener = requireStill(net, net.getLayer(0).params());
            assertThat(listener.gradientEvaluations()).isZero();
        }
    }

    @Test
    void should_stay_inside_wrappers() {
        for (IUpdater updater : List.of(new AdaHessian(0.05), new Mfac(new Sgd(0.01)), new Lion(0.01))) {
            MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(updater, TYPE)
                    .l2(0.5)
                    .list(
                            new LSTM.Builder()
                                    .nIn(SmallNetworks.FEATURES)
                                    .nOut(4)
                                    .build(),
                            new LastTimeStep(new FrozenLayerWithBackprop(
                                    new LSTM.Builder().nIn(4).nOut(6).build())),
                            SmallNetworks.output(6)));
            DataSet data = SmallNetworks.data(3, TYPE, 4, SmallNetworks.FEATURES, 3);
            requireStill(net, List.of(data), net.getLayer(1).params());
        }
    }

    @Test
    void should_stay_whatever_state_an_earlier_training_has_left() {
        for (IUpdater updater : List.of(new AdaHessian(0.05), new DiffGrad(0.01), new Mkor(new Adam(0.01)))) {
            MultiLayerNetwork net = frozenInTheMiddle(updater);
            net.setListeners(new CurvatureListener());
            net.fit(SmallNetworks.data(1, TYPE));
            States.updater(net).getStateViewArray().assign(0.25);
            requireStill(net, net.getLayer(1).params());
        }
    }

    @Test
    void should_gather_no_state() {
        MultiLayerNetwork net = frozenInTheMiddle(new AdaHessian(0.05));
        requireStill(net, net.getLayer(1).params());
        int start = (int) net.getLayer(0).numParams();
        int end = start + (int) net.getLayer(1).numParams();
        for (String slot : List.of(AdaHessian.M_STATE, AdaHessian.V_STATE)) {
            double[] state = States.slot(net, slot);
            assertThat(Arrays.copyOfRange(state, start, end)).containsOnly(0);
            assertThat(Arrays.copyOfRange(state, 0, start)).doesNotContain(0);
        }
    }

    @Test
    void should_not_count_as_not_clipped() {
        MultiLayerNetwork net = frozenInTheMiddle(States.sophia(Sophia.Estimator.G));
        requireStill(net, net.getLayer(1).params());
        assertThat(CurvatureListener.winRate(net).stepped())
                .isEqualTo(net.numParams() - net.getLayer(1).numParams());
    }

    /** The rest of the network moves as it would beside a layer that has no regularisation. */
    @Test
    void should_not_change_how_others_move() {
        for (IUpdater updater : List.of(new AdaHessian(0.05), new Adam(0.01), new Kfac(new Sgd(0.01)))) {
            List<double[]> ends = new ArrayList<>();
            for (double l2 : new double[] {0, 0.5}) {
                MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(updater.clone(), TYPE)
                        .list(
                                dense(SmallNetworks.FEATURES, 6).l2(0.5).build(),
                                new FrozenLayerWithBackprop(dense(6, 6).l2(l2).build()),
                                SmallNetworks.output(6)));
                net.setListeners(new CurvatureListener());
                for (int i = 0; i < 4; i++) {
                    net.fit(SmallNetworks.data(i, TYPE));
                }
                ends.add(States.params(net));
            }
            assertThat(ends.get(0)).as(updater.toString()).isEqualTo(ends.get(1));
        }
    }

    private static MultiLayerNetwork frozenInTheMiddle(IUpdater updater) {
        return SmallNetworks.init(SmallNetworks.builder(updater.clone(), TYPE)
                .l2(0.5)
                .list(
                        dense(SmallNetworks.FEATURES, 6).build(),
                        new FrozenLayerWithBackprop(dense(6, 6).build()),
                        SmallNetworks.output(6)));
    }

    private static DenseLayer.Builder dense(int in, int out) {
        return new DenseLayer.Builder().nIn(in).nOut(out);
    }

    private static CurvatureListener requireStill(Model model, INDArray... frozen) {
        List<DataSet> batches = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            batches.add(SmallNetworks.data(i, TYPE));
        }
        return requireStill(model, batches, frozen);
    }

    /** Trains, also across a change of the learning rate, which makes Deeplearning4j build its updaters anew. */
    private static CurvatureListener requireStill(Model model, List<DataSet> batches, INDArray... frozen) {
        CurvatureListener listener = new CurvatureListener();
        double[] before = States.params(model);
        List<INDArray> kept = Arrays.stream(frozen).map(INDArray::dup).toList();
        if (model instanceof MultiLayerNetwork net) {
            net.setListeners(listener);
            batches.forEach(net::fit);
            net.setLearningRate(0.02);
            batches.forEach(net::fit);
        } else {
            ComputationGraph graph = (ComputationGraph) model;
            graph.setListeners(listener);
            batches.forEach(graph::fit);
            graph.setLearningRate(0.02);
            batches.forEach(graph::fit);
        }
        for (int i = 0; i < frozen.length; i++) {
            assertThat(frozen[i].toFloatVector())
                    .as("frozen layer %d", i)
                    .isEqualTo(kept.get(i).toFloatVector());
        }
        assertThat(States.params(model)).isNotEqualTo(before);
        return listener;
    }
}
