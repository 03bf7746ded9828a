/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Max pooling that remembers which element of each window won, in up to three spatial dimensions.
 *
 * <pre>
 * w(o) = argmax of x(i) over i in window(o) at θ;   y(o) = x(w(o));   dL/dx(i) = Σ over o with w(o) = i of dL/dy(o)
 * </pre>
 *
 * <p>Ties go to the first element in row-major order and sums run over o in row-major order, as in Deeplearning4j's
 * kernels, whose results are repeated to the last bit. Works on host memory.
 */
final class MaxWindows {

    private static final int NONE = -1;

    private final Recorder recorder;
    private int @Nullable [] winners;
    private long[] inputShape = {};
    private @Nullable Geometry laidOut;
    private int[] candidates = {};
    private int[] starts = {};

    MaxWindows(Recorder recorder) {
        this.recorder = recorder;
    }

    /**
     * Where the windows lie. Arrays hold depth, height, width; unused leading dimensions are kernel 1, stride 1, padding
     * 0, dilation 1.
     *
     * @param in input size
     * @param out output size
     * @param kernel window size
     * @param stride distance between windows
     * @param padding before the first element
     * @param dilation distance between the elements of a window
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; a passing bundle of arguments.
    record Geometry(int[] in, int[] out, int[] kernel, int[] stride, int[] padding, int[] dilation) {

        int positions() {
            return out[0] * out[1] * out[2];
        }

        /** Coordinate of element k of window o along an axis. */
        int at(int axis, int o, int k) {
            return o * stride[axis] - padding[axis] + k * dilation[axis];
        }

