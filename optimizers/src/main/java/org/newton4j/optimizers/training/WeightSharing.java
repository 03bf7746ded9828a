/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

/**
 * How Kronecker factors treat a layer that uses its weights at several positions: pixels of a convolution, time steps
 * (Eschenhagen et al. 2023, Kronecker-factored approximate curvature for modern neural network architectures).
 *
 * <p>Symbols: N examples, R positions, a_nr the inputs with the bias 1, g_nr the gradients of example n's loss with
 * respect to the layer's pre-activations. With R = 1 both are the same.
 */
public enum WeightSharing {
    /**
     * Positions count as independent examples.
     *
     * <pre>
     * A = (1/(N R)) Σ_n Σ_r a_nr a_nr',      G = (1/N) Σ_n Σ_r g_nr g_nr'
     * </pre>
     */
    EXPAND,
    /**
     * Positions are reduced before the outer product.
     *
     * <pre>
     * A = (1/N) Σ_n ā_n ā_n',  ā_n = (1/R) Σ_r a_nr,      G = (1/N) Σ_n ĝ_n ĝ_n',  ĝ_n = Σ_r g_nr
     * </pre>
     */
    REDUCE
}
