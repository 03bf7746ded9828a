/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.oneHot;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.curvature.inverse.KroneckerFactors;

class KroneckerStatisticsTest {

    private static final int N = 4;

    @Test
    void should_rebuild_the_gradient_of_a_convolutional_network() {
        for (ConvolutionMode mode : new ConvolutionMode[] {ConvolutionMode.Truncate, ConvolutionMode.Same}) {
            for (CNN2DFormat format : CNN2DFormat.values()) {
                MultiLayerNetwork net = cnn(mode, format, 2, 2, 0.8);
                long[] shape = format == CNN2DFormat.NCHW ? new long[] {N, 2, 9, 8} : new long[] {N, 9, 8, 2};
                List<LayerStatistics> all = rebuildsGradient(net, new DataSet(ramp(shape), oneHot(N, 3)));
                assertThat(all).hasSize(3);
                assertThat(all.get(0).positions()).isGreaterThan(1);
                assertThat(all.get(1).positions()).isEqualTo(1);
            }
        }
        rebuildsGradient(
                cnn(ConvolutionMode.Truncate, CNN2DFormat.NCHW, 1, 3, 0.8),
                new DataSet(ramp(N, 2, 9, 8), oneHot(N, 3)));
    }

    @Test
    void should_rebuild_the_gradient_of_one_dimensional_convolutions() {
        for (ConvolutionMode mode :
                new ConvolutionMode[] {ConvolutionMode.Truncate, ConvolutionMode.Same, ConvolutionMode.Causal}) {
            for (int stride = 1; stride <= 2; stride++) {
                for (int dilation = 1; dilation <= 3 - stride; dilation++) {
                    MultiLayerNetwork net = init(new NeuralNetConfiguration.Builder()
                            .seed(5)
                            .dataType(DataType.DOUBLE)
                            .list()
                            .layer(new Convolution1DLayer.Builder(3)
                                    .nOut(4)
                                    .stride(stride)
                                    .dilation(dilation)
                                    .convolutionMode(mode)
                                    .activation(Activation.TANH)
                                    .build())
                            .layer(new GlobalPoolingLayer())
                            .layer(output(3))
                            .setInputType(InputType.recurrent(2, 8)));
                    assertThat(rebuildsGradient(net, new DataSet(ramp(N, 2, 8), oneHot(N, 3))))
                            .as("%s, stride %d, dilation %d", mode, stride, dilation)
                            .hasSize(2);
                }
            }
        }
    }

    @Test
    void should_order_time_steps_by_example_and_respect_masks() {
        MultiLayerNetwork net = init(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new DenseLayer.Builder()
                        .nOut(4)
                        .activation(Activation.TANH)
                        .build())
                .layer(new RnnOutputLayer.Builder(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .nOut(1)
                        .build())
                .setInputType(InputType.recurrent(2, 5)));
        INDArray x = ramp(N, 2, 5);
        INDArray mask = Nd4j.ones(DataType.DOUBLE, N, 5);
        mask.putScalar(1, 4, 0);
        List<LayerStatistics> all = rebuildsGradient(net, new DataSet(x, ramp(N, 1, 5), mask, mask));

        LayerStatistics first = all.get(0);
        assertThat(first.positions()).isEqualTo(4.75);
        int row = 0;
        for (int n = 0; n < N; n++) {
            for (int t = 0; t < (n == 1 ? 4 : 5); t++) {
                assertThat(first.inputs().getDouble(row++, 0)).isEqualTo(x.getDouble(n, 0, t));
            }
        }
        assertThat(first.inputs().size(0)).isEqualTo(row);
        assertThat(all.get(1).deltas().norm2(1).minNumber().doubleValue()).isPositive();
    }

    @Test
    void should_give_the_deltas_of_single_examples() {
        MultiLayerNetwork net = cnn(ConvolutionMode.Truncate, CNN2DFormat.NCHW, 1, 1, 1);
        INDArray x = ramp(N, 2, 9, 8);
        INDArray y = oneHot(N, 3);
        List<LayerStatistics> all =
                KroneckerStatistics.of(net, new DataSet(x, y)).empirical();
        for (int n = 0; n < N; n++) {
            INDArray gradient = gradient(net, new DataSet(x.get(interval(n)), y.get(interval(n))));
            for (LayerStatistics layer : all) {
                INDArray summed = layer.deltas(WeightSharing.REDUCE).getRow(n);
                INDArray bias =
                        layer.layer().gather(gradient).getColumn(layer.layer().inputs() - 1);
                assertThat(error(summed, bias)).isLessThan(1e-12);
            }
        }
    }

