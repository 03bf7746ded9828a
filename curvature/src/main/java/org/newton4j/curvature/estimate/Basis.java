/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.operator.GradientRows;
import org.newton4j.curvature.operator.Vectors;

/**
 * Orthonormal vectors, grown one by one by Gram-Schmidt applied twice ("twice is enough", Kahan and Parlett).
 */
final class Basis {

    private final INDArray rows;
    private int size;

    Basis(DataType type, int capacity, long dimension) {
        rows = Nd4j.create(type, new long[] {capacity, dimension}, 'c');
    }

    int size() {
        return size;
    }

    INDArray row(int i) {
        return rows.getRow(i);
    }

    /** Some of the vectors as a stack. */
    GradientRows stack(int from, int to) {
        return new GradientRows(
                from == 0 && to == rows.size(0) ? rows : rows.get(NDArrayIndex.interval(from, to), NDArrayIndex.all()));
    }

    /** Makes v orthogonal to all vectors, in place. */
    void removeFrom(INDArray v) {
        if (size > 0) {
            GradientRows stack = stack(0, size);
            for (int pass = 0; pass < 2; pass++) {
                double[] c = stack.dots(v);
                for (int i = 0; i < c.length; i++) {
                    c[i] = -c[i];
                }
                stack.combine(1, v, c, v);
            }
        }
    }

    /**
     * Appends the part of v that is orthogonal to the others, normalised; v itself becomes that part.
     *
     * @return length of that part; 0, and nothing appended, when it is below 1000 roundings of |v| and so only noise
     */
    double add(INDArray v) {
        double before = Vectors.norm(v);
        removeFrom(v);
        double after = Vectors.norm(v);
        if (!(after > 1000 * Vectors.rounding(v.dataType()) * before)) {
            return 0;
        }
        v.divi(after);
        rows.getRow(size).assign(v);
        size++;
        return after;
    }
}
