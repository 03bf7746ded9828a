/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.newton4j.curvature.operator.Arguments;

/**
 * The norm-based stabiliser of MKOR (Mozaffari et al. 2023, Algorithm 1, lines 4 and 5): pulls an inverse factor that has
 * grown too large towards the identity before it is updated.
 *
 * <pre>
 * if norm(M) &gt; epsilon:  M = zeta M + (1 - zeta) I
 * </pre>
 *
 * <p>Symmetry and positive definiteness survive. The released code resets to the identity instead and never uses its
 * factor; here zeta is what the paper says.
 *
 * @param norm which norm is tested
 * @param epsilon threshold, greater than 0
 * @param zeta share of M that is kept, strictly between 0 and 1
 */
public record Stabilizer(MatrixNorm norm, double epsilon, double zeta) {

    /**
     * Checks the numbers.
     *
     * @param norm which norm is tested
     * @param epsilon threshold, greater than 0
     * @param zeta share of M that is kept, strictly between 0 and 1
     * @throws IllegalArgumentException when a number is out of range
     */
    public Stabilizer {
        Arguments.positive("epsilon", epsilon);
        Arguments.openUnit("zeta", zeta);
    }
}
