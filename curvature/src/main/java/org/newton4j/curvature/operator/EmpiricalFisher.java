/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The empirical Fisher matrix of m gradients plus damping, applied and never formed.
 *
 * <p>Symbols: g_i is row i of the stack, lambda the damping.
 *
 * <pre>
 * F   = lambda I + (1/m) sum_i g_i g_i'
 * out = lambda in + (1/m) sum_i g_i (g_i' in)
 * </pre>
 *
 * <p>Symmetric, positive semi-definite, and positive definite for lambda greater than 0. O(dm) time, no memory beyond
 * the stack. The dot products are accumulated in double.
 */
public final class EmpiricalFisher extends FlatOperator {

    private final GradientRows gradients;
    private final double damping;

    /**
     * Wraps a stack of gradients.
     *
     * @param gradients shape [m, d], contiguous in C order, FLOAT or DOUBLE, one gradient per row; kept by reference,
     *     Not modified
     * @param damping lambda, finite and at least 0
     * @throws IllegalArgumentException when the stack is no such matrix or the damping is negative or not finite
     */
    public EmpiricalFisher(INDArray gradients, double damping) {
        this.gradients = new GradientRows(gradients);
        this.damping = Arguments.notNegative("damping", damping);
    }

    @Override
    public long dimension() {
        return gradients.dimension();
    }

    @Override
    protected void product(INDArray in, INDArray out) {
        double[] c = gradients.dots(in);
        for (int i = 0; i < c.length; i++) {
            c[i] /= gradients.count();
        }
        gradients.combine(damping, in, c, out);
    }
}
