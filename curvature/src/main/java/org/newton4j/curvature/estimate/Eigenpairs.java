/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Some eigenpairs with their error bars.
 *
 * <pre>
 * residual = |A v - value v|,  |v| = 1
 * </pre>
 *
 * <p>Some eigenvalue of A lies within the residual of the value: in the eigenbasis of A the residual is
 * sqrt(sum_i (lambda_i - value)^2 v_i^2), which is at least min_i |lambda_i - value|.
 */
public final class Eigenpairs {

    private final double[] values;
    private final INDArray vectors;
    private final double[] residuals;
    private final boolean converged;
    private final boolean multiplicitiesResolved;
    private final Cost cost;

    Eigenpairs(
            double[] values,
            INDArray vectors,
            double[] residuals,
            boolean converged,
            boolean multiplicitiesResolved,
            Cost cost) {
        this.values = values;
        this.vectors = vectors;
        this.residuals = residuals;
        this.converged = converged;
        this.multiplicitiesResolved = multiplicitiesResolved;
        this.cost = cost;
    }

    /**
     * The eigenvalues.
     *
     * @return k numbers in the order the method finds them; a copy
     */
    public double[] values() {
        return values.clone();
    }

    /**
     * The eigenvectors.
     *
     * @return shape [k, d], row i belongs to value i
     */
    public INDArray vectors() {
        return vectors;
    }

    /**
     * The error bars, measured with one product each.
     *
     * @return k numbers; a copy
     */
    public double[] residuals() {
        return residuals.clone();
    }

    /**
     * Whether every pair met the tolerance; if not, the error bars say how far it is.
     *
     * @return true when all did
     */
    public boolean converged() {
        return converged;
    }

    /**
     * Whether an eigenvalue that occurs several times is among the values as often as it occurs, as far as there is room.
     *
     * <p>If not, every value is an eigenvalue within its residual, but one of them may belong more often in front of those
     * that follow it: (5, 1) may stand for 5, 5, 1.
     *
     * @return true when that was made sure of
     */
    public boolean multiplicitiesResolved() {
        return multiplicitiesResolved;
    }

    /**
     * What it cost, the products for the error bars included.
     *
     * @return products and seconds
     */
    public Cost cost() {
        return cost;
    }
}
