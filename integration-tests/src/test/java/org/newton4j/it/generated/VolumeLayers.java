/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling3D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;

/** Draws layers for volumes. */
final class VolumeLayers {

    private final Draw draw;

    VolumeLayers(Draw draw) {
        this.draw = draw;
    }

    Layer next(InputType.InputTypeConvolutional3D input) {
        boolean tiny = input.getHeight() < 2 || input.getWidth() < 2 || input.getDepth() < 2;
        int size = tiny ? 1 : 2;
        Convolution3D.DataFormat format = input.getDataFormat();
        return switch (draw.between(0, 10)) {
            case 0, 1, 2, 3 ->
                new Convolution3D.Builder(size, size, 1)
                        .nOut(draw.between(1, 2))
                        .dataFormat(format)
                        .hasBias(draw.chance(0.8))
                        .convolutionMode(draw.oneOf(ConvolutionMode.Truncate, ConvolutionMode.Same))
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 4 ->
                new Subsampling3DLayer.Builder(
                                draw.oneOf(Subsampling3DLayer.PoolingType.MAX, Subsampling3DLayer.PoolingType.AVG),
                                new int[] {1, size, size},
                                new int[] {1, 1, 1})
                        .dataFormat(format)
                        .build();
            case 5 -> DrawnLayers.batchNorm(draw);
            case 6 ->
                new ActivationLayer.Builder()
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 7 ->
                draw.chance(0.5)
                        ? new ZeroPadding3DLayer.Builder(0, 1, 0).build()
                        : tiny
                                ? new Upsampling3D.Builder(format, 2).build()
                                : new Cropping3D.Builder(0, 1, 0, 0, 1, 0).build();
            case 8 -> ImageLayers.globalPooling(draw);
            case 9 ->
                new Deconvolution3D.Builder()
                        .kernelSize(1, size, size)
                        .stride(1, 1, 1)
                        .nOut(draw.between(1, 2))
                        .dataFormat(format)
                        .convolutionMode(ConvolutionMode.Truncate)
                        .activation(DrawnActivations.any(draw))
                        .build();
            default ->
                new DenseLayer.Builder()
                        .nOut(draw.between(2, 4))
                        .activation(DrawnActivations.any(draw))
                        .build();
        };
    }
}
