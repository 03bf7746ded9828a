/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** State that outlives the caller's memory workspace. */
final class OffHeap {

    private OffHeap() {}

    // The scope works by being open; nothing has to be called on it.
    @SuppressWarnings("try")
    static INDArray zeros(DataType type, char order, long... shape) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return Nd4j.create(type, shape, order);
        }
    }

    static INDArray copy(INDArray source, char order) {
        INDArray copy = zeros(source.dataType(), order, source.shape());
        copy.assign(source);
        return copy;
    }

    /** The diagonal of a matrix made here, as a view on its memory; Nd4j.diag answers with a copy. */
    static INDArray diagonal(INDArray matrix) {
        long n = matrix.size(0);
        return Nd4j.create(matrix.data(), new long[] {n}, new long[] {n + 1}, 0);
    }
}
