/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;

/**
 * The vector over the memory of the last gradient. Deeplearning4j hands out one and the same view at every step, and a
 * reshape of it is 2 KB of garbage.
 */
public final class FlatView {

    // What an array is: memory with an offset, and shape, strides and order. ND4J keeps one shape buffer for equal
    // ones.
    private @Nullable DataBuffer memory;
    private @Nullable DataBuffer shape;
    private @Nullable INDArray vector;

    /** Has seen no gradient yet. */
    public FlatView() {}

    /**
     * The gradient as a vector in C order over the same memory.
     *
     * @param gradient of any shape; Not modified
     * @return rank 1; null where the layout does not allow that
     */
    public @Nullable INDArray of(INDArray gradient) {
        if (gradient.rank() == 1) {
            return gradient;
        }
        if (memory != gradient.data() || shape != gradient.shapeInfoDataBuffer()) {
            vector = Shape.newShapeNoCopy(gradient, new long[] {gradient.length()}, false);
            memory = gradient.data();
            shape = gradient.shapeInfoDataBuffer();
        }
        return vector;
    }
}
