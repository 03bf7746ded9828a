/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A symmetric matrix held in memory: {@code out = M in}.
 *
 * <p>For tests, where the truth is known, and for nets small enough to hold d x d numbers.
 */
public final class DenseOperator extends FlatOperator {

    private final INDArray matrix;

    /**
     * Wraps a matrix.
     *
     * @param matrix M, shape [d, d], FLOAT or DOUBLE, symmetric up to rounding; kept by reference, Not modified
     * @throws IllegalArgumentException when it is not square, not finite or not symmetric
     */
    public DenseOperator(INDArray matrix) {
        Arguments.symmetric("matrix", matrix);
        this.matrix = matrix;
    }

    @Override
    public long dimension() {
        return matrix.size(0);
    }

    @Override
    protected void requireVectors(INDArray in, INDArray out) {
        super.requireVectors(in, out);
        Arguments.sameType("in", in, "matrix", matrix);
    }

    @Override
    protected void product(INDArray in, INDArray out) {
        Matrices.multiply(matrix, in, out);
    }

    /**
     * Writes any operator out as a matrix, column by column.
     *
     * <p>Column i is A e_i, so this costs d products and d x d numbers.
     *
     * @param operator A
     * @param type FLOAT or DOUBLE, the type of the products
     * @return the matrix of A, shape [d, d]
     * @throws IllegalArgumentException when d exceeds 20,000, which would be 3.2 GB of doubles
     */
    public static INDArray write(LinearOperator operator, DataType type) {
        long d = Arguments.count("dimension to write out as a matrix", operator.dimension(), 1, 20_000);
        INDArray unit = Nd4j.zeros(type, d);
        INDArray column = Nd4j.createUninitialized(type, d);
        INDArray matrix = Nd4j.createUninitialized(type, d, d);
        for (long i = 0; i < d; i++) {
            unit.putScalar(i, 1);
            operator.multiply(unit, column);
            unit.putScalar(i, 0);
            matrix.getColumn(i).assign(column);
        }
        return matrix;
    }
}
