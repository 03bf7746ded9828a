/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A symmetric linear map A on the flat parameter vector.
 *
 * <p>Symbols: d = {@link #dimension()}, x and y are vectors of length d. Implementations compute y = A x and promise
 * x'(A y) = y'(A x) up to rounding. An estimator takes any operator, so it can be tested on a small matrix whose truth
 * is known. Extend {@link FlatOperator} to get vectors checked and dense whatever a caller has; estimators hand over rank
 * 1 without gaps.
 */
public interface LinearOperator {

    /**
     * Length of the vectors this operator works on.
     *
     * @return d, at least 1
     */
    long dimension();

    /**
     * Computes {@code out = A in}.
     *
     * @param in x, shape [d], [1, d] or [d, 1], FLOAT or DOUBLE; Not modified
     * @param out y, shape [d], [1, d] or [d, 1], the type of {@code in}, no element of it in common; Modified, previous
     *     content ignored
     */
    void multiply(INDArray in, INDArray out);

    /**
     * How exact this operator's products are, if it knows.
     *
     * @return the largest estimate of |error| / |A x| among the products it has made; 0 for an operator that is exact up to rounding
     */
    default double productError() {
        return 0;
    }
}
