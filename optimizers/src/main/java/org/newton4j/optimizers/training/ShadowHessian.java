/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.Elementwise;
import org.newton4j.curvature.operator.LinearOperator;

/**
 * The Hessian of the objective whose gradient reaches the updaters: mean loss plus L2, on the trainable coordinates.
 *
 * <p>Rows and columns of coordinates that are not trainable (frozen layers, batch-norm statistics) are zero.
 */
final class ShadowHessian implements LinearOperator {

    private final GradientDerivative derivative;
    private final ParameterLayout layout;
    private final double divisor;
    private final boolean withL2;

    /**
     * A view on a derivative at its current point.
     *
     * @param derivative of the summed loss
     * @param layout of the network
     * @param divisor between sum and mean
     * @param withL2 whether L2 regularisation is part of the objective
     */
    ShadowHessian(GradientDerivative derivative, ParameterLayout layout, double divisor, boolean withL2) {
        this.derivative = derivative;
        this.layout = layout;
        this.divisor = divisor;
        this.withL2 = withL2;
    }

    @Override
    public long dimension() {
        return layout.length();
    }

    @Override
    public void multiply(INDArray in, INDArray out) {
        multiply(in, false, out);
    }

    /**
     * Multiplies.
     *
     * @param in v, flat; Not modified
     * @param signs whether the entries of v are random signs or zero
     * @param out H v, flat; Modified
     * @return what is known of it
     */
    Product multiply(INDArray in, boolean signs, INDArray out) {
        INDArray direction = trainablePart(in);
        Product known = derivative.along(direction, signs, divisor, out);
        layout.clearUntrainable(out);
        if (withL2) {
            for (ParameterLayout.Variable variable : layout.variables()) {
                if (variable.trainable() && variable.l2() != 0) {
                    INDArray part = variable.of(out);
                    Elementwise.sum(part, variable.l2(), variable.of(direction), part);
                }
            }
        }
        return known;
    }

    private INDArray trainablePart(INDArray in) {
        for (ParameterLayout.Variable variable : layout.variables()) {
            if (!variable.trainable()) {
                INDArray copy = in.dup();
                layout.clearUntrainable(copy);
                return copy;
            }
        }
        return in;
    }
}
