/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An operator plus a multiple of the identity: {@code out = A in + damping in}.
 *
 * <p>Positive definite whenever A is positive semi-definite and the damping is greater than 0.
 */
public final class DampedOperator extends FlatOperator {

    private final LinearOperator operator;
    private final double damping;

    /**
     * Adds damping to an operator.
     *
     * @param operator A
     * @param damping added to every eigenvalue, finite and at least 0
     * @throws IllegalArgumentException when the damping is negative or not finite
     */
    public DampedOperator(LinearOperator operator, double damping) {
        this.operator = operator;
        this.damping = Arguments.notNegative("damping", damping);
    }

    @Override
    public long dimension() {
        return operator.dimension();
    }

    @Override
    protected void product(INDArray in, INDArray out) {
        operator.multiply(in, out);
        Vectors.axpy(damping, in, out);
    }

    @Override
    public double productError() {
        return operator.productError();
    }
}
