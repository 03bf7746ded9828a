/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Arrays;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.util.Convolution1DUtils;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.Kernels;

/**
 * The mean over examples and output positions of the windows a convolution sees, without unfolding them where none is
 * masked.
 *
 * <p>Symbols: S = Σ_n x_n, the sum of the images; (i, j) a kernel position; o the output positions.
 *
 * <pre>
 * mean[c, i, j] = Σ_o S[c, o_y stride_y − pad_y + i dilation_y, o_x stride_x − pad_x + j dilation_x] / (N positions)
 * </pre>
 *
 * where what lies outside of the image counts 0. Each is the sum over a strided sub-rectangle of one image, first along
 * columns, then along rows: reading the input once is all that costs, im2col would write it kh kw times.
 */
final class PatchMean {

    private final double[] values;
    private final long windows;

    private PatchMean(double[] values, long windows) {
        this.values = values;
        this.windows = windows;
    }

    /** The mean, in the order of {@link Patches}: channel, row, column; in 1-D position, channel. */
    double[] values() {
        return values;
    }

    /** N times the output positions, without those that are masked. */
    long windows() {
        return windows;
    }

    /** One axis of a convolution. */
    private record Axis(int size, int outputs, int kernel, int stride, int padding, int dilation) {

        /** First output whose window has kernel element {@code at} inside of the image. */
        int first(int at) {
            int before = padding - at * dilation;
            return before <= 0 ? 0 : (before + stride - 1) / stride;
        }

        /** One past the last such output. */
        int end(int at) {
            int room = size - 1 + padding - at * dilation;
            return room < 0 ? 0 : Math.min(outputs, room / stride + 1);
        }

        int pixel(int output, int at) {
            return output * stride - padding + at * dilation;
        }
    }

    /**
     * Height and width of the output of a 2-D convolution.
     *
     * @param images channels first; Not modified
     */
    private static int[] outputs(ConvolutionLayer layer, INDArray images) {
        return ConvolutionUtils.getOutputSize(
                images,
                layer.getKernelSize(),
                layer.getStride(),
                layer.getConvolutionMode() == ConvolutionMode.Same ? null : layer.getPadding(),
                layer.getConvolutionMode(),
                layer.getDilation(),
                CNN2DFormat.NCHW);
    }

    /** Length of the output of a 1-D convolution. */
    private static int outputs(Convolution1DLayer layer, INDArray input) {
        return (int) Convolution1DUtils.getOutputSize(
                input.size(2),
                layer.getKernelSize()[0],
                layer.getStride()[0],
                layer.getPadding()[0],
                layer.getConvolutionMode(),
                layer.getDilation()[0]);
    }

    /** Of the windows that are real, one by one. */
    private static PatchMean ofReal(INDArray patches, boolean[][] real) {
        RowChoice choice = RowChoice.of(real, real.length, real[0].length);
        long windows = choice.rows();
        double[] values = windows == 0
                ? new double[(int) patches.size(1)]
                : choice.from(patches).castTo(DataType.DOUBLE).mean(0).toDoubleVector();
        return new PatchMean(values, windows);
    }

    /**
     * Of a 2-D convolution.
     *
     * @param input in the layer's own format; Not modified
     * @param rows which windows are real
     * @param runtime the layer at work
     */
    static PatchMean of(ConvolutionLayer layer, INDArray input, RealRows rows, Layer runtime) {
        INDArray images = layer.getCnn2dDataFormat() == CNN2DFormat.NHWC ? input.permute(0, 3, 1, 2) : input;
        boolean same = layer.getConvolutionMode() == ConvolutionMode.Same;
        int[] outputs = outputs(layer, images);
        boolean[][] real = rows.of(runtime, (int) images.size(0), outputs[0], outputs[1]);
        if (real != null) {
            return ofReal(Patches.of(layer, input, outputs[0], outputs[1]), real);
        }
        int[] size = {(int) images.size(2), (int) images.size(3)};
        int[] padding = same
                ? ConvolutionUtils.getSameModeTopLeftPadding(
                        outputs, size, layer.getKernelSize(), layer.getStride(), layer.getDilation())
                : layer.getPadding();
        Axis[] axes = new Axis[2];
        for (int i = 0; i < 2; i++) {
            axes[i] = new Axis(
                    size[i],
                    outputs[i],
                    layer.getKernelSize()[i],
                    layer.getStride()[i],
                    padding[i],
                    layer.getDilation()[i]);
        }
        return mean(images, axes[0], axes[1]);
    }

    /**
     * Of a 1-D convolution, channels before time.
     *
     * @param input [N, channels, length]; Not modified
     * @param rows which windows are real
     * @param runtime the layer at work
     */
    static PatchMean of(Convolution1DLayer layer, INDArray input, RealRows rows, Layer runtime) {
        int outputs = outputs(layer, input);
        boolean[][] real = rows.of(runtime, (int) input.size(0), outputs, 1);
        if (real != null) {
            return ofReal(Patches.of(layer, input, outputs), real);
        }
        int size = (int) input.size(2);
        int kernel = layer.getKernelSize()[0];
        int stride = layer.getStride()[0];
        int dilation = layer.getDilation()[0];
        ConvolutionMode mode = layer.getConvolutionMode();
        int padding = layer.getPadding()[0];
        if (mode == ConvolutionMode.Same) {
            padding = ConvolutionUtils.getSameModeTopLeftPadding(
                    new int[] {outputs, 1},
                    new int[] {size, 1},
                    new int[] {kernel, 1},
                    new int[] {stride, 1},
                    new int[] {dilation, 1})[0];
        } else if (mode == ConvolutionMode.Causal) {
            padding = (kernel - 1) * dilation;
        }
        INDArray images = input.reshape(input.size(0), input.size(1), size, 1);
        PatchMean mean =
                mean(images, new Axis(size, outputs, kernel, stride, padding, dilation), new Axis(1, 1, 1, 1, 0, 1));
        // From channel, position to position, channel.
        int channels = (int) input.size(1);
        double[] values = new double[mean.values.length];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < kernel; i++) {
                values[i * channels + c] = mean.values[c * kernel + i];
            }
        }
        return new PatchMean(values, mean.windows);
    }

    private static PatchMean mean(INDArray images, Axis rows, Axis columns) {
        int channels = (int) images.size(1);
        double[] sum = Kernels.columnSums(images);
        double[] values = new double[channels * rows.kernel * columns.kernel];
        double[] line = new double[columns.size];
        long windows = images.size(0) * rows.outputs * columns.outputs;
        int at = 0;
        for (int channel = 0; channel < channels; channel++) {
            for (int i = 0; i < rows.kernel; i++) {
                Arrays.fill(line, 0);
                for (int o = rows.first(i); o < rows.end(i); o++) {
                    int start = (channel * rows.size + rows.pixel(o, i)) * columns.size;
                    for (int x = 0; x < columns.size; x++) {
                        line[x] += sum[start + x];
                    }
                }
                for (int j = 0; j < columns.kernel; j++) {
                    double total = 0;
                    for (int o = columns.first(j); o < columns.end(j); o++) {
                        total += line[columns.pixel(o, j)];
                    }
                    values[at++] = total / windows;
                }
            }
        }
        return new PatchMean(values, windows);
    }
}
