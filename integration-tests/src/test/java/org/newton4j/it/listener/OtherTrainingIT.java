/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.training.CurvatureListener;

/** Pretraining, errors from outside, clones and transfer learning: they work, or the message names the cause. */
class OtherTrainingIT {

    private final DataSet batch = SmallNetworks.data(1, DataType.FLOAT);

    static Stream<Arguments> withCurvature() {
        return ResumedTraining.optimizers().entrySet().stream()
                .flatMap(entry -> Stream.of(true, false)
                        .map(listening -> Arguments.of(entry.getKey(), entry.getValue(), listening)));
    }

    static Stream<IUpdater> onGradients() {
        return Stream.of(new Lion(), new DiffGrad());
    }

    @ParameterizedTest(name = "{0}, listener {2}")
    @MethodSource("withCurvature")
    void should_say_that_pretraining_is_not_supported(String name, IUpdater updater, boolean listening) {
        MultiLayerNetwork net = autoEncoder(updater);
        listenIf(listening, net);
        assertThatThrownBy(() -> net.pretrain(iterator()))
                .hasStackTraceContaining("Layerwise pretraining with")
                .hasStackTraceContaining("is not supported, because")
                .hasStackTraceContaining("Pretrain with another updater");
    }

    @ParameterizedTest
    @MethodSource("onGradients")
    void should_pretrain_with_optimizers_that_need_no_curvature(IUpdater updater) {
        MultiLayerNetwork net = autoEncoder(updater);
        double[] before = States.params(net);
        net.pretrain(iterator());
        assertThat(States.params(net)).isNotEqualTo(before).doesNotContain(Double.NaN);
    }

