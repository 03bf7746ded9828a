/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.NotFinite;

/** Small wrappers around ND4J products whose special cases (1 x 1, vectors) change the shape of the result. */
final class Matrices {

    private Matrices() {}

    /** {@code out = M in} for rank-1 vectors; out must not overlap in. */
    static void multiply(INDArray matrix, INDArray in, INDArray out) {
        if (matrix.size(1) == 1) {
            // ND4J takes a vector of length 1 for a scalar and answers with another shape.
            out.assign(matrix.getColumn(0));
            out.muli(in.getDouble(0));
        } else if (matrix.size(0) == 1) {
            out.assign(Nd4j.getBlasWrapper().dot(matrix.getRow(0), in));
        } else {
            out.assign(matrix.mmul(in));
        }
    }

    /** Whether all entries are finite, also when their sum is not. */
    static boolean isFinite(INDArray matrix) {
        // ND4J's maximum skips NaN, its sum does not.
        return Double.isFinite(matrix.sumNumber().doubleValue())
                || NotFinite.count(matrix.dup('c').reshape('c', new long[] {matrix.length()})) == 0;
    }
}
