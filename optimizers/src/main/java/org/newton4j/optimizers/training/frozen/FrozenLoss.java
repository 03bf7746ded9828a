/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossUtil;

/**
 * A loss that is piecewise linear in the network's output (L1, MAE, MAPE, hinge), on the pieces recorded at θ.
 *
 * <pre>
 * dL/dz = f'(z)ᵀ dL/da,   dL/da recorded at θ, because it is constant on each piece
 * </pre>
 */
final class FrozenLoss implements ILossFunction {

    private static final long serialVersionUID = 1L;

    private final transient Recorder recorder;
    private final ILossFunction inner;
    private transient @Nullable INDArray recorded;

    FrozenLoss(Recorder recorder, ILossFunction inner) {
        this.recorder = recorder;
        this.inner = inner;
    }

    @Override
    public INDArray computeGradient(
            INDArray labels, INDArray preOutput, IActivation activationFn, @Nullable INDArray mask) {
        if (recorder.isRecording()) {
            record(labels, activationFn.getActivation(preOutput.dup(), true), mask);
            return inner.computeGradient(labels, preOutput, activationFn, mask);
        }
        INDArray slope = recorded;
        if (slope == null || !slope.equalShapes(preOutput)) {
            throw new IllegalStateException("nothing was recorded for loss " + inner);
        }
        INDArray gradient = activationFn.backprop(preOutput, slope.dup()).getFirst();
        if (mask != null) {
            LossUtil.applyMask(gradient, mask);
        }
        return gradient;
    }

    private void record(INDArray labels, INDArray output, @Nullable INDArray mask) {
        INDArray slope = inner.computeGradient(labels, output, new ActivationIdentity(), mask);
        INDArray buffer = recorded;
        if (buffer == null || !buffer.equalShapes(slope) || buffer.dataType() != slope.dataType()) {
            recorder.noteNewShape();
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                buffer = Nd4j.createUninitialized(slope.dataType(), slope.shape(), 'c');
            }
            recorded = buffer;
        }
        buffer.assign(slope);
    }

    @Override
    public double computeScore(
            INDArray labels, INDArray preOutput, IActivation activationFn, @Nullable INDArray mask, boolean average) {
        return inner.computeScore(labels, preOutput, activationFn, mask, average);
    }

    @Override
    public INDArray computeScoreArray(
            INDArray labels, INDArray preOutput, IActivation activationFn, @Nullable INDArray mask) {
        return inner.computeScoreArray(labels, preOutput, activationFn, mask);
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(
            INDArray labels, INDArray preOutput, IActivation activationFn, @Nullable INDArray mask, boolean average) {
        return new Pair<>(
                computeScore(labels, preOutput, activationFn, mask, average),
                computeGradient(labels, preOutput, activationFn, mask));
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public String toString() {
        return "frozen " + inner;
    }
}
