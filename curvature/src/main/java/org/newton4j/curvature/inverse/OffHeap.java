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
}
