/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

/**
 * How the damped Kronecker product of two factors is inverted.
 *
 * <p>Symbols: A is K x K, G is nOut x nOut, V the gradient [nOut, K], lambda the damping.
 */
public enum KroneckerInverse {
    /**
     * Full damping on both factors, as kfac-pytorch's {@code inverse} method does.
     *
     * <pre>
     * U = (G + lambda I)^-1 V (A + lambda I)^-1
     * </pre>
     */
    FACTORS,
    /**
     * Factored Tikhonov damping with the pi-correction (Martens and Grosse 2015, section 6.3): the product of the two
     * dampings is lambda and each is in proportion to the size of its factor.
     *
     * <pre>
     * pi = sqrt((trace(A) / K) / (trace(G) / nOut))
     * U  = (G + sqrt(lambda) / pi I)^-1 V (A + pi sqrt(lambda) I)^-1
     * </pre>
     */
    FACTORS_PI,
    /**
     * Exact Tikhonov damping of the product in the eigenbasis of the factors, as kfac-pytorch's {@code eigen} method does;
     * eigenvalues below 0 count as 0.
     *
     * <pre>
     * A = Qa diag(a) Qa',  G = Qg diag(g) Qg'
     * U = Qg [ (Qg' V Qa)_ij / (g_i a_j + lambda) ] Qa'
     * </pre>
     */
    EIGENBASIS
}
