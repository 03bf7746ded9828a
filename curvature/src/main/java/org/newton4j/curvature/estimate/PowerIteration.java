/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.Vectors;

/**
 * Eigenpairs of largest magnitude, one after the other with deflation.
 *
 * <p>Symbols: v is a unit vector orthogonal to the pairs already found.
 *
 * <pre>
 * lambda = v' A v,  v = A v / |A v|
 * A^n v = sum_i lambda_i^n (u_i'v) u_i        the term of largest |lambda| outgrows the others like |lambda_1/lambda_2|^n
 * stop when |lambda - previous| / |previous| &lt; tolerance
 * </pre>
 *
 * <p>Slower than {@link Lanczos} and blind to pairs lambda, -lambda; here because published numbers were made with it. The
 * small change between two iterations bounds nothing: read the residual of the result.
 */
public final class PowerIteration {

    /** Whose habits to follow. */
    public enum Rule {
        /** Unit vectors, the newest Rayleigh quotient, relative change without an offset. */
        EXACT,
        /**
         * PyHessian ({@code pyhessian/hessian.py}): vectors are divided by |v| + 1e-6, which biases eigenvalues low by about
         * 2e-6 relative; the change is divided by |previous| + 1e-6; on convergence the previous quotient is returned.
         */
        PYHESSIAN
    }

    private static final double PYHESSIAN_OFFSET = 1e-6;

    private final Rule rule;
    private final int maxIterations;
    private final double tolerance;

    /**
     * Sets up the iteration.
     *
     * @param rule whose habits to follow
     * @param maxIterations products per pair, at least 1; PyHessian uses 100
     * @param tolerance on the relative change, greater than 0; PyHessian uses 1e-3
     * @throws IllegalArgumentException when a number is out of range
     */
    public PowerIteration(Rule rule, int maxIterations, double tolerance) {
        this.rule = rule;
        this.maxIterations = Arguments.count("maxIterations", maxIterations, 1);
        this.tolerance = Arguments.positive("tolerance", tolerance);
    }

    /**
     * Finds the k pairs of largest magnitude, starting from probes.
     *
     * @param a operator of dimension d
     * @param probes the start vectors
     * @param k at least 1, at most d
     * @return the pairs with their error bars
     * @throws IllegalArgumentException when k is out of range
     * @throws ArithmeticException when a product is not finite
     */
    public Eigenpairs find(LinearOperator a, Probes probes, int k) {
        Arguments.count("k", (long) k, 1, a.dimension());
        INDArray starts = Nd4j.create(probes.type(), new long[] {k, a.dimension()}, 'c');
        for (int i = 0; i < k; i++) {
            probes.fill(starts.getRow(i), i);
        }
        return find(a, starts);
    }

    /**
     * Finds one pair per start vector.
     *
     * @param a operator of dimension d
     * @param starts shape [k, d], FLOAT or DOUBLE, no row 0; Not modified
     * @return the pairs with their error bars
     * @throws IllegalArgumentException when the shape is wrong
     * @throws ArithmeticException when a start vector is 0 or a product is not finite
     */
    public Eigenpairs find(LinearOperator a, INDArray starts) {
        long begun = System.nanoTime();
        Arguments.matrix("starts", starts, Arguments.count("k", starts.size(0), 1, a.dimension()), a.dimension());
        int k = (int) starts.size(0);
        INDArray vectors = starts.dup('c');
        double[] values = new double[k];
        double[] residuals = new double[k];
        INDArray product = starts.getRow(0).ulike();
        long products = 0;
        boolean converged = true;
        for (int i = 0; i < k; i++) {
            INDArray v = vectors.getRow(i);
            normalise(v);
            boolean settled = false;
            for (int n = 0; n < maxIterations && !settled; n++) {
                for (int found = 0; found < i; found++) {
                    Vectors.axpy(-Vectors.dot(v, vectors.getRow(found)), vectors.getRow(found), v);
                }
                normalise(v);
                a.multiply(v, product);
                products++;
                double quotient = Vectors.dot(v, product);
                v.assign(product);
                normalise(v);
                settled = n > 0 && settled(values[i], quotient);
                if (!settled || rule == Rule.EXACT) {
                    values[i] = quotient;
                }
            }
            converged &= settled;
            a.multiply(v, product);
            products++;
            Vectors.axpy(-values[i], v, product);
            residuals[i] = Vectors.norm(product);
        }
        return new Eigenpairs(values, vectors, residuals, converged, Cost.since(begun, products));
    }

    private boolean settled(double previous, double quotient) {
        double offset = rule == Rule.PYHESSIAN ? PYHESSIAN_OFFSET : 0;
        return Math.abs(previous - quotient) < tolerance * (Math.abs(previous) + offset);
    }

    private void normalise(INDArray v) {
        double norm = Vectors.norm(v);
        if (!(norm > 0 && norm <= Double.MAX_VALUE)) {
            throw new ArithmeticException("power iteration met a vector of norm " + norm
                    + "; the start vector is 0, the rest of the spectrum is 0, or a product is not finite");
        }
        v.divi(norm + (rule == Rule.PYHESSIAN ? PYHESSIAN_OFFSET : 0));
    }
}
