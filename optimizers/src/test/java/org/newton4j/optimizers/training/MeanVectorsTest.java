/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.oneHot;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class MeanVectorsTest {

    private static final int N = 4;

    /** What the network in training shows, beside the rows a shadow takes at the same moment. */
    private static final class Reading extends BaseTrainingListener {

        final List<MeanVectors> vectors = new ArrayList<>();
        final List<INDArray> inputs = new ArrayList<>();
        final List<INDArray> deltas = new ArrayList<>();
        final List<LayerStatistics> rows = new ArrayList<>();
        private INDArray[] labels = new INDArray[0];

        Reading(Model model) {
            for (KroneckerLayers.Covered covered : KroneckerLayers.of(model).covered()) {
                vectors.add(new MeanVectors(covered.geometry(), model.params().dataType()));
            }
        }

        @Override
        public void onBackwardPass(Model model) {
            List<KroneckerLayers.Covered> covered = KroneckerLayers.of(model).covered();
            RealRows real = RealRows.of(model, Networks.examples(model));
            for (int i = 0; i < covered.size(); i++) {
                vectors.get(i).readInput(covered.get(i).layer(), real, Networks.examples(model));
            }
            List<INDArray> found = new ArrayList<>();
            for (Layer layer : Networks.layers(model)) {
                if (layer instanceof IOutputLayer output) {
                    found.add(output.getLabels());
                }
            }
            labels = found.toArray(new INDArray[0]);
        }

        @Override
        public void onGradientCalculation(Model model) {
            inputs.clear();
            deltas.clear();
            rows.clear();
            for (MeanVectors layer : vectors) {
                inputs.add(layer.input().dup());
                deltas.add(layer.delta(Networks.gradient(model)).dup());
            }
            KroneckerStatistics live = new KroneckerStatistics(model, layer -> true);
            live.load(model, labels);
            rows.addAll(live.empirical());
        }

        void agrees(double tolerance) {
            assertThat(vectors).isNotEmpty();
            assertThat(rows).hasSameSizeAs(vectors);
            for (int i = 0; i < rows.size(); i++) {
                String name = vectors.get(i).geometry().name();
                assertThat(rows.get(i).layer().name()).isEqualTo(name);
                INDArray a = rows.get(i).inputs().mean(0);
                INDArray g = rows.get(i).deltas().mean(0);
                assertThat(g.norm2Number().doubleValue()).as(name).isPositive();
                assertThat(error(inputs.get(i), a)).as("a of %s", name).isLessThan(tolerance);
                assertThat(error(deltas.get(i), g)).as("g of %s", name).isLessThan(tolerance);
            }
        }
    }

    private static NeuralNetConfiguration.ListBuilder list() {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.05))
                .list();
    }

    private static Reading read(MultiLayerNetwork net, DataSet batch) {
        Reading reading = new Reading(net);
        net.setListeners(reading);
        net.fit(batch);
        net.fit(batch);
        return reading;
    }

    private static MultiLayerNetwork init(MultiLayerConfiguration.Builder list) {
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        return net;
    }

    private static OutputLayer output(int outputs) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .activation(Activation.SOFTMAX)
                .nOut(outputs)
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "Truncate, 1, 1, 1, 1, 0, 0",
        "Truncate, 2, 1, 1, 1, 0, 0",
        "Truncate, 1, 2, 2, 1, 0, 0",
        "Truncate, 3, 2, 1, 3, 2, 1",
        "Truncate, 1, 1, 2, 2, 1, 2",
        "Same, 1, 1, 1, 1, 0, 0",
        "Same, 2, 3, 1, 1, 0, 0",
        "Same, 2, 1, 2, 2, 0, 0",
        "Strict, 1, 1, 1, 1, 1, 0"
    })
    void should_average_patches(
            ConvolutionMode mode, int strideY, int strideX, int dilationY, int dilationX, int paddingY, int paddingX) {
        for (CNN2DFormat format : CNN2DFormat.values()) {
            MultiLayerNetwork net = init(list().layer(new ConvolutionLayer.Builder(3, 2)
                            .nOut(3)
                            .stride(strideY, strideX)
                            .dilation(dilationY, dilationX)
                            .padding(paddingY, paddingX)
                            .convolutionMode(mode)
                            .dataFormat(format)
                            .activation(Activation.TANH)
                            .build())
                    .layer(new DenseLayer.Builder()
                            .nOut(5)
                            .activation(Activation.RELU)
                            .build())
                    .layer(output(3))
                    .setInputType(InputType.convolutional(9, 8, 2, format)));
            long[] shape = format == CNN2DFormat.NCHW ? new long[] {N, 2, 9, 8} : new long[] {N, 9, 8, 2};
            read(net, new DataSet(ramp(shape), oneHot(N, 3))).agrees(1e-12);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Truncate, 1, 1, 0",
        "Truncate, 2, 1, 1",
        "Truncate, 1, 2, 2",
        "Truncate, 3, 1, 0",
        "Same, 1, 1, 0",
        "Same, 2, 1, 0",
        "Same, 1, 2, 0",
        "Causal, 1, 1, 0",
        "Causal, 2, 1, 0",
        "Causal, 1, 2, 0"
    })
    void should_average_one_dimensional_patches(ConvolutionMode mode, int stride, int dilation, int padding) {
        MultiLayerNetwork net = init(list().layer(new Convolution1DLayer.Builder(3)
                        .nOut(4)
                        .stride(stride)
                        .dilation(dilation)
                        .padding(padding)
                        .convolutionMode(mode)
                        .activation(Activation.TANH)
                        .build())
                .layer(new GlobalPoolingLayer())
                .layer(output(3))
                .setInputType(InputType.recurrent(2, 8)));
        read(net, new DataSet(ramp(N, 2, 8), oneHot(N, 3))).agrees(1e-12);
        if (mode == ConvolutionMode.Same && stride == 1) {
            INDArray mask = Nd4j.ones(DataType.DOUBLE, N, 8);
            mask.putScalar(1, 7, 0);
            mask.putScalar(2, 6, 0).putScalar(2, 7, 0);
            read(net, new DataSet(ramp(N, 2, 8), oneHot(N, 3), mask, null)).agrees(1e-12);
        }
    }

    @Test
    void should_average_over_time_steps_and_respect_masks() {
        for (RNNFormat format : RNNFormat.values()) {
            MultiLayerNetwork net = init(list().layer(new LSTM.Builder()
                            .nOut(3)
                            .dataFormat(format)
                            .activation(Activation.TANH)
                            .build())
                    .layer(new RnnOutputLayer.Builder(LossFunction.MCXENT)
                            .activation(Activation.SOFTMAX)
                            .dataFormat(format)
                            .nOut(2)
                            .build())
                    .setInputType(InputType.recurrent(2, 5, format)));
            boolean last = format == RNNFormat.NCW;
            INDArray y = Nd4j.zeros(DataType.DOUBLE, N, 2, 5);
            for (int t = 0; t < 5; t++) {
                for (int n = 0; n < N; n++) {
                    y.putScalar(new int[] {n, (n + t) % 2, t}, 1);
                }
            }
            INDArray x = last ? ramp(N, 2, 5) : ramp(N, 5, 2);
            INDArray labels = last ? y : y.permute(0, 2, 1).dup('c');
            read(net, new DataSet(x, labels)).agrees(1e-12);
        }
        MultiLayerNetwork dense = init(list().layer(new DenseLayer.Builder()
                        .nOut(4)
                        .activation(Activation.TANH)
                        .build())
                .layer(new RnnOutputLayer.Builder(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .nOut(1)
                        .build())
                .setInputType(InputType.recurrent(2, 5)));
        INDArray mask = Nd4j.ones(DataType.DOUBLE, N, 5);
        mask.putScalar(1, 4, 0);
        mask.putScalar(3, 3, 0).putScalar(3, 4, 0);
        Reading reading = read(dense, new DataSet(ramp(N, 2, 5), ramp(N, 1, 5), mask, mask));
        reading.agrees(1e-12);
        assertThat(reading.vectors).hasSize(2);
    }

    @Test
    void should_read_segments_of_truncated_backpropagation() {
        MultiLayerNetwork net = init(list().layer(
                        new LSTM.Builder().nOut(3).activation(Activation.TANH).build())
                .layer(new RnnOutputLayer.Builder(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .nOut(1)
                        .build())
                .backpropType(BackpropType.TruncatedBPTT)
                .tBPTTLength(3)
                .setInputType(InputType.recurrent(2, 6)));
        // The reading left over is of the second segment, which starts from the state the first has left.
        read(net, new DataSet(ramp(N, 2, 6), ramp(N, 1, 6))).agrees(1e-12);
    }

    @Test
    void should_read_graphs_with_several_outputs() {
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(6, 6, 1))
                .addLayer(
                        "conv",
                        new ConvolutionLayer.Builder(2, 2)
                                .nOut(2)
                                .activation(Activation.TANH)
                                .build(),
                        "in")
                .addLayer("hidden", new DenseLayer.Builder().nOut(4).build(), "conv")
                .addLayer("classes", output(3), "hidden")
                .addLayer(
                        "values",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nOut(2)
                                .build(),
                        "hidden")
                .setOutputs("classes", "values")
                .build());
        net.init();
        Reading reading = new Reading(net);
        net.setListeners(reading);
        MultiDataSet batch =
                new MultiDataSet(new INDArray[] {ramp(N, 1, 6, 6)}, new INDArray[] {oneHot(N, 3), ramp(N, 2)});
        net.fit(batch);
        net.fit(batch);
        reading.agrees(1e-12);
        assertThat(reading.vectors).hasSize(4);
    }

    @Test
    void should_read_networks_in_single_precision() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.FLOAT)
                .updater(new Sgd(0.1))
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(4).build())
                .layer(output(3))
                .setInputType(InputType.convolutional(8, 8, 2))
                .build());
        net.init();
        read(
                        net,
                        new DataSet(
                                ramp(N, 2, 8, 8).castTo(DataType.FLOAT),
                                oneHot(N, 3).castTo(DataType.FLOAT)))
                .agrees(1e-5);
    }

    @Test
    void should_append_one_only_with_a_bias_and_say_what_is_missing() {
        MultiLayerNetwork net = init(
                list().layer(new DenseLayer.Builder().nOut(4).hasBias(false).build())
                        .layer(output(3))
                        .setInputType(InputType.feedForward(3)));
        List<MeanVectors> vectors = new ArrayList<>();
        for (KroneckerLayers.Covered covered : KroneckerLayers.of(net).covered()) {
            vectors.add(new MeanVectors(covered.geometry(), DataType.DOUBLE));
        }
        assertThat(vectors.get(0).input().length()).isEqualTo(3);
        assertThat(vectors.get(1).input().toDoubleVector()).isEqualTo(new double[] {0, 0, 0, 0, 1});
        assertThatThrownBy(() -> vectors.get(0).delta(Networks.parameters(net)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("layer 'layer0' has no bias");
        assertThatThrownBy(() -> vectors.get(1).delta(Networks.parameters(net)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("before fit is called");
    }
}
