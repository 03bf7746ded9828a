/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A multiple of an operator: {@code out = factor A in}.
 */
public final class ScaledOperator extends FlatOperator {

    private final LinearOperator operator;
    private final double factor;

    /**
     * Scales an operator.
     *
     * @param operator A
     * @param factor any finite number; a negative one turns a positive definite A into a negative definite one
     * @throws IllegalArgumentException when the factor is not finite
     */
    public ScaledOperator(LinearOperator operator, double factor) {
        this.operator = operator;
        this.factor = Arguments.finite("factor", factor);
    }

    @Override
    public long dimension() {
        return operator.dimension();
    }

    @Override
    protected void product(INDArray in, INDArray out) {
        operator.multiply(in, out);
        out.muli(factor);
    }

    @Override
    public double productError() {
        return operator.productError();
    }
}
