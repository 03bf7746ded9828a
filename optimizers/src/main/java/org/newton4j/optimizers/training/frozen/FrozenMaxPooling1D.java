/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.subsampling.Subsampling1DLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Broadcast;

/** 1-D max pooling of {@code [example, channel, step]} on the winners recorded at θ. */
final class FrozenMaxPooling1D extends Subsampling1DLayer {

    private static final long serialVersionUID = 1L;

    private final transient Recorder recorder;
    private final transient MaxWindows windows;

    FrozenMaxPooling1D(Recorder recorder, MaxWindows windows, NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
        this.recorder = recorder;
        this.windows = windows;
    }

    /** Records from the input of the main network's layer. */
    static void record(MaxWindows windows, SubsamplingLayer conf, INDArray input) {
        windows.record(input, false, geometry(conf, Math.toIntExact(input.size(2))));
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        INDArray x = input.castTo(dataType);
        if (recorder.isRecording()) {
            record(windows, layerConf(), x);
        }
        int steps = geometry(layerConf(), Math.toIntExact(x.size(2))).out()[2];
        INDArray y = workspaceMgr.createUninitialized(
                ArrayType.ACTIVATIONS, x.dataType(), new long[] {x.size(0), x.size(1), steps}, 'c');
        windows.forward(x, y, false);
        applyOutputMask(y);
        return y;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        applyOutputMask(epsilon);
        INDArray dx = workspaceMgr.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
        windows.backward(epsilon.castTo(dataType), dx, false);
        return new Pair<>(new DefaultGradient(), dx);
    }

    private void applyOutputMask(INDArray array) {
        if (maskArray != null) {
            INDArray outputMask = ConvolutionUtils.cnn1dMaskReduction(
                    maskArray,
                    layerConf().getKernelSize()[0],
                    layerConf().getStride()[0],
                    layerConf().getPadding()[0],
                    layerConf().getDilation()[0],
                    layerConf().getConvolutionMode());
            Broadcast.mul(array, outputMask, array, 0, 2);
        }
    }

    private static MaxWindows.Geometry geometry(SubsamplingLayer conf, int steps) {
        int kernel = conf.getKernelSize()[0];
        int stride = conf.getStride()[0];
        int dilation = conf.getDilation()[0];
        boolean same = conf.getConvolutionMode() == ConvolutionMode.Same;
        int padding = conf.getPadding()[0];
        int out = FrozenMaxPooling.outputSize(steps, kernel, stride, padding, dilation, same);
        if (same) {
            padding = ConvolutionUtils.getSameModeTopLeftPadding(
                    new int[] {out, 1}, new int[] {steps, 1}, new int[] {kernel, 1}, new int[] {stride, 1}, new int[] {
                        dilation, 1
                    })[0];
        }
        return new MaxWindows.Geometry(
                new int[] {1, 1, steps},
                new int[] {1, 1, out},
                new int[] {1, 1, kernel},
                new int[] {1, 1, stride},
                new int[] {0, 0, padding},
                new int[] {1, 1, dilation});
    }
}
