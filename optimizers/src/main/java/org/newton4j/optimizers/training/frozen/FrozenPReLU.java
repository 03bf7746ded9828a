/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.feedforward.PReLU;
import org.deeplearning4j.nn.params.PReLUParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Relu with a learned slope, on the side of the kink recorded at θ.
 *
 * <pre>
 * a = m z + (1 - m) α z,   dL/dz = (m + (1 - m) α) dL/da,   dL/dα = Σ (1 - m) z dL/da;   m = [z ≥ 0] at θ
 * </pre>
 */
final class FrozenPReLU extends PReLU {

    private static final long serialVersionUID = 1L;

    private final transient Recorder recorder;
    private final transient Recording recording;

    FrozenPReLU(Recorder recorder, Recording recording, NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
        this.recorder = recorder;
        this.recording = recording;
    }

    /** Records from the input of the main network's layer. Deeplearning4j counts exactly 0 as open; Step compares with >. */
    static void record(Recording recording, INDArray z) {
        Nd4j.getExecutioner().exec(new Step(z, recording.firstLike(z), PiecewiseLinear.BELOW_ZERO));
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        if (recorder.isRecording()) {
            INDArray a = super.activate(training, workspaceMgr);
            record(recording, input);
            return a;
        }
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        INDArray a = workspaceMgr.dup(ArrayType.ACTIVATIONS, input, input.ordering());
        return a.muli(slope(input));
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        if (recorder.isRecording()) {
            return super.backpropGradient(epsilon, workspaceMgr);
        }
        assertInputSet(true);
        INDArray closed = recording.first(input).rsub(1);
        INDArray dAlpha = closed.mul(input).muli(epsilon).sum(true, summedAxes());
        INDArray view =
                Objects.requireNonNull(gradientViews.get(PReLUParamInitializer.WEIGHT_KEY), "gradient of alpha");
        view.assign(dAlpha.reshape(view.shape()));
        Gradient gradient = new DefaultGradient();
        gradient.setGradientFor(PReLUParamInitializer.WEIGHT_KEY, view, 'c');

        INDArray delta = workspaceMgr.dup(ArrayType.ACTIVATION_GRAD, epsilon, epsilon.ordering());
        delta.muli(slope(input));
        return new Pair<>(gradient, backpropDropOutIfPresent(delta));
    }

    /** m + (1 - m) α, shaped like z. */
    private INDArray slope(INDArray z) {
        INDArray open = recording.first(z);
        INDArray alpha = getParam(PReLUParamInitializer.WEIGHT_KEY);
        long[] shape = alpha.shape();
        long[] withBatch = new long[z.rank()];
        withBatch[0] = 1;
        System.arraycopy(shape, shape.length - z.rank() + 1, withBatch, 1, z.rank() - 1);
        INDArray wide = alpha.dup('c').reshape('c', withBatch).broadcast(z.shape());
        return open.rsub(1).muli(wide).addi(open);
    }

    /** The batch and the axes along which α is shared. */
    private int[] summedAxes() {
        long[] shared = layerConf().getSharedAxes();
        int[] axes = new int[1 + (shared == null ? 0 : shared.length)];
        for (int i = 1; i < axes.length; i++) {
            axes[i] = Math.toIntExact(shared[i - 1]);
        }
        return axes;
    }
}
