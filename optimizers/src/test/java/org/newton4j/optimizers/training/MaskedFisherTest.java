/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** The gradients of single examples add up to that of the batch, with every mask that training accepts. */
class MaskedFisherTest {

    private static final int N = 4;
    private static final int T = 5;

    /** Every third number 0. */
    private static INDArray mask(long... shape) {
        INDArray mask = Nd4j.ones(DataType.DOUBLE, shape);
        for (long i = 1; i < mask.length(); i += 3) {
            mask.putScalar(i, 0);
        }
        return mask;
    }

    private static NeuralNetConfiguration.Builder builder() {
        return new NeuralNetConfiguration.Builder().dataType(DataType.DOUBLE).seed(1);
    }

    private static OutputLayer output(int in) {
        return new OutputLayer.Builder(LossFunction.MSE)
                .nIn(in)
                .nOut(2)
                .activation(Activation.TANH)
                .build();
    }

    private static RnnOutputLayer sequenceOutput() {
        return new RnnOutputLayer.Builder(LossFunction.MSE)
                .nIn(3)
                .nOut(2)
                .activation(Activation.TANH)
                .build();
    }

    private static void check(
            MultiLayerNetwork net, INDArray x, INDArray y, @Nullable INDArray features, @Nullable INDArray labels) {
        net.init();
        DataSet batch = new DataSet(x, y, features, labels);
        INDArray rows = NetworkFisher.of(net, batch, 0).gradients();
        net.setInput(x);
        net.setLabels(y);
        net.setLayerMaskArrays(features, labels);
        net.computeGradientAndScore();
        assertThat(error(rows.sum(0), Networks.gradient(net))).isLessThan(1e-12);
        net.clearLayerMaskArrays();
        net.fit(batch);
    }

    @Test
    void should_take_masks_of_examples_and_outputs() {
        for (INDArray labels : new INDArray[] {mask(N, 1), mask(N, 2)}) {
            check(
                    new MultiLayerNetwork(builder()
                            .list()
                            .layer(new DenseLayer.Builder()
                                    .nIn(3)
                                    .nOut(3)
                                    .activation(Activation.TANH)
                                    .build())
                            .layer(output(3))
                            .build()),
                    ramp(N, 3),
                    ramp(N, 2),
                    null,
                    labels);
        }
    }

    @Test
    void should_take_masks_of_time_steps() {
        for (INDArray features : new INDArray[] {null, mask(N, T)}) {
            for (INDArray labels : new INDArray[] {null, mask(N, T), mask(N, 2, T)}) {
                check(
                        new MultiLayerNetwork(builder()
                                .list()
                                .layer(new LSTM.Builder().nIn(3).nOut(3).build())
                                .layer(sequenceOutput())
                                .setInputType(InputType.recurrent(3, T))
                                .build()),
                        ramp(N, 3, T),
                        ramp(N, 2, T),
                        features,
                        labels);
            }
            check(
                    new MultiLayerNetwork(builder()
                            .list()
                            .layer(new LSTM.Builder().nIn(3).nOut(3).build())
                            .layer(new GlobalPoolingLayer(PoolingType.AVG))
                            .layer(output(3))
                            .setInputType(InputType.recurrent(3, T))
                            .build()),
                    ramp(N, 3, T),
                    ramp(N, 2),
                    features,
                    mask(N, 1));
        }
    }

    @Test
    void should_take_masks_of_pixels() {
        for (long[] shape : new long[][] {{N, 1}, {N, 1, 3, 3}, {N, 2, 3, 3}}) {
            check(
                    new MultiLayerNetwork(builder()
                            .list()
                            .layer(new ConvolutionLayer.Builder(2, 2)
                                    .nIn(1)
                                    .nOut(2)
                                    .activation(Activation.TANH)
                                    .build())
                            .layer(new CnnLossLayer.Builder(LossFunction.MSE)
                                    .activation(Activation.TANH)
                                    .build())
                            .setInputType(InputType.convolutional(4, 4, 1))
                            .build()),
                    ramp(N, 1, 4, 4),
                    ramp(N, 2, 3, 3),
                    null,
                    mask(shape));
        }
    }

    @Test
    void should_take_masks_of_a_graph_with_several_outputs() {
        for (INDArray @Nullable [] features : new INDArray @Nullable [][] {null, {null, mask(N, T)}}) {
            for (INDArray @Nullable [] labels :
                    new INDArray @Nullable [][] {null, {mask(N, 1), mask(N, T), null}, {null, mask(N, 2, T), mask(N, 2)}
                    }) {
                ComputationGraph graph = new ComputationGraph(builder()
                        .graphBuilder()
                        .addInputs("a", "b")
                        .setInputTypes(InputType.feedForward(3), InputType.recurrent(3, T))
                        .addLayer(
                                "dense", new DenseLayer.Builder().nIn(3).nOut(3).build(), "a")
                        .addLayer("lstm", new LSTM.Builder().nIn(3).nOut(3).build(), "b")
                        .addLayer("one", output(3), "dense")
                        .addLayer("two", sequenceOutput(), "lstm")
                        .addLayer("pool", new GlobalPoolingLayer(PoolingType.MAX), "lstm")
                        .addLayer("three", output(3), "pool")
                        .setOutputs("one", "two", "three")
                        .build());
                graph.init();
                MultiDataSet batch = new MultiDataSet(
                        new INDArray[] {ramp(N, 3), ramp(N, 3, T)},
                        new INDArray[] {ramp(N, 2), ramp(N, 2, T), ramp(N, 2)},
                        features,
                        labels);
                INDArray rows = NetworkFisher.of(graph, batch, 0).gradients();
                graph.setInputs(batch.getFeatures());
                graph.setLabels(batch.getLabels());
                graph.setLayerMaskArrays(batch.getFeaturesMaskArrays(), batch.getLabelsMaskArrays());
                graph.computeGradientAndScore();
                assertThat(error(rows.sum(0), Networks.gradient(graph))).isLessThan(1e-12);
                graph.clearLayerMaskArrays();
                graph.fit(batch);
            }
        }
    }

    @Test
    void should_need_no_loss_that_can_be_split_off() {
        INDArray y = GaussNewtonNets.oneHot(N, 2);
        MultiLayerNetwork net = new MultiLayerNetwork(builder()
                .list()
                .layer(new CenterLossOutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(3)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        assertThat(NetworkFisher.of(net, new DataSet(ramp(N, 3), y), 0)
                        .gradients()
                        .norm2Number()
                        .doubleValue())
                .isPositive();
    }
}
