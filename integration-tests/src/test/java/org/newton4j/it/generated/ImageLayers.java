/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LocallyConnected2D;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;

/** Draws layers for images. */
final class ImageLayers {

    private final Draw draw;

    ImageLayers(Draw draw) {
        this.draw = draw;
    }

    Layer next(InputType.InputTypeConvolutional input) {
        boolean tiny = input.getHeight() < 3 || input.getWidth() < 3;
        return switch (draw.between(0, 18)) {
            case 0, 1, 2, 3 -> convolution(tiny);
            case 4 ->
                new SeparableConvolution2D.Builder(2, 2)
                        .nOut(draw.between(1, 3))
                        .depthMultiplier(draw.between(1, 2))
                        .hasBias(draw.chance(0.8))
                        .convolutionMode(ConvolutionMode.Same)
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 5 ->
                new DepthwiseConvolution2D.Builder(2, 2)
                        .depthMultiplier(draw.between(1, 2))
                        .convolutionMode(ConvolutionMode.Same)
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 6 ->
                new Deconvolution2D.Builder(2, 2)
                        .nOut(draw.between(1, 2))
                        .stride(1, 1)
                        .convolutionMode(draw.oneOf(ConvolutionMode.Same, ConvolutionMode.Truncate))
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 7, 8 -> pooling(tiny);
            case 9 -> DrawnLayers.batchNorm(draw);
            case 10 -> new LocalResponseNormalization.Builder(2, 3, draw.scale(1e-4, 0.1), 0.75).build();
            case 11 ->
                new ActivationLayer.Builder()
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 12 -> {
                PReLULayer.Builder builder = new PReLULayer.Builder().inputShape(input.getShape());
                boolean first = input.getFormat() == CNN2DFormat.NCHW;
                yield draw.chance(0.5)
                        ? builder.build()
                        : builder.sharedAxes(first ? 2 : 1, first ? 3 : 2).build();
            }
            case 13 ->
                new LocallyConnected2D.Builder()
                        .kernelSize(2, 2)
                        .nOut(draw.between(1, 2))
                        .stride(1, 1)
                        .padding(0, 0)
                        .convolutionMode(ConvolutionMode.Truncate)
                        .activation(draw.oneOf(
                                org.nd4j.linalg.activations.Activation.TANH,
                                org.nd4j.linalg.activations.Activation.RELU))
                        .build();
            case 14 ->
                new DropoutLayer.Builder()
                        .dropOut(DrawnSettings.dropout(draw, true))
                        .build();
            case 15 ->
                tiny
                        ? new Upsampling2D.Builder(2).build()
                        : draw.chance(0.5)
                                ? new Cropping2D.Builder(1, 0, 0, 1).build()
                                : new ZeroPaddingLayer.Builder(0, 1, 1, 0).build();
            case 16 ->
                input.getHeight() % 2 == 0 && input.getWidth() % 2 == 0
                        ? new SpaceToDepthLayer.Builder(2, input.getFormat()).build()
                        : convolution(tiny);
            case 17 -> globalPooling(draw);
            default ->
                new DenseLayer.Builder()
                        .nOut(draw.between(2, 4))
                        .activation(DrawnActivations.any(draw))
                        .build();
        };
    }

    private Layer convolution(boolean tiny) {
        int kernel = tiny ? 1 : draw.between(1, 3);
        ConvolutionLayer.Builder builder = new ConvolutionLayer.Builder(kernel, tiny ? 1 : draw.between(1, 3))
                .nOut(draw.between(1, 3))
                .stride(draw.oneOf(1, 1, 2), 1)
                .hasBias(draw.chance(0.8))
                .convolutionMode(draw.oneOf(ConvolutionMode.Truncate, ConvolutionMode.Same))
                .activation(DrawnActivations.any(draw));
        if (kernel == 2 && draw.chance(0.3)) {
            builder.dilation(2, 1);
        }
        return builder.build();
    }

    private Layer pooling(boolean tiny) {
        SubsamplingLayer.PoolingType type = draw.oneOf(SubsamplingLayer.PoolingType.values());
        int size = tiny ? 1 : 2;
        SubsamplingLayer.Builder builder = new SubsamplingLayer.Builder(type)
                .kernelSize(size, size)
                .stride(draw.between(1, size), size)
                .convolutionMode(draw.oneOf(ConvolutionMode.Truncate, ConvolutionMode.Same));
        return type == SubsamplingLayer.PoolingType.PNORM
                ? builder.pnorm(draw.between(1, 3)).build()
                : builder.build();
    }

    static Layer globalPooling(Draw draw) {
        PoolingType type = draw.oneOf(PoolingType.values());
        GlobalPoolingLayer.Builder builder = new GlobalPoolingLayer.Builder(type);
        return type == PoolingType.PNORM ? builder.pnorm(2).build() : builder.build();
    }
}
