/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.convolution.Convolution;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The windows a convolution sees, one per row, columns in the order its weights have in memory: channel, kernel row,
 * kernel column in 2-D; kernel position, channel in 1-D.
 */
final class Patches {

    private Patches() {}

    /**
     * Unfolds the input of a 2-D convolution.
     *
     * @param input in the layer's own format; Not modified
     * @param outHeight rows of the layer's output
     * @param outWidth columns of the layer's output
     */
    static INDArray of(ConvolutionLayer layer, INDArray input, long outHeight, long outWidth) {
        INDArray image = layer.getCnn2dDataFormat() == CNN2DFormat.NHWC ? input.permute(0, 3, 1, 2) : input;
        int[] padding = layer.getConvolutionMode() == ConvolutionMode.Same
                ? ConvolutionUtils.getSameModeTopLeftPadding(
                        new int[] {(int) outHeight, (int) outWidth},
                        new int[] {(int) image.size(2), (int) image.size(3)},
                        layer.getKernelSize(),
                        layer.getStride(),
                        layer.getDilation())
                : layer.getPadding();
        return unfold(
                layer.getConvolutionMode(),
                image.dup('c'),
                outHeight,
                outWidth,
                layer.getKernelSize(),
                layer.getStride(),
                padding,
                layer.getDilation());
    }

    /**
     * Unfolds the input of a 1-D convolution, channels before time.
     *
     * @param input [N, channels, length]; Not modified
     * @param outLength length of the layer's output
     */
    static INDArray of(Convolution1DLayer layer, INDArray input, long outLength) {
        int kernel = layer.getKernelSize()[0];
        int stride = layer.getStride()[0];
        int dilation = layer.getDilation()[0];
        int padding = layer.getPadding()[0];
        INDArray signal = input;
        if (layer.getConvolutionMode() == ConvolutionMode.Same) {
            padding = ConvolutionUtils.getSameModeTopLeftPadding(
                    new int[] {(int) outLength, 1},
                    new int[] {(int) input.size(2), 1},
                    new int[] {kernel, 1},
                    new int[] {stride, 1},
                    new int[] {dilation, 1})[0];
        } else if (layer.getConvolutionMode() == ConvolutionMode.Causal) {
            padding = 0;
            signal = Nd4j.concat(
                    2,
                    Nd4j.zeros(input.dataType(), input.size(0), input.size(1), (kernel - 1) * (long) dilation),
                    input);
        }
        INDArray image = signal.dup('c').reshape('c', signal.size(0), signal.size(1), signal.size(2), 1);
        INDArray rows = unfold(
                layer.getConvolutionMode(),
                image,
                outLength,
                1,
                new int[] {kernel, 1},
                new int[] {stride, 1},
                new int[] {padding, 0},
                new int[] {dilation, 1});
        return rows.reshape('c', rows.size(0), signal.size(1), kernel)
                .permute(0, 2, 1)
                .dup('c')
                .reshape('c', rows.size(0), rows.size(1));
    }

    private static INDArray unfold(
            ConvolutionMode mode,
            INDArray image,
            long outHeight,
            long outWidth,
            int[] kernel,
            int[] stride,
            int[] padding,
            int[] dilation) {
        long n = image.size(0);
        long channels = image.size(1);
        INDArray columns = Nd4j.createUninitialized(
                image.dataType(), new long[] {n, outHeight, outWidth, channels, kernel[0], kernel[1]}, 'c');
        // The operation writes [N, channels, kh, kw, oh, ow].
        Convolution.im2col(
                image,
                kernel[0],
                kernel[1],
                stride[0],
                stride[1],
                padding[0],
                padding[1],
                dilation[0],
                dilation[1],
                mode == ConvolutionMode.Same,
                columns.permute(0, 3, 4, 5, 1, 2));
        return columns.reshape('c', n * outHeight * outWidth, channels * kernel[0] * kernel[1]);
    }
}