    @Test
    void should_feed_factors_expanded_or_reduced() {
        MultiLayerNetwork net = cnn(ConvolutionMode.Truncate, CNN2DFormat.NCHW, 1, 1, 1);
        LayerStatistics conv = KroneckerStatistics.of(net, new DataSet(ramp(N, 2, 9, 8), oneHot(N, 3)))
                .empirical()
                .get(0);
        int positions = (int) conv.positions();
        int k = conv.layer().inputs();
        INDArray a = Nd4j.zeros(DataType.DOUBLE, k, k);
        INDArray g = Nd4j.zeros(DataType.DOUBLE, 3, 3);
        INDArray reducedA = Nd4j.zeros(DataType.DOUBLE, k, k);
        INDArray reducedG = Nd4j.zeros(DataType.DOUBLE, 3, 3);
        for (int n = 0; n < N; n++) {
            INDArray meanInput = Nd4j.zeros(DataType.DOUBLE, k);
            INDArray sumDelta = Nd4j.zeros(DataType.DOUBLE, 3);
            for (int r = 0; r < positions; r++) {
                INDArray input = conv.inputs().getRow(n * positions + r);
                INDArray delta = conv.deltas().getRow(n * positions + r);
                a.addi(outer(input));
                g.addi(outer(delta));
                meanInput.addi(input.div(positions));
                sumDelta.addi(delta);
            }
            reducedA.addi(outer(meanInput));
            reducedG.addi(outer(sumDelta));
        }
        KroneckerFactors expand = conv.layer().newFactors(DataType.DOUBLE);
        KroneckerFactors reduce = conv.layer().newFactors(DataType.DOUBLE);

        conv.update(expand, WeightSharing.EXPAND, 0);
        conv.update(reduce, WeightSharing.REDUCE, 0);

        assertThat(error(expand.a(), a.div(N * positions))).isLessThan(1e-12);
        assertThat(error(expand.g(), g.div(N))).isLessThan(1e-12);
        assertThat(error(reduce.a(), reducedA.div(N))).isLessThan(1e-12);
        assertThat(error(reduce.g(), reducedG.div(N))).isLessThan(1e-12);
    }

