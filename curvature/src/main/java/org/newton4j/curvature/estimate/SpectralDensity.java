/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.SymmetricEigen;

/**
 * The distribution of the eigenvalues by stochastic Lanczos quadrature (Golub and Welsch 1969; Ubaru, Chen, Saad 2017).
 *
 * <p>Symbols: z is a Rademacher vector scaled to |z| = 1, A = sum_i lambda_i u_i u_i', T = S diag(theta) S' the tridiagonal
 * matrix of m Lanczos steps from z.
 *
 * <pre>
 * (1/d) trace f(A) = E[z' f(A) z]                       Hutchinson, for any f
 * z' f(A) z = sum_i f(lambda_i) (u_i'z)^2                the spectrum seen by z
 *           ~ sum_k f(theta_k) (e_1'S e_k)^2             Gauss quadrature, exact for polynomials up to degree 2m - 1
 * sum_k (e_1'S e_k)^2 = |S'e_1|^2 = 1                    the weights are the squared first components, not whole vectors
 * </pre>
 */
public final class SpectralDensity {

    private SpectralDensity() {}

    /**
     * Samples the spectrum.
     *
     * @param a operator of dimension d
     * @param probes which random vectors
     * @param count number of probes, at least 1; two or more give error bars
     * @param steps Lanczos steps per probe, at least 1; PyHessian uses 100. Keeps that many vectors of length d
     * @return nodes and weights per probe
     * @throws IllegalArgumentException when a number is out of range
     * @throws ArithmeticException when a product is not finite
     */
    public static SpectralEstimate of(LinearOperator a, Probes probes, int count, int steps) {
        long begun = System.nanoTime();
        Arguments.count("count", count, 1);
        Arguments.count("steps", steps, 1);
        double[][] nodes = new double[count][];
        double[][] weights = new double[count][];
        long products = 0;
        INDArray z = probes.vector(a.dimension());
        for (int i = 0; i < count; i++) {
            Krylov krylov = new Krylov(a, probes.type(), (int) Math.min(steps, a.dimension()));
            probes.fill(z, i);
            krylov.begin(z);
            // An exhausted space ends the recursion early: the quadrature is then exact.
            boolean growing = true;
            while (growing) {
                growing = krylov.step();
            }
            products += krylov.steps();
            SymmetricEigen eigen = krylov.eigen();
            nodes[i] = eigen.values();
            weights[i] = new double[nodes[i].length];
            for (int k = 0; k < weights[i].length; k++) {
                double first = eigen.vectors().getDouble(0, k);
                weights[i][k] = first * first;
            }
        }
        return new SpectralEstimate(nodes, weights, a.dimension(), Cost.since(begun, products, a));
    }
}
