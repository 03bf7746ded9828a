/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The inverse of a symmetric positive definite matrix in double, by halves, so that nearly all work is done by the matrix
 * product of the backend.
 *
 * <pre>
 * M = [ A   B ]      X = A^-1 B,  S = D - B'X      M^-1 = [ A^-1 + X S^-1 X'   -X S^-1 ]
 *     [ B'  D ]                                           [ -(X S^-1)'          S^-1   ]
 * </pre>
 *
 * <p>A and S are positive definite because M is. Cost: 4/3 n^3 operations. Only the upper triangle is read.
 */
final class SpdInverse {

    /** Below this size a product is not worth its call. */
    private static final int LEAF = 48;

    private SpdInverse() {}

    /**
     * Inverts {@code matrix + shift I}.
     *
     * @param matrix FLOAT or DOUBLE, [n, n]; Not modified
     * @return new array of the type of {@code matrix}, F order, exactly symmetric
     * @throws ArithmeticException when it is not positive definite
     */
    static INDArray of(INDArray matrix, double shift) {
        INDArray wide = Nd4j.createUninitialized(DataType.DOUBLE, matrix.shape(), 'f');
        wide.assign(matrix);
        OffHeap.diagonal(wide).addi(shift);
        INDArray inverse;
        try {
            inverse = inverse(wide);
        } catch (ArithmeticException e) {
            throw new ArithmeticException("a " + matrix.size(0) + " x " + matrix.size(0) + " matrix with damping "
                    + shift + " is not positive definite in double; increase the damping");
        }
        // Rounding may differ above and below the diagonal.
        INDArray symmetric = inverse.add(inverse.transpose()).muli(0.5);
        return OffHeap.copy(symmetric.castTo(matrix.dataType()), 'f');
    }

    private static INDArray inverse(INDArray m) {
        long n = m.size(0);
        if (n <= LEAF) {
            return leaf(m);
        }
        var first = NDArrayIndex.interval(0, n / 2);
        var second = NDArrayIndex.interval(n / 2, n);
        INDArray b = m.get(first, second).dup('f');
        INDArray a = inverse(m.get(first, first).dup('f'));
        INDArray x = a.mmul(b);
        INDArray s = m.get(second, second).dup('f');
        Nd4j.gemm(b, x, s, true, false, -1, 1);
        INDArray si = inverse(s);
        INDArray y = x.mmul(si);
        INDArray corner = a.dup('f');
        Nd4j.gemm(y, x, corner, false, true, 1, 1);
        INDArray out = Nd4j.createUninitialized(DataType.DOUBLE, new long[] {n, n}, 'f');
        out.get(first, first).assign(corner);
        out.get(second, second).assign(si);
        y.negi();
        out.get(first, second).assign(y);
        out.get(second, first).assign(y.transpose());
        return out;
    }

    private static INDArray leaf(INDArray m) {
        return Cholesky.of(m, 0).inverse(DataType.DOUBLE).dup('f');
    }
}
