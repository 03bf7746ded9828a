/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.newton4j.optimizers.training.GaussNewtonNets.oneHot;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.update.FactorScale;
import org.newton4j.optimizers.update.MkorRule;

/** What is masked counts nowhere: a batch with masked steps or examples trains as the batch without them. */
class MaskedRowsTest {

    private static final int N = 3;
    private static final int STEPS = 4;
    private static final int PADDED = 7;

    static List<Supplier<IUpdater>> updaters() {
        return List.of(
                () -> new Mkor(new Sgd(0.1)),
                () -> Mkor.builder()
                        .base(new Sgd(0.1))
                        .rule(MkorRule.FULL)
                        .updateInterval(1)
                        .build(),
                () -> Mkor.builder()
                        .base(new Sgd(0.1))
                        .rule(MkorRule.REFERENCE)
                        .updateInterval(1)
                        .build(),
                () -> Kfac.builder()
                        .base(new Sgd(0.1))
                        .factorInterval(1)
                        .inverseInterval(1)
                        .build(),
                () -> Kfac.builder()
                        .base(new Sgd(0.1))
                        .factorInterval(1)
                        .inverseInterval(1)
                        .scale(FactorScale.REFERENCE)
                        .build());
    }

    private static Layer dense(boolean bias) {
        return new DenseLayer.Builder()
                .nOut(4)
                .hasBias(bias)
                .activation(Activation.TANH)
                .build();
    }

    private static Layer classes(boolean sequence) {
        return sequence
                ? new RnnOutputLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .nOut(2)
                        .build()
                : new OutputLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .nOut(2)
                        .build();
    }

    private static Layer lstm() {
        return new LSTM.Builder().nOut(3).activation(Activation.TANH).build();
    }

    private static Layer convolution(ConvolutionMode mode) {
        return new Convolution1DLayer.Builder(3)
                .nOut(3)
                .convolutionMode(mode)
                .activation(Activation.TANH)
                .build();
    }

    /** Name, whether labels are sequences, whether features and labels have masks, layers. */
    static Stream<Arguments> networks() {
        List<Arguments> all = List.of(
                Arguments.of("output alone", true, true, true, List.of(classes(true))),
                Arguments.of("mask of labels only", true, false, true, List.of(dense(true), classes(true))),
                Arguments.of("no bias", true, true, true, List.of(dense(false), classes(true))),
                Arguments.of("lstm", true, true, true, List.of(dense(true), lstm(), dense(true), classes(true))),
                Arguments.of(
                        "lstm, mask of labels only", true, false, true, List.of(dense(true), lstm(), classes(true))),
                Arguments.of(
                        "last time step",
                        false,
                        true,
                        false,
                        List.of(dense(true), new LastTimeStep(lstm()), classes(false))),
                Arguments.of(
                        "global pooling",
                        false,
                        true,
                        false,
                        List.of(
                                dense(true),
                                lstm(),
                                new GlobalPoolingLayer.Builder(PoolingType.AVG).build(),
                                dense(true),
                                classes(false))),
                Arguments.of(
                        "convolution",
                        false,
                        true,
                        false,
                        List.of(
                                convolution(ConvolutionMode.Same),
                                new GlobalPoolingLayer.Builder(PoolingType.MAX).build(),
                                classes(false))),
                Arguments.of(
                        "causal convolutions",
                        true,
                        true,
                        true,
                        List.of(
                                convolution(ConvolutionMode.Causal),
                                convolution(ConvolutionMode.Causal),
                                classes(true))),
                Arguments.of(
                        "loss layer",
                        true,
                        true,
                        true,
                        List.of(
                                dense(true),
                                lstm(),
                                new RnnLossLayer.Builder(LossFunction.MSE)
                                        .activation(Activation.TANH)
                                        .build())));
        return all.stream();
    }

    private static MultiLayerNetwork network(IUpdater updater, List<Layer> layers, InputType input) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(updater)
                .list();
        layers.forEach(layer -> list.layer(layer.clone()));
        MultiLayerNetwork net = new MultiLayerNetwork(list.setInputType(input).build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static INDArray sequences(long width, int steps) {
        INDArray all = Nd4j.zeros(DataType.DOUBLE, N, width, steps);
        all.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(0, STEPS))
                .assign(ramp(N, width, STEPS));
        return all;
    }

    private static INDArray classesOf(int outputs, int steps) {
        INDArray all = Nd4j.zeros(DataType.DOUBLE, N, outputs, steps);
        for (int n = 0; n < N; n++) {
            for (int t = 0; t < STEPS; t++) {
                all.putScalar(new int[] {n, (n + t) % 2, t}, 1);
            }
        }
        return all;
    }

    private static INDArray mask(int steps) {
        INDArray mask = Nd4j.zeros(DataType.DOUBLE, N, steps);
        mask.get(NDArrayIndex.all(), NDArrayIndex.interval(0, STEPS)).assign(1);
        return mask;
    }

