/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.MulOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Inverted dropout with the mask the main network drew, read from its dropped activations.
 *
 * <pre>
 * mask = [x ≠ 0] / p
 * </pre>
 *
 * <p>Where x is zero for another reason (a closed relu, a black pixel) either mask value gives the same gradient.
 */
final class FrozenDropout implements IDropout {

    private static final long serialVersionUID = 1L;

    private final transient Recorder recorder;
    private final Dropout inner;
    private transient @Nullable INDArray mask;

    FrozenDropout(Recorder recorder, Dropout inner) {
        this.recorder = recorder;
        this.inner = inner;
    }

    /**
     * Reads the mask.
     *
     * @param dropped activations after dropout in the main network; Not modified
     */
    void recordDropped(INDArray dropped, int iteration, int epoch) {
        double p = inner.getPSchedule() == null
                ? inner.getP()
                : inner.getPSchedule().valueAt(iteration, epoch);
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray buffer = mask;
            if (buffer == null || !buffer.equalShapes(dropped) || buffer.dataType() != dropped.dataType()) {
                recorder.noteNewShape();
                buffer = MemoryOrder.emptyLike(dropped);
                mask = buffer;
            }
            buffer.assign(dropped.neq(0)).divi(p);
        }
    }

    @Override
    public INDArray applyDropout(
            INDArray input, INDArray result, int iteration, int epoch, LayerWorkspaceMgr workspaceMgr) {
        Nd4j.getExecutioner().exec(new MulOp(input.castTo(result.dataType()), recorded(result), result));
        return result;
    }

    @Override
    public INDArray backprop(INDArray gradAtOutput, INDArray gradAtInput, int iteration, int epoch) {
        Nd4j.getExecutioner().exec(new MulOp(gradAtOutput, recorded(gradAtInput), gradAtInput));
        return gradAtInput;
    }

    private INDArray recorded(INDArray like) {
        INDArray recorded = mask;
        if (recorded == null || !recorded.equalShapes(like)) {
            throw new IllegalStateException(
                    "no dropout mask was recorded for shape " + java.util.Arrays.toString(like.shape()));
        }
        return recorded;
    }

    /** Nothing: the mask serves many evaluations. */
    @Override
    public void clear() {}

    /** This object, because the copy in the built layer has to see the mask recorded here. */
    @Override
    public FrozenDropout clone() {
        return this;
    }
}
