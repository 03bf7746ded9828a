/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * The friction of diffGrad in DOUBLE: 1 + exp(-x) for x at or above 0, without branches, tables or bit tricks, so that it
 * becomes vector instructions in plain Java, which {@code Math.exp} does not.
 *
 * <pre>
 * y  = min(x, 38) / 2^6                exact; beyond the limit exp(-x) is below half an ulp of 1
 * q  = exp(-y) - 1                       Taylor, degree 9
 * q <- q (q + 2), 6 times               (1 + q)^2 - 1: exp(-2y) - 1 from exp(-y) - 1
 * 1 + exp(-x) = q + 2
 * </pre>
 *
 * <p>Keeping exp - 1 instead of exp means a doubling does not double the relative error. What is cut off from the series
 * moves exp(-x) by at most exp(-x) x^10 / (2^54 10!), less than 0.13 2^-54. The sum is within 2 ulp of the exact one.
 */
final class FrictionDouble {

    static final double LIMIT = 38;
    static final double SCALE = -1d / 64;
    static final double C2 = 1d / 2;
    static final double C3 = 1d / 6;
    static final double C4 = 1d / 24;
    static final double C5 = 1d / 120;
    static final double C6 = 1d / 720;
    static final double C7 = 1d / 5040;
    static final double C8 = 1d / 40320;
    static final double C9 = 1d / 362880;

    private FrictionDouble() {}

    /**
     * Replaces x by 1 + exp(-x).
     *
     * @param x at or above 0, may be infinite; Modified
     * @param n leading entries to replace
     */
    static void onePlusExpOfMinus(double[] x, int n) {
        for (int i = 0; i < n; i++) {
            double z = Math.min(x[i], LIMIT) * SCALE;
            x[i] = z * (1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * (C6 + z * (C7 + z * (C8 + z * C9))))))));
        }
        for (int i = 0; i < n; i++) {
            double q = x[i];
            q = q * (q + 2);
            q = q * (q + 2);
            q = q * (q + 2);
            q = q * (q + 2);
            q = q * (q + 2);
            q = q * (q + 2);
            x[i] = q + 2;
        }
    }
}
