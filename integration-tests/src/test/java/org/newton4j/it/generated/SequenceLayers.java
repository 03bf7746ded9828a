/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.LocallyConnected1D;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.nd4j.linalg.activations.Activation;

/** Draws layers for sequences. */
final class SequenceLayers {

    private final Draw draw;

    SequenceLayers(Draw draw) {
        this.draw = draw;
    }

    Layer next(InputType.InputTypeRecurrent input) {
        int size = (int) input.getSize();
        return switch (draw.between(0, 20)) {
            case 0, 1, 2, 3, 4 -> recurrent();
            case 5, 6 -> new Bidirectional(draw.oneOf(Bidirectional.Mode.values()), recurrent());
            case 7, 8 -> new LastTimeStep(recurrent());
            case 9 -> new TimeDistributed(dense(), input.getFormat());
            case 10 ->
                new Convolution1DLayer.Builder(draw.between(1, 2))
                        .nOut(draw.between(1, 3))
                        .hasBias(draw.chance(0.8))
                        .convolutionMode(
                                draw.oneOf(ConvolutionMode.Same, ConvolutionMode.Truncate, ConvolutionMode.Causal))
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 11 ->
                new Subsampling1DLayer.Builder(
                                draw.oneOf(SubsamplingLayer.PoolingType.MAX, SubsamplingLayer.PoolingType.AVG))
                        .kernelSize(2)
                        .stride(1)
                        .convolutionMode(ConvolutionMode.Same)
                        .build();
            case 12 ->
                draw.chance(0.5)
                        ? new Upsampling1D.Builder(2).build()
                        : draw.chance(0.5)
                                ? new ZeroPadding1DLayer.Builder(1).build()
                                : new Cropping1D.Builder(0, 1).build();
            case 13 -> DrawnLayers.batchNorm(draw);
            case 14 -> attention(size);
            case 15 ->
                new LocallyConnected1D.Builder()
                        .kernelSize(2)
                        .nOut(draw.between(1, 2))
                        .stride(1)
                        .padding(0)
                        .convolutionMode(ConvolutionMode.Truncate)
                        .activation(draw.oneOf(Activation.TANH, Activation.RELU))
                        .build();
            case 16 -> ImageLayers.globalPooling(draw);
            case 17 ->
                new DropoutLayer.Builder()
                        .dropOut(DrawnSettings.dropout(draw, true))
                        .build();
            case 18 ->
                new ActivationLayer.Builder()
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 19 ->
                new GravesBidirectionalLSTM.Builder()
                        .nOut(draw.between(1, 3))
                        .activation(DrawnActivations.bounded(draw))
                        .build();
            default -> dense();
        };
    }

    /** A recurrent layer that can be wrapped. */
    Layer recurrent() {
        int size = draw.between(1, 4);
        return switch (draw.between(0, 3)) {
            case 0 ->
                new GravesLSTM.Builder()
                        .nOut(size)
                        .activation(DrawnActivations.bounded(draw))
                        .gateActivationFunction(DrawnActivations.gate(draw))
                        .build();
            case 1 ->
                new SimpleRnn.Builder()
                        .nOut(size)
                        .hasLayerNorm(draw.chance(0.2))
                        .activation(draw.chance(0.8) ? DrawnActivations.bounded(draw) : DrawnActivations.any(draw))
                        .build();
            default ->
                new LSTM.Builder()
                        .nOut(size)
                        .forgetGateBiasInit(draw.uniform(0, 2))
                        .activation(DrawnActivations.bounded(draw))
                        .gateActivationFunction(DrawnActivations.gate(draw))
                        .build();
        };
    }

    private Layer attention(int size) {
        return switch (draw.between(0, 2)) {
            case 0 ->
                new SelfAttentionLayer.Builder()
                        .nOut(draw.chance(0.5) ? size : 2)
                        .nHeads(draw.between(1, 2))
                        .headSize(2)
                        .projectInput(true)
                        .build();
            case 1 ->
                new LearnedSelfAttentionLayer.Builder()
                        .nOut(2)
                        .nHeads(1)
                        .headSize(2)
                        .nQueries(draw.between(1, 3))
                        .projectInput(true)
                        .build();
            default ->
                new RecurrentAttentionLayer.Builder()
                        .nOut(2)
                        .nHeads(1)
                        .headSize(2)
                        .projectInput(true)
                        .activation(Activation.TANH)
                        .build();
        };
    }

    private Layer dense() {
        return new DenseLayer.Builder()
                .nOut(draw.between(1, 3))
                .activation(DrawnActivations.any(draw))
                .build();
    }

    /** A sequence with features first or last. */
    static InputType.InputTypeRecurrent input(Draw draw) {
        return (InputType.InputTypeRecurrent) InputType.recurrent(
                draw.between(1, 4), draw.between(1, 5), draw.chance(0.8) ? RNNFormat.NCW : RNNFormat.NWC);
    }
}
