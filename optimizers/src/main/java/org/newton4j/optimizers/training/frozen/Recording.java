/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What one call of an activation function recorded: slope and offset, or the branch taken, per unit and example.
 *
 * <p>The buffers live outside all workspaces and are used again as long as the shape stays.
 */
final class Recording {

    private final Recorder recorder;
    private @Nullable INDArray first;
    private @Nullable INDArray second;

    Recording(Recorder recorder) {
        this.recorder = recorder;
    }

    /** Slope or branch, to be written; shaped and strided like z. */
    INDArray firstLike(INDArray z) {
        INDArray buffer = like(first, z);
        first = buffer;
        return buffer;
    }

    /** Offset, to be written; shaped and strided like z. */
    INDArray secondLike(INDArray z) {
        INDArray buffer = like(second, z);
        second = buffer;
        return buffer;
    }

    INDArray first(INDArray z) {
        return recorded(first, z);
    }

    INDArray second(INDArray z) {
        return recorded(second, z);
    }

    private INDArray like(@Nullable INDArray buffer, INDArray z) {
        if (buffer != null && buffer.equalShapes(z) && buffer.dataType() == z.dataType()) {
            return buffer;
        }
        recorder.noteNewShape();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return MemoryOrder.emptyLike(z);
        }
    }

    private static INDArray recorded(@Nullable INDArray buffer, INDArray z) {
        if (buffer == null || !buffer.equalShapes(z)) {
            throw new IllegalStateException(
                    "nothing was recorded for an activation of shape " + java.util.Arrays.toString(z.shape()));
        }
        return buffer;
    }
}