    private static INDArray trained(MultiLayerNetwork net, DataSet batch) {
        for (int i = 0; i < 5; i++) {
            net.fit(batch);
        }
        return net.params().dup();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void should_train_as_if_padding_were_not_there(
            String name, boolean sequence, boolean features, boolean labels, List<Layer> layers) {
        for (Supplier<IUpdater> updater : updaters()) {
            INDArray[] ends = new INDArray[2];
            for (int i = 0; i < 2; i++) {
                int steps = i == 0 ? STEPS : PADDED;
                MultiLayerNetwork net = network(updater.get(), layers, InputType.recurrent(2));
                int outputs = name.equals("loss layer") ? 3 : 2;
                INDArray y = sequence ? classesOf(outputs, steps) : oneHot(N, 2);
                ends[i] = trained(
                        net,
                        new DataSet(
                                sequences(2, steps), y, features ? mask(steps) : null, labels ? mask(steps) : null));
            }
            assertThat(distance(ends[0], ends[1]))
                    .as("%s, %s", name, updater.get())
                    .isLessThan(1e-9);
        }
    }

    private static double distance(INDArray a, INDArray b) {
        return a.distance2(b) / a.norm2Number().doubleValue();
    }

    @Test
    void should_train_as_if_masked_examples_were_not_there() {
        for (Supplier<IUpdater> updater : updaters()) {
            INDArray[] ends = new INDArray[2];
            for (int i = 0; i < 2; i++) {
                MultiLayerNetwork net = network(
                        updater.get(), List.of(dense(true), dense(false), classes(false)), InputType.feedForward(3));
                // The gradient is divided by the number of examples, masked or not.
                net.setLearningRate(i == 0 ? 0.1 : 0.2);
                INDArray x = ramp(2 * N, 3);
                INDArray y = oneHot(2 * N, 2);
                INDArray mask = Nd4j.zeros(DataType.DOUBLE, 2 * N, 1);
                mask.get(NDArrayIndex.interval(0, N), NDArrayIndex.all()).assign(1);
                ends[i] = trained(net, i == 0 ? new DataSet(first(x), first(y)) : new DataSet(x, y, null, mask));
            }
            assertThat(distance(ends[0], ends[1])).as("%s", updater.get()).isLessThan(1e-9);
        }
    }

    private static INDArray first(INDArray all) {
        return all.get(NDArrayIndex.interval(0, N), NDArrayIndex.all()).dup();
    }

    @Test
    void should_count_an_example_whose_outputs_are_partly_masked() {
        Layer output = new OutputLayer.Builder(LossFunction.XENT)
                .activation(Activation.SIGMOID)
                .nOut(2)
                .build();
        MultiLayerNetwork net = network(new Sgd(0.1), List.of(dense(true), output), InputType.feedForward(3));
        INDArray mask = Nd4j.ones(DataType.DOUBLE, 4, 2);
        mask.putScalar(1, 0, 0).putScalar(2, 0, 0).putScalar(2, 1, 0);
        KroneckerStatistics statistics = KroneckerStatistics.of(net, new DataSet(ramp(4, 3), oneHot(4, 2), null, mask));
        for (LayerStatistics layer : statistics.empirical()) {
            assertThat(layer.examples()).isEqualTo(3);
            assertThat(layer.inputs().size(0)).isEqualTo(3);
            assertThat(layer.positions()).isEqualTo(1);
        }
    }

    @Test
    void should_go_on_through_a_batch_of_which_everything_is_masked() {
        for (Supplier<IUpdater> updater : updaters()) {
            MultiLayerNetwork net =
                    network(updater.get(), List.of(dense(true), classes(false)), InputType.feedForward(3));
            DataSet nothing = new DataSet(ramp(4, 3), oneHot(4, 2), null, Nd4j.zeros(DataType.DOUBLE, 4, 1));
            INDArray before = net.params().dup();
            net.fit(nothing);
            assertThat(net.params()).isEqualTo(before);
            net.fit(new DataSet(ramp(4, 3), oneHot(4, 2)));
            assertThat(net.params()).isNotEqualTo(before);
            assertThat(net.params().sumNumber().doubleValue()).isFinite();
        }
    }

    /** Deeplearning4j 1.0.0-M2.1 itself trains bidirectional layers otherwise with padding; the rows are those without it. */
    @Test
    void should_leave_out_padding_around_bidirectional_layers() {
        MultiLayerNetwork net = network(
                new Sgd(0.1),
                List.of(dense(true), new Bidirectional(lstm()), dense(true), classes(true)),
                InputType.recurrent(2));
        DataSet batch = new DataSet(sequences(2, PADDED), classesOf(2, PADDED), mask(PADDED), mask(PADDED));
        List<LayerStatistics> all = KroneckerStatistics.of(net, batch).empirical();
        assertThat(all).hasSize(3);
        for (LayerStatistics layer : all) {
            assertThat(layer.inputs().size(0)).isEqualTo(N * STEPS);
            assertThat(layer.positions()).isEqualTo(STEPS);
        }
    }

    @Test
    void should_leave_out_masked_pixels() {
        MultiLayerNetwork net = network(
                new Sgd(0.1),
                List.of(
                        new ConvolutionLayer.Builder(3, 3)
                                .nOut(2)
                                .convolutionMode(ConvolutionMode.Same)
                                .activation(Activation.TANH)
                                .build(),
                        new GlobalPoolingLayer.Builder(PoolingType.AVG).build(),
                        classes(false)),
                InputType.convolutional(5, 4, 1));
        INDArray mask = Nd4j.ones(DataType.DOUBLE, N, 1, 5, 4);
        mask.get(NDArrayIndex.point(1), NDArrayIndex.all(), NDArrayIndex.interval(3, 5), NDArrayIndex.all())
                .assign(0);
        LayerStatistics layer = KroneckerStatistics.of(net, new DataSet(ramp(N, 1, 5, 4), oneHot(N, 2), mask, null))
                .empirical()
                .get(0);
        assertThat(layer.inputs().size(0)).isEqualTo(N * 20 - 8);
        assertThat(layer.deltas().norm2(1).minNumber().doubleValue()).isPositive();
        assertThat(layer.inputs(WeightSharing.REDUCE).size(0)).isEqualTo(N);
        assertThat(layer.deltas(WeightSharing.REDUCE)
                        .sum(0)
                        .distance2(layer.deltas().sum(0)))
                .isLessThan(1e-12);
    }

    @Test
    void should_follow_masks_through_graphs() {
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.recurrent(2))
                .addLayer("below", dense(true), "in")
                .addLayer("lstm", lstm(), "below")
                .addLayer("other", lstm(), "below")
                .addVertex("both", new MergeVertex(), "lstm", "other")
                .addLayer("classes", classes(true), "both")
                .addLayer("last", new LastTimeStep(lstm()), "below")
                .addLayer("class", classes(false), "last")
                .setOutputs("classes", "class")
                .build());
        net.init();
        INDArray ones = Nd4j.ones(DataType.DOUBLE, N, PADDED);
        MultiDataSet batch = new MultiDataSet(
                new INDArray[] {sequences(2, PADDED)},
                new INDArray[] {classesOf(2, PADDED), oneHot(N, 2)},
                new INDArray[] {ones.dup()},
                new INDArray[] {mask(PADDED), Nd4j.zeros(DataType.DOUBLE, N, 1)});
        assertThat(rows(net, batch, "below")).isEqualTo(N * STEPS);
        assertThat(rows(net, batch, "classes")).isEqualTo(N * STEPS);
        assertThat(rows(net, batch, "class")).isZero();
        batch.setLabelsMaskArray(1, Nd4j.ones(DataType.DOUBLE, N, 1));
        assertThat(rows(net, batch, "below")).isEqualTo(N * PADDED);
        batch.setFeaturesMaskArray(0, mask(PADDED));
        assertThat(rows(net, batch, "below")).isEqualTo(N * STEPS);
        assertThat(rows(net, batch, "class")).isEqualTo(N);
    }

    private static long rows(ComputationGraph net, MultiDataSet batch, String layer) {
        return KroneckerStatistics.of(net, batch).empirical().stream()
                .filter(statistics -> statistics.layer().name().equals(layer))
                .mapToLong(statistics ->
                        statistics.examples() == 0 ? 0 : statistics.inputs().size(0))
                .sum();
    }

    @Test
    void should_read_a_data_format_as_Deeplearning4j_does() {
        for (@Nullable RNNFormat format : new RNNFormat[] {null, RNNFormat.NCW, RNNFormat.NWC}) {
            for (Supplier<IUpdater> updater : updaters()) {
                RnnOutputLayer.Builder output = new RnnOutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(2)
                        .nOut(2)
                        .activation(Activation.SOFTMAX);
                if (format != null) {
                    output.dataFormat(format);
                }
                MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                        .seed(5)
                        .dataType(DataType.DOUBLE)
                        .updater(updater.get())
                        .list()
                        .layer(output.build())
                        .build());
                net.init();
                net.setListeners(new CurvatureListener());
                INDArray x = sequences(2, STEPS);
                INDArray y = classesOf(2, STEPS);
                boolean last = format != RNNFormat.NWC;
                INDArray end = trained(
                        net,
                        last
                                ? new DataSet(x, y)
                                : new DataSet(
                                        x.permute(0, 2, 1).dup('c'),
                                        y.permute(0, 2, 1).dup('c')));
                MultiLayerNetwork known = network(updater.get(), List.of(classes(true)), InputType.recurrent(2));
                assertThat(distance(end, trained(known, new DataSet(x, y))))
                        .as("%s, %s", format, updater.get())
                        .isLessThan(1e-9);
            }
        }
    }
}
