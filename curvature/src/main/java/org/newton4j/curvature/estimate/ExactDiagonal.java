/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.LinearOperator;

/**
 * The diagonal and the trace without chance, from the d unit vectors.
 *
 * <pre>
 * A_ii = e_i' A e_i
 * </pre>
 *
 * <p>Costs d products: for small nets, and for checking the estimators.
 */
public final class ExactDiagonal {

    private ExactDiagonal() {}

    /**
     * Computes diag(A).
     *
     * @param a operator of dimension d
     * @param type FLOAT or DOUBLE, the type of the products
     * @return the diagonal, standard errors 0, d products
     * @throws IllegalArgumentException when the type is another one
     * @throws ArithmeticException when an entry is not finite
     */
    public static DiagonalEstimate of(LinearOperator a, DataType type) {
        long begun = System.nanoTime();
        Arguments.floating("type", type);
        long d = a.dimension();
        INDArray unit = Nd4j.zeros(type, d);
        INDArray product = Nd4j.createUninitialized(type, d);
        INDArray diagonal = Nd4j.createUninitialized(type, d);
        for (long i = 0; i < d; i++) {
            unit.putScalar(i, 1);
            a.multiply(unit, product);
            double entry = product.getDouble(i);
            if (!(Math.abs(entry) <= Double.MAX_VALUE)) {
                throw new ArithmeticException("product " + (i + 1) + " of the operator is not finite");
            }
            diagonal.putScalar(i, entry);
            unit.putScalar(i, 0);
        }
        return new DiagonalEstimate(diagonal, Nd4j.zeros(type, d), 0, 0, Cost.since(begun, d, a));
    }
}