    @ParameterizedTest(name = "{0}, listener {2}")
    @MethodSource("withCurvature")
    void should_say_that_external_errors_are_not_supported(String name, IUpdater updater, boolean listening) {
        MultiLayerNetwork net = withoutOutput(updater);
        listenIf(listening, net);
        double[] before = States.params(net);
        assertThatThrownBy(() -> stepOfExternalErrors(net))
                .hasStackTraceContaining("external errors")
                .hasStackTraceContaining("not supported with")
                .hasStackTraceContaining("and call fit");
        assertThat(States.params(net)).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("onGradients")
    void should_take_external_errors_with_optimizers_that_need_no_curvature(IUpdater updater) {
        MultiLayerNetwork net = withoutOutput(updater);
        double[] before = States.params(net);
        stepOfExternalErrors(net);
        assertThat(States.params(net)).isNotEqualTo(before).doesNotContain(Double.NaN);
    }

    @Test
    void should_take_external_errors_as_the_labels_of_a_linear_loss() {
        MultiLayerNetwork byHand = withoutOutput(new Sgd(0.1));
        stepOfExternalErrors(byHand);
        MultiLayerNetwork linear = linear(new Sgd(0.1));
        fitErrors(linear);
        assertThat(States.params(linear)).containsExactly(States.params(byHand), offset(1e-6));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("withCurvature")
    void should_train_on_external_errors_as_a_linear_loss(String name, IUpdater updater, boolean again) {
        // A linear loss is the likelihood of nothing.
        assumeThat(name).doesNotContain("SophiaG").doesNotContain("Kfac");
        MultiLayerNetwork net = linear(updater);
        net.setListeners(new CurvatureListener());
        double[] before = States.params(net);
        fitErrors(net);
        if (again) {
            fitErrors(net);
        }
        assertThat(States.params(net)).isNotEqualTo(before).doesNotContain(Double.NaN);
    }

    @ParameterizedTest(name = "{0}, trained before {2}")
    @MethodSource("withCurvature")
    void should_train_a_graph_and_its_clone_each_with_a_listener_of_its_own(
            String name, IUpdater updater, boolean trainedBefore) {
        ComputationGraph expected = SmallNetworks.graph(updater, DataType.FLOAT, b -> b);
        expected.setListeners(new CurvatureListener());
        ComputationGraph original = SmallNetworks.graph(updater, DataType.FLOAT, b -> b);
        original.setListeners(new CurvatureListener());
        if (trainedBefore) {
            expected.fit(batch);
            original.fit(batch);
        }
        ComputationGraph copy = original.clone();
        copy.setListeners(new CurvatureListener());
        expected.fit(batch);
        original.fit(batch);
        assertThat(States.params(original)).isEqualTo(States.params(expected));
        if (!trainedBefore) {
            copy.fit(batch);
            assertThat(States.params(copy)).isEqualTo(States.params(expected));
        }
    }

    @Test
    void should_name_the_shared_list_when_a_clone_took_the_listener_away() {
        ComputationGraph original = SmallNetworks.graph(new AdaHessian(0.01), DataType.FLOAT, b -> b);
        original.setListeners(new CurvatureListener());
        ComputationGraph copy = original.clone();
        copy.setListeners(List.of());
        assertThatThrownBy(() -> original.fit(batch))
                .hasStackTraceContaining("ComputationGraph.clone() shares the list");
    }

    @ParameterizedTest(name = "{0}, frozen {2}")
    @MethodSource("withCurvature")
    void should_go_on_from_a_network_of_another_updater(String name, IUpdater updater, boolean frozen) {
        MultiLayerNetwork trained = SmallNetworks.mlp(new Adam(1e-2), DataType.FLOAT);
        trained.fit(batch);
        TransferLearning.Builder builder = new TransferLearning.Builder(trained)
                .fineTuneConfiguration(
                        new FineTuneConfiguration.Builder().updater(updater).build());
        MultiLayerNetwork net = frozen ? builder.setFeatureExtractor(0).build() : builder.build();
        net.setListeners(new CurvatureListener());
        double[] first = States.params(net);
        net.fit(batch);
        net.fit(batch);
        double[] second = States.params(net);
        assertThat(second).isNotEqualTo(first).doesNotContain(Double.NaN);
        if (frozen) {
            int weights = (SmallNetworks.FEATURES + 1) * 6;
            assertThat(Arrays.copyOf(second, weights)).isEqualTo(Arrays.copyOf(first, weights));
        }
    }

    private static void listenIf(boolean listening, MultiLayerNetwork net) {
        if (listening) {
            net.setListeners(new CurvatureListener());
        }
    }

    private DataSetIterator iterator() {
        return new ListDataSetIterator<>(batch.asList(), SmallNetworks.BATCH);
    }

    private static MultiLayerNetwork autoEncoder(IUpdater updater) {
        return SmallNetworks.init(SmallNetworks.builder(updater, DataType.FLOAT)
                .list(
                        new AutoEncoder.Builder()
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .activation(Activation.SIGMOID)
                                .build(),
                        SmallNetworks.output(6)));
    }

    private static MultiLayerNetwork linear(IUpdater updater) {
        return SmallNetworks.init(SmallNetworks.builder(updater, DataType.FLOAT)
                .list(
                        new DenseLayer.Builder()
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .build(),
                        new DenseLayer.Builder()
                                .nIn(6)
                                .nOut(SmallNetworks.CLASSES)
                                .build(),
                        new LossLayer.Builder(LossFunctions.LossFunction.WASSERSTEIN)
                                .activation(Activation.IDENTITY)
                                .build()));
    }

    private void fitErrors(MultiLayerNetwork net) {
        INDArray error = net.output(batch.getFeatures(), true).sub(batch.getLabels());
        net.fit(batch.getFeatures(), error.mul(SmallNetworks.CLASSES));
    }

    /** External errors are for networks that end in an ordinary layer. */
    private static MultiLayerNetwork withoutOutput(IUpdater updater) {
        return SmallNetworks.init(SmallNetworks.builder(updater, DataType.FLOAT)
                .list(
                        new DenseLayer.Builder()
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .build(),
                        new DenseLayer.Builder()
                                .nIn(6)
                                .nOut(SmallNetworks.CLASSES)
                                .build()));
    }

    /** As in Deeplearning4j's example of external errors. */
    private void stepOfExternalErrors(MultiLayerNetwork net) {
        net.setInput(batch.getFeatures());
        INDArray output = net.feedForward(true, false).get(net.getnLayers());
        INDArray error = output.sub(batch.getLabels());
        Gradient gradient = net.backpropGradient(error, null).getFirst();
        net.getUpdater().update(net, gradient, 0, 0, SmallNetworks.BATCH, LayerWorkspaceMgr.noWorkspaces());
        net.params().subi(gradient.gradient());
    }
}
