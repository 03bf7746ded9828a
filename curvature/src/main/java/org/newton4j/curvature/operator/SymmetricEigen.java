/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * All eigenvalues and eigenvectors of a small symmetric matrix, computed in double by LAPACK's {@code dsyev}.
 *
 * <pre>
 * M = Q diag(values) Q',   values ascending,   Q'Q = I
 * </pre>
 */
public final class SymmetricEigen {

    private final double[] values;
    private final INDArray vectors;

    private SymmetricEigen(double[] values, INDArray vectors) {
        this.values = values;
        this.vectors = vectors;
    }

    /**
     * Decomposes a matrix; the lower triangle is read.
     *
     * @param matrix M, shape [n, n], FLOAT or DOUBLE, finite; Not modified
     * @return the decomposition
     * @throws IllegalArgumentException when it is not square
     * @throws ArithmeticException when it is not finite or LAPACK does not converge
     */
    public static SymmetricEigen of(INDArray matrix) {
        Arguments.matrix("matrix", matrix, matrix.size(0), matrix.size(0));
        long n = matrix.size(0);
        INDArray q = Nd4j.createUninitialized(DataType.DOUBLE, new long[] {n, n}, 'f');
        q.assign(matrix);
        // LAPACK may loop or answer nonsense on NaN.
        if (!Matrices.isFinite(q)) {
            throw new ArithmeticException("the matrix to decompose holds NaN or infinity");
        }
        if (n == 1) {
            return new SymmetricEigen(new double[] {q.getDouble(0, 0)}, Nd4j.ones(DataType.DOUBLE, 1, 1));
        }
        INDArray lambda = Nd4j.createUninitialized(DataType.DOUBLE, n);
        int status = Nd4j.getBlasWrapper().lapack().syev('V', 'L', q, lambda);
        if (status != 0) {
            throw new ArithmeticException(
                    "the eigenvalues of a " + n + " x " + n + " matrix did not converge (LAPACK syev: " + status + ")");
        }
        return new SymmetricEigen(lambda.toDoubleVector(), q);
    }

    /**
     * The eigenvalues.
     *
     * @return n numbers, ascending; a copy
     */
    public double[] values() {
        return values.clone();
    }

    /**
     * The eigenvectors.
     *
     * @return Q, DOUBLE, shape [n, n], column k belongs to value k
     */
    public INDArray vectors() {
        return vectors;
    }
}
