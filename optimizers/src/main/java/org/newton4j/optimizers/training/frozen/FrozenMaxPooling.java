/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** 2-D max pooling on the winners recorded at θ. */
final class FrozenMaxPooling extends SubsamplingLayer {

    private static final long serialVersionUID = 1L;

    private final transient Recorder recorder;
    private final transient MaxWindows windows;

    FrozenMaxPooling(Recorder recorder, MaxWindows windows, NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
        this.recorder = recorder;
        this.windows = windows;
    }

    /** Records from the input of the main network's layer. */
    static void record(MaxWindows windows, org.deeplearning4j.nn.conf.layers.SubsamplingLayer conf, INDArray input) {
        windows.record(input, isChannelsLast(conf), geometry(conf, input));
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        INDArray x = input.castTo(dataType);
        if (recorder.isRecording()) {
            record(windows, layerConf(), x);
        }
        boolean channelsLast = isChannelsLast(layerConf());
        int[] out = geometry(layerConf(), x).out();
        long[] shape = channelsLast
                ? new long[] {x.size(0), out[1], out[2], x.size(3)}
                : new long[] {x.size(0), x.size(1), out[1], out[2]};
        INDArray y = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, x.dataType(), shape, 'c');
        windows.forward(x, y, channelsLast);
        return y;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        INDArray dx = workspaceMgr.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
        windows.backward(epsilon.castTo(dataType), dx, isChannelsLast(layerConf()));
        return new Pair<>(new DefaultGradient(), dx);
    }

    static boolean isChannelsLast(org.deeplearning4j.nn.conf.layers.SubsamplingLayer conf) {
        return conf.getCnn2dDataFormat() == CNN2DFormat.NHWC;
    }

    static MaxWindows.Geometry geometry(org.deeplearning4j.nn.conf.layers.SubsamplingLayer conf, INDArray x) {
        int first = isChannelsLast(conf) ? 1 : 2;
        int[] in = {Math.toIntExact(x.size(first)), Math.toIntExact(x.size(first + 1))};
        int[] kernel = conf.getKernelSize();
        int[] stride = conf.getStride();
        int[] dilation = conf.getDilation();
        boolean same = conf.getConvolutionMode() == ConvolutionMode.Same;
        int[] padding = conf.getPadding();
        int[] out = new int[2];
        for (int i = 0; i < 2; i++) {
            out[i] = outputSize(in[i], kernel[i], stride[i], padding[i], dilation[i], same);
        }
        if (same) {
            padding = ConvolutionUtils.getSameModeTopLeftPadding(out, in, kernel, stride, dilation);
        }
        return new MaxWindows.Geometry(
                new int[] {1, in[0], in[1]},
                new int[] {1, out[0], out[1]},
                new int[] {1, kernel[0], kernel[1]},
                new int[] {1, stride[0], stride[1]},
                new int[] {0, padding[0], padding[1]},
                new int[] {1, dilation[0], dilation[1]});
    }

    /** ⌈in / stride⌉ in Same mode, else ⌊(in + 2 padding - extent) / stride⌋ + 1. */
    static int outputSize(int in, int kernel, int stride, int padding, int dilation, boolean same) {
        if (same) {
            return (in + stride - 1) / stride;
        }
        int extent = (kernel - 1) * dilation + 1;
        return (in + 2 * padding - extent) / stride + 1;
    }
}
