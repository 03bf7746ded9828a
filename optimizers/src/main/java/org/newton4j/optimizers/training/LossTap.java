/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/**
 * A loss function in place of a shadow network's own, through which dL/dz can be replaced and z be read.
 *
 * <p>A backward pass starts with {@link #computeGradient}; whatever it returns is propagated, so returning u computes
 * J'u. A forward pass ends with {@link #computeScore}, which keeps z. The score itself is not computed.
 */
final class LossTap implements ILossFunction {

    private static final long serialVersionUID = 1L;

    private final ILossFunction inner;
    private transient Function<LossCall, INDArray> reply;
    private transient @Nullable INDArray preOutput;

    LossTap(ILossFunction inner) {
        this.inner = inner;
        this.reply = call -> call.gradient(call.labels());
    }

    /** The network's own loss. */
    ILossFunction inner() {
        return inner;
    }

    /** Sets what the next backward passes start from, given the call; a new array of the shape of z. */
    void answerWith(Function<LossCall, INDArray> newReply) {
        reply = newReply;
    }

    /** The pre-output of the last forward pass, handed over: the tap forgets it. */
    INDArray takePreOutput() {
        INDArray taken = preOutput;
        if (taken == null) {
            throw new IllegalStateException("no forward pass has reached the loss since the last call");
        }
        preOutput = null;
        return taken;
    }

    @Override
    public double computeScore(
            INDArray labels, INDArray z, IActivation activation, @Nullable INDArray mask, boolean average) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            preOutput = z.dup('c');
        }
        return 0;
    }

    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray z, IActivation activation, @Nullable INDArray mask) {
        return inner.computeScoreArray(labels, z, activation, mask);
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray z, IActivation activation, @Nullable INDArray mask) {
        return reply.apply(new LossCall(inner, labels, z, activation, mask));
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(
            INDArray labels, INDArray z, IActivation activation, @Nullable INDArray mask, boolean average) {
        INDArray gradient = computeGradient(labels, z, activation, mask);
        return new Pair<>(computeScore(labels, z, activation, mask, average), gradient);
    }

    @Override
    public String name() {
        return inner.name();
    }
}
