/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/**
 * How MKOR takes curvature into its factors; paper, released code and the mathematics of a moving average differ.
 *
 * <p>Symbols: a and g are the means over the batch of a layer's input (1 appended for the bias) and of its delta; the
 * gradient V of the layer becomes U = Gi V Ai, with Ai fed by a and Gi by g. The rank-one updates of Ai and Gi are written
 * out in {@link org.newton4j.curvature.inverse.RankOneRule}.
 */
public enum MkorRule {
    /** The inverse of the moving average of a a' and g g', by Sherman-Morrison; stabilised. */
    EXACT,
    /**
     * Algorithm 1 of the paper to the letter, for fidelity only: it is no inverse of anything, grows with every vector and
     * overflows after some hundred updates at gamma = 0.95, in small networks after 70. Then the step fails with a message.
     */
    PAPER,
    /**
     * The released code ({@code mkor.py}): blended with the identity before every update, whose weight is not decayed; the
     * first vectors only create the identity; examples are clamped before they are averaged. Its constant 0.95 is gamma.
     */
    REFERENCE,
    /**
     * The damped inverses of the moving averages of whole covariances, from the inputs and deltas of every example, with
     * the pi-correction: K-FAC under MKOR's rescaling, with the same learning rates as EXACT.
     */
    FULL
}
