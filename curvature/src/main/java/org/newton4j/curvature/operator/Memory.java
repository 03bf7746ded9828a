/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where the elements of a vector lie: {@code first + i step} for i in [0, count), in bytes.
 *
 * @param first address of element 0
 * @param step distance of neighbours, at least 0
 * @param count number of elements, at least 1
 * @param width bytes of an element
 */
record Memory(long first, long step, long count, int width) {

    static Memory of(INDArray vector) {
        int width = vector.dataType().width();
        // The address is that of the whole buffer, whatever the offset of a view.
        long first = vector.data().address() + vector.offset() * width;
        long step = vector.length() == 1 ? 0 : vector.stride(0) * (long) width;
        return step < 0
                ? new Memory(first + (vector.length() - 1) * step, -step, vector.length(), width)
                : new Memory(first, step, vector.length(), width);
    }

    private long last() {
        return first + (count - 1) * step;
    }

    /** Whether an element of the one lies on an element of the other. */
    boolean touches(Memory other) {
        if (last() + width <= other.first || other.last() + other.width <= first) {
            return false;
        }
        // Columns of one matrix lie within each other and still apart.
        for (long i = 0; i < count; i++) {
            if (other.holds(first + i * step)) {
                return true;
            }
        }
        return false;
    }

    private boolean holds(long address) {
        long distance = address - first;
        return step == 0
                ? distance == 0
                : Math.floorMod(distance, step) == 0 && distance >= 0 && distance <= (count - 1) * step;
    }
}
