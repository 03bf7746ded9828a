/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

/**
 * How a {@link RankOneInverse} takes in a vector; paper, released code and the mathematics of a moving average differ.
 *
 * <p>Symbols: M is the inverse factor, v the new vector, gamma the decay.
 */
public enum RankOneRule {
    /**
     * The inverse of the moving average L = gamma L + (1 - gamma) v v', by Sherman-Morrison.
     *
     * <pre>
     * M' = (1/gamma) (M - (1 - gamma) / (gamma + (1 - gamma) v'Mv) (Mv)(Mv)')
     * </pre>
     *
     * <p>The inverse of a moving average grows like gamma^-t in directions no vector has: use a {@link Stabilizer} when
     * inputs may be dead.
     */
    EXACT,
    /**
     * MKOR's Algorithm 1 to the letter.
     *
     * <pre>
     * M' = gamma M + (1 - gamma) / (gamma^2 (1 + gamma (1 - gamma) v'Mv)) (Mv)(Mv)'
     * </pre>
     *
     * <p>With the plus sign this is not the inverse of the moving average. It shrinks like gamma^t where no vector points
     * and, for large v'Mv, grows by the factor gamma + 1 / gamma^3 per update where vectors point; at gamma = 0.95 it
     * overflows after some hundred such updates, which the factor reports.
     */
    PAPER,
    /**
     * MKOR's released code (Mozaffari et al., {@code mkor.py}): the first vector only creates the identity, then
     *
     * <pre>
     * B = gamma M + (1 - gamma) I
     * M' = B - (Bv)(Bv)' / (1 + v'Bv)
     * </pre>
     *
     * <p>There gamma is the constant 0.95. Eigenvalues stay in (0, 1], so the code's reset for entries above 2 cannot
     * fire and is left out.
     */
    REFERENCE
}