    @Test
    void should_cover_graphs_and_take_sampled_labels() {
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "hidden",
                        new DenseLayer.Builder().nIn(3).nOut(4).hasBias(false).build(),
                        "in")
                .addLayer("classes", output(3, 4), "hidden")
                .addLayer(
                        "values",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .nIn(4)
                                .nOut(2)
                                .build(),
                        "hidden")
                .setOutputs("classes", "values")
                .build());
        net.init();
        MultiDataSet batch = new MultiDataSet(new INDArray[] {ramp(N, 3)}, new INDArray[] {oneHot(N, 3), ramp(N, 2)});
        KroneckerStatistics statistics = KroneckerStatistics.of(net, batch);
        net.setInputs(batch.getFeatures());
        net.setLabels(batch.getLabels());
        net.computeGradientAndScore();
        INDArray gradient = Networks.gradient(net).dup();

        List<LayerStatistics> empirical = statistics.empirical();
        List<LayerStatistics> sampled = statistics.sampled(1, 2, 3);

        assertThat(statistics.layers())
                .extracting(KroneckerLayer::name)
                .containsExactlyInAnyOrder("hidden", "classes", "values");
        for (LayerStatistics layer : empirical) {
            rebuilds(layer, gradient);
        }
        for (int i = 0; i < sampled.size(); i++) {
            assertThat(sampled.get(i).deltas()).isNotEqualTo(empirical.get(i).deltas());
            assertThat(sampled.get(i).deltas())
                    .isEqualTo(statistics.sampled(1, 2, 3).get(i).deltas());
        }
        GaussNewtonBartlett bartlett = GaussNewtonBartlett.of(net, batch);
        INDArray mean = Nd4j.create(DataType.DOUBLE, bartlett.dimension());
        bartlett.sampledGradient(1, 2, 3, mean);
        for (LayerStatistics layer : sampled) {
            rebuilds(layer, mean.mul(N));
        }
    }

    @Test
    void should_list_layers_it_leaves_out() {
        MultiLayerNetwork net = init(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new DenseLayer.Builder().nOut(4).build())
                .layer(new BatchNormalization.Builder().name("bn").build())
                .layer(output(3))
                .setInputType(InputType.feedForward(3)));
        KroneckerStatistics statistics = KroneckerStatistics.of(net, new DataSet(ramp(N, 3), oneHot(N, 3)));

        assertThat(statistics.skipped())
                .containsOnlyKeys("bn")
                .containsValue("no Kronecker factors for BatchNormalization");
        assertThat(statistics.layers()).hasSize(2);
    }

    @Test
    void should_refuse_a_network_without_any_covered_layer() {
        MultiLayerNetwork net = init(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new BatchNormalization.Builder().name("bn").build())
                .layer(new LossLayer.Builder(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .build())
                .setInputType(InputType.feedForward(3)));
        assertThatThrownBy(() -> KroneckerStatistics.of(net, new DataSet(ramp(N, 3), ramp(N, 3))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no layer with Kronecker factors")
                .hasMessageContaining("bn");
    }

    @Test
    void should_put_matrices_back_where_they_came_from() {
        KroneckerLayer layer = new KroneckerLayer("x", 2, 3, 3, 1, false);
        INDArray flat = Nd4j.createFromArray(0.0, 1, 2, 3, 4, 5, 6, 7);

        INDArray matrix = layer.gather(flat);

        assertThat(matrix).isEqualTo(Nd4j.createFromArray(new double[][] {{3, 4, 1}, {5, 6, 2}}));
        layer.scatter(matrix.mul(10), flat);
        assertThat(flat).isEqualTo(Nd4j.createFromArray(0.0, 10, 20, 30, 40, 50, 60, 7));
        KroneckerLayer columns = new KroneckerLayer("y", 2, 2, 0, -1, true);
        assertThat(columns.gather(flat)).isEqualTo(Nd4j.createFromArray(new double[][] {{0, 20}, {10, 30}}));
        columns.scatter(Nd4j.createFromArray(new double[][] {{1, 3}, {2, 4}}), flat);
        assertThat(flat).isEqualTo(Nd4j.createFromArray(1.0, 2, 3, 4, 40, 50, 60, 7));
        assertThatThrownBy(() -> layer.scatter(matrix.transpose(), flat))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("matrix has shape [3, 2], but layer 'x' needs [2, 3]");
    }

    private static List<LayerStatistics> rebuildsGradient(MultiLayerNetwork net, DataSet batch) {
        KroneckerStatistics statistics = KroneckerStatistics.of(net, batch);
        assertThat(statistics.skipped()).isEmpty();
        List<LayerStatistics> all = statistics.empirical();
        INDArray gradient = gradient(net, batch);
        for (LayerStatistics layer : all) {
            rebuilds(layer, gradient);
        }
        return all;
    }

    private static void rebuilds(LayerStatistics layer, INDArray gradient) {
        INDArray expected = layer.layer().gather(gradient);
        assertThat(expected.norm2Number().doubleValue()).isPositive();
        assertThat(error(layer.deltas().transpose().mmul(layer.inputs()), expected))
                .as("layer %s", layer.layer().name())
                .isLessThan(1e-12);
    }

    private static INDArray gradient(MultiLayerNetwork net, DataSet batch) {
        net.setInput(batch.getFeatures());
        net.setLabels(batch.getLabels());
        net.setLayerMaskArrays(batch.getFeaturesMaskArray(), batch.getLabelsMaskArray());
        net.computeGradientAndScore();
        return Networks.gradient(net).dup();
    }

    private static MultiLayerNetwork cnn(
            ConvolutionMode mode, CNN2DFormat format, int stride, int dilation, double retain) {
        return init(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new ConvolutionLayer.Builder(3, 2)
                        .nOut(3)
                        .stride(stride, 1)
                        .dilation(dilation, 1)
                        .convolutionMode(mode)
                        .dataFormat(format)
                        .activation(Activation.TANH)
                        .build())
                .layer(new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                        .dataFormat(format)
                        .kernelSize(2, 2)
                        .build())
                .layer(new DenseLayer.Builder()
                        .nOut(5)
                        .activation(Activation.RELU)
                        .dropOut(retain)
                        .build())
                .layer(output(3))
                .setInputType(InputType.convolutional(9, 8, 2, format)));
    }

    private static OutputLayer output(int outputs) {
        return output(outputs, 0);
    }

    private static OutputLayer output(int outputs, int inputs) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .activation(Activation.SOFTMAX)
                .nIn(inputs)
                .nOut(outputs)
                .build();
    }

    private static MultiLayerNetwork init(NeuralNetConfiguration.ListBuilder list) {
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        return net;
    }

    private static org.nd4j.linalg.indexing.INDArrayIndex interval(int n) {
        return NDArrayIndex.interval(n, n + 1);
    }

    private static INDArray outer(INDArray x) {
        return x.reshape(x.length(), 1).mmul(x.reshape(1, x.length()));
    }
}
