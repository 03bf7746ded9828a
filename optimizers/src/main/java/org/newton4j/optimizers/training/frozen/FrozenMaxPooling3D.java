/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.subsampling.Subsampling3DLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.Convolution3DUtils;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** 3-D max pooling on the winners recorded at θ. */
final class FrozenMaxPooling3D extends Subsampling3DLayer {

    private static final long serialVersionUID = 1L;

    private final transient Recorder recorder;
    private final transient MaxWindows windows;

    FrozenMaxPooling3D(Recorder recorder, MaxWindows windows, NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
        this.recorder = recorder;
        this.windows = windows;
    }

    /** Records from the input of the main network's layer. */
    static void record(MaxWindows windows, org.deeplearning4j.nn.conf.layers.Subsampling3DLayer conf, INDArray input) {
        windows.record(input, isChannelsLast(conf), geometry(conf, input));
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        INDArray x = input.castTo(dataType);
        if (recorder.isRecording()) {
            record(windows, layerConf(), x);
        }
        boolean channelsLast = isChannelsLast(layerConf());
        int[] out = geometry(layerConf(), x).out();
        long[] shape = channelsLast
                ? new long[] {x.size(0), out[0], out[1], out[2], x.size(4)}
                : new long[] {x.size(0), x.size(1), out[0], out[1], out[2]};
        INDArray y = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, x.dataType(), shape, 'c');
        windows.forward(x, y, channelsLast);
        return y;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        INDArray dx = workspaceMgr.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
        windows.backward(epsilon.castTo(dataType), dx, isChannelsLast(layerConf()));
        return new Pair<>(new DefaultGradient(), backpropDropOutIfPresent(dx));
    }

    private static boolean isChannelsLast(org.deeplearning4j.nn.conf.layers.Subsampling3DLayer conf) {
        return conf.getDataFormat() == Convolution3D.DataFormat.NDHWC;
    }

    private static MaxWindows.Geometry geometry(org.deeplearning4j.nn.conf.layers.Subsampling3DLayer conf, INDArray x) {
        int first = isChannelsLast(conf) ? 1 : 2;
        int[] kernel = conf.getKernelSize();
        int[] stride = conf.getStride();
        int[] dilation = conf.getDilation();
        int[] padding = conf.getPadding();
        boolean same = conf.getConvolutionMode() == ConvolutionMode.Same;
        int[] in = new int[3];
        int[] out = new int[3];
        for (int i = 0; i < 3; i++) {
            in[i] = Math.toIntExact(x.size(first + i));
            out[i] = FrozenMaxPooling.outputSize(in[i], kernel[i], stride[i], padding[i], dilation[i], same);
        }
        if (same) {
            padding = Convolution3DUtils.get3DSameModeTopLeftPadding(out, in, kernel, stride, dilation);
        }
        return new MaxWindows.Geometry(in, out, kernel, stride, padding, dilation);
    }
}