        boolean isSame(Geometry other) {
            return Arrays.equals(in, other.in)
                    && Arrays.equals(out, other.out)
                    && Arrays.equals(kernel, other.kernel)
                    && Arrays.equals(stride, other.stride)
                    && Arrays.equals(padding, other.padding)
                    && Arrays.equals(dilation, other.dilation);
        }
    }

    /**
     * Finds and keeps the winners.
     *
     * @param x activations at θ, channels at dimension 1 or last; Not modified
     */
    void record(INDArray x, boolean channelsLast, Geometry geometry) {
        record(x, channelsLast, geometry, null);
    }

    /**
     * Finds and keeps the winners among unmasked positions.
     *
     * @param mask per example and position, 0 for absent; null for none
     */
    void record(INDArray x, boolean channelsLast, Geometry geometry, @Nullable INDArray mask) {
        layOut(geometry);
        Blocks in = Blocks.read(x, channelsLast);
        int perBlock = geometry.positions() * in.interleaved;
        int[] found = winners;
        if (found == null
                || found.length != Math.multiplyExact(perBlock, in.count())
                || !Arrays.equals(inputShape, x.shape())) {
            recorder.noteNewShape();
            found = new int[Math.multiplyExact(perBlock, in.count())];
            winners = found;
            inputShape = x.shape().clone();
        }
        double[] values = new double[in.size];
        int blocksPerExample = in.count() / Math.toIntExact(x.size(0));
        double[] present = mask == null ? null : new double[in.size / in.interleaved];
        for (int block = 0; block < in.count(); block++) {
            in.get(block, values);
            if (mask != null && present != null && block % blocksPerExample == 0) {
                INDArray row = mask.tensorAlongDimension(block / blocksPerExample, allButFirst(mask))
                        .castTo(DataType.DOUBLE)
                        .dup('c');
                System.arraycopy(row.data().asDouble(), 0, present, 0, present.length);
            }
            findWinners(values, present, in.interleaved, found, block * perBlock);
        }
    }

    /**
     * Writes the winners' values.
     *
     * @param x activations, shaped as recorded; Not modified
     * @param y output, C order; Modified
     */
    void forward(INDArray x, INDArray y, boolean channelsLast) {
        int[] from = recorded(x.shape());
        Blocks in = Blocks.read(x, channelsLast);
        Blocks out = Blocks.write(y, channelsLast);
        double[] values = new double[in.size];
        double[] result = new double[out.size];
        for (int block = 0; block < in.count(); block++) {
            in.get(block, values);
            int start = block * out.size;
            for (int o = 0; o < result.length; o++) {
                int winner = from[start + o];
                result[o] = winner == NONE ? Double.NEGATIVE_INFINITY : values[winner];
            }
            out.put(block, result);
        }
    }

    /**
     * Sends gradients to the winners.
     *
     * @param epsilon gradient with respect to the output; Not modified
     * @param dx gradient with respect to the input, C order; Modified
     */
    void backward(INDArray epsilon, INDArray dx, boolean channelsLast) {
        int[] to = recorded(dx.shape());
        Blocks in = Blocks.read(epsilon, channelsLast);
        Blocks out = Blocks.write(dx, channelsLast);
        boolean single = dx.dataType() == DataType.FLOAT;
        double[] values = new double[in.size];
        double[] sums = new double[out.size];
        for (int block = 0; block < in.count(); block++) {
            in.get(block, values);
            Arrays.fill(sums, 0);
            int start = block * in.size;
            for (int o = 0; o < values.length; o++) {
                int winner = to[start + o];
                if (winner != NONE) {
                    double sum = sums[winner] + values[o];
                    // A double sum of two floats rounded to float is their float sum.
                    sums[winner] = single ? (float) sum : sum;
                }
            }
            out.put(block, sums);
        }
    }

    private int[] recorded(long[] shape) {
        int[] found = winners;
        if (found == null || !Arrays.equals(inputShape, shape)) {
            throw new IllegalStateException("pooling winners were recorded for shape " + Arrays.toString(inputShape)
                    + ", not " + Arrays.toString(shape));
        }
        return found;
    }

    private static int[] allButFirst(INDArray array) {
        int[] axes = new int[array.rank() - 1];
        for (int i = 0; i < axes.length; i++) {
            axes[i] = i + 1;
        }
        return axes;
    }

    private void findWinners(double[] x, double @Nullable [] present, int channels, int[] into, int start) {
        int next = start;
        for (int o = 0; o + 1 < starts.length; o++) {
            for (int channel = 0; channel < channels; channel++) {
                into[next++] = winner(x, present, channels, channel, starts[o], starts[o + 1]);
            }
        }
    }

    private int winner(double[] x, double @Nullable [] present, int channels, int channel, int from, int to) {
        int best = NONE;
        double largest = Double.NaN;
        for (int i = from; i < to; i++) {
            int position = candidates[i];
            if (present != null && present[position] == 0) {
                continue;
            }
            int candidate = position * channels + channel;
            double value = x[candidate];
            if (best == NONE || value > largest) {
                best = candidate;
                largest = value;
            }
        }
        return best;
    }

    /** Lists the elements of each window in row-major order: the same for every block. */
    private void layOut(Geometry g) {
        if (laidOut != null && g.isSame(laidOut)) {
            return;
        }
        int[] list = new int[g.positions() * g.kernel[0] * g.kernel[1] * g.kernel[2]];
        int[] firsts = new int[g.positions() + 1];
        int size = 0;
        int window = 0;
        for (int od = 0; od < g.out[0]; od++) {
            for (int oh = 0; oh < g.out[1]; oh++) {
                for (int ow = 0; ow < g.out[2]; ow++) {
                    size = list(g, od, oh, ow, list, size);
                    firsts[++window] = size;
                }
            }
        }
        candidates = list;
        starts = firsts;
        laidOut = g;
    }

    private static int list(Geometry g, int od, int oh, int ow, int[] list, int size) {
        int next = size;
        for (int kd = 0; kd < g.kernel[0]; kd++) {
            int d = g.at(0, od, kd);
            for (int kh = 0; kh < g.kernel[1]; kh++) {
                int h = g.at(1, oh, kh);
                for (int kw = 0; kw < g.kernel[2]; kw++) {
                    int w = g.at(2, ow, kw);
                    if (d >= 0 && d < g.in[0] && h >= 0 && h < g.in[1] && w >= 0 && w < g.in[2]) {
                        list[next++] = (d * g.in[1] + h) * g.in[2] + w;
                    }
                }
            }
        }
        return next;
    }
}
