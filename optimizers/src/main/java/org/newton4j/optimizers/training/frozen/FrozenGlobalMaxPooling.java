/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.pooling.GlobalPoolingLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Max pooling over all positions, or all unmasked ones, on the winners recorded at θ. */
final class FrozenGlobalMaxPooling extends GlobalPoolingLayer {

    private static final long serialVersionUID = 1L;

    private final transient Recorder recorder;
    private final transient MaxWindows windows;

    FrozenGlobalMaxPooling(Recorder recorder, MaxWindows windows, NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
        this.recorder = recorder;
        this.windows = windows;
    }

    /**
     * Records from the input of the main network's layer.
     *
     * @param mask the layer's mask, or null
     */
    static void record(
            MaxWindows windows,
            org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer conf,
            INDArray input,
            @Nullable INDArray mask) {
        int[] in = {1, 1, 1};
        boolean channelsLast = isChannelsLast(conf, input.rank());
        for (int axis = 2; axis < input.rank(); axis++) {
            in[3 - input.rank() + axis] = Math.toIntExact(input.size(channelsLast ? axis - 1 : axis));
        }
        INDArray positions = mask == null ? null : positionMask(mask, input);
        windows.record(
                input,
                channelsLast,
                new MaxWindows.Geometry(
                        in, new int[] {1, 1, 1}, in, new int[] {1, 1, 1}, new int[3], new int[] {1, 1, 1}),
                positions);
    }

    /** Whether all positions are pooled: over the trailing dimensions, or over those before the last. */
    static boolean poolsAllPositions(org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer conf) {
        int[] axes = conf.getPoolingDimensions();
        if (axes == null) {
            return true;
        }
        int rank = axes.length + 2;
        return Arrays.equals(axes, trailing(rank, 2)) || Arrays.equals(axes, trailing(rank, 1));
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        INDArray x = input.castTo(dataType);
        if (recorder.isRecording()) {
            record(windows, layerConf(), x, maskArray);
        }
        boolean channelsLast = isChannelsLast(layerConf(), x.rank());
        long[] shape = new long[layerConf().isCollapseDimensions() ? 2 : x.rank()];
        Arrays.fill(shape, 1);
        shape[0] = x.size(0);
        shape[1] = x.size(channelsLast ? x.rank() - 1 : 1);
        INDArray y = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, shape, 'c');
        windows.forward(x, y.reshape('c', blocked(x, channelsLast)), channelsLast);
        return y;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        boolean channelsLast = isChannelsLast(layerConf(), input.rank());
        INDArray dx = workspaceMgr.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
        INDArray flat = epsilon.castTo(dataType).dup('c');
        windows.backward(flat.reshape('c', blocked(input, channelsLast)), dx, channelsLast);
        return new Pair<>(new DefaultGradient(), dx);
    }

    /** Shape of the output with every pooled dimension kept as 1. */
    private static long[] blocked(INDArray x, boolean channelsLast) {
        long[] shape = x.shape().clone();
        for (int axis = 1; axis < shape.length; axis++) {
            if (axis != (channelsLast ? shape.length - 1 : 1)) {
                shape[axis] = 1;
            }
        }
        return shape;
    }

    private static boolean isChannelsLast(org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer conf, int rank) {
        int[] axes = conf.getPoolingDimensions();
        return axes != null && Arrays.equals(axes, trailing(rank, 1));
    }

    private static int[] trailing(int rank, int first) {
        int[] axes = new int[rank - 2];
        for (int i = 0; i < axes.length; i++) {
            axes[i] = first + i;
        }
        return axes;
    }

    /** Mask per example and position; convolution masks may be 1 along a spatial dimension. */
    private static INDArray positionMask(INDArray mask, INDArray input) {
        INDArray values = mask.castTo(input.dataType());
        if (input.rank() == 3) {
            return values;
        }
        return values.broadcast(input.size(0), 1, input.size(2), input.size(3)).dup('c');
    }
}
