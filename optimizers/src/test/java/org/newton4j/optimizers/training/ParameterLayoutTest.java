/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Function;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class ParameterLayoutTest {

    private static final InputType IMAGE = InputType.convolutional(8, 8, 2);

    @Test
    void should_lay_variables_out_without_gaps() {
        MultiLayerNetwork net =
                network(new ConvolutionLayer.Builder(3, 2).nOut(4).build(), IMAGE);

        ParameterLayout layout = ParameterLayout.of(net);

        long offset = 0;
        for (ParameterLayout.Variable variable : layout.variables()) {
            assertThat(variable.start()).isEqualTo(offset);
            offset = variable.end();
        }
        assertThat(layout.length()).isEqualTo(offset).isEqualTo(net.numParams());
    }

    @ParameterizedTest
    @CsvSource({
        "conv2d,      W,  6, false",
        "conv1d,      W,  3, true",
        "conv3d,      W, 12, false",
        "deconv2d,    W,  6, false",
        "depthwise,   W,  6, true",
        "separable,   W,  6, false",
        "separable,   pW, 1, false",
        "conv2d,      b,  1, false",
        "dense,       W,  1, false"
    })
    void should_know_the_window_of_each_kind_of_convolution(String kind, String name, long size, boolean leading) {
        ParameterLayout.Variable variable = variable(convolution(kind), name);

        assertThat(variable.window().size()).isEqualTo(size);
        assertThat(variable.window().leading()).isEqualTo(leading);
    }

    @Test
    void should_not_call_batch_norm_statistics_trainable() {
        MultiLayerNetwork net = network(new BatchNormalization(), InputType.feedForward(5));

        assertThat(variable(net, "gamma").trainable()).isTrue();
        assertThat(variable(net, "beta").trainable()).isTrue();
        assertThat(variable(net, "mean").trainable()).isFalse();
        assertThat(ParameterLayout.of(net).variables().stream()
                        .filter(ParameterLayout.Variable::trainable)
                        .mapToLong(v -> v.end() - v.start())
                        .sum())
                .isEqualTo(net.numParams() - 10);
    }

    @Test
    void should_not_call_frozen_layers_trainable() {
        MultiLayerNetwork net =
                network(new FrozenLayer(new DenseLayer.Builder().nIn(5).nOut(5).build()), InputType.feedForward(5));

        assertThat(ParameterLayout.of(net).variables())
                .extracting(ParameterLayout.Variable::trainable)
                .containsExactly(false, false, true, true);
    }

    @Test
    void should_not_call_class_centers_trainable() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new CenterLossOutputLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .nIn(5)
                        .nOut(3)
                        .build())
                .build());
        net.init();

        assertThat(variable(net, "W").trainable()).isTrue();
        assertThat(variable(net, "cL").trainable()).isFalse();
    }

    @Test
    void should_read_l2_of_weights_and_biases() {
        MultiLayerNetwork net =
                regularized(new NeuralNetConfiguration.Builder().l2(0.25).l2Bias(0.5));

        assertThat(variable(net, "W").l2()).isEqualTo(0.25);
        assertThat(variable(net, "b").l2()).isEqualTo(0.5);
    }

    @Test
    void should_not_take_weight_decay_for_l2() {
        MultiLayerNetwork net = regularized(new NeuralNetConfiguration.Builder().weightDecay(0.125));

        assertThat(variable(net, "W").l2()).isZero();
    }

    private static MultiLayerNetwork regularized(NeuralNetConfiguration.Builder builder) {
        MultiLayerNetwork net = new MultiLayerNetwork(builder.list()
                .layer(new OutputLayer.Builder(LossFunction.MSE).nIn(5).nOut(3).build())
                .build());
        net.init();
        return net;
    }

    private static ParameterLayout.Variable variable(MultiLayerNetwork net, String name) {
        return ParameterLayout.of(net).variables().stream()
                .filter(v -> v.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static MultiLayerNetwork convolution(String kind) {
        return switch (kind) {
            case "conv2d" -> network(new ConvolutionLayer.Builder(3, 2).nOut(4).build(), IMAGE);
            case "conv1d" ->
                network(
                        new Convolution1DLayer.Builder(3).nOut(4).build(),
                        InputType.recurrent(5, 9),
                        nOut -> new RnnOutputLayer.Builder(LossFunction.MSE)
                                .nOut(nOut)
                                .build());
            case "conv3d" ->
                network(new Convolution3D.Builder(3, 2, 2).nOut(4).build(), InputType.convolutional3D(4, 4, 4, 2));
            case "deconv2d" -> network(new Deconvolution2D.Builder(3, 2).nOut(4).build(), IMAGE);
            case "depthwise" ->
                network(
                        new DepthwiseConvolution2D.Builder(3, 2)
                                .depthMultiplier(2)
                                .build(),
                        IMAGE);
            case "separable" ->
                network(new SeparableConvolution2D.Builder(3, 2).nOut(4).build(), IMAGE);
            case "dense" -> network(new DenseLayer.Builder().nOut(4).build(), InputType.feedForward(5));
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static MultiLayerNetwork network(Layer layer, InputType input) {
        return network(
                layer,
                input,
                nOut -> new OutputLayer.Builder(LossFunction.MSE).nOut(nOut).build());
    }

    private static MultiLayerNetwork network(Layer layer, InputType input, Function<Integer, Layer> output) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(layer)
                .layer(output.apply(3))
                .setInputType(input)
                .build());
        net.init();
        return net;
    }
}
