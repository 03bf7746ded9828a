/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * The friction of diffGrad in FLOAT: 1 + exp(-x) for x at or above 0, without branches, tables or bit tricks, so that it
 * becomes vector instructions in plain Java, which {@code Math.exp} does not.
 *
 * <pre>
 * y  = min(x, 17.5) / 2^4                exact; beyond the limit exp(-x) is below half an ulp of 1
 * q  = exp(-y) - 1                       Taylor, degree 6
 * q <- q (q + 2), 4 times               (1 + q)^2 - 1: exp(-2y) - 1 from exp(-y) - 1
 * 1 + exp(-x) = q + 2
 * </pre>
 *
 * <p>Keeping exp - 1 instead of exp means a doubling does not double the relative error. What is cut off from the series
 * moves exp(-x) by at most exp(-x) x^7 / (2^24 7!), less than 0.13 2^-24. The sum is within 2 ulp of the exact one.
 */
final class FrictionFloat {

    static final float LIMIT = 17.5f;
    static final float SCALE = -1f / 16;
    static final float C2 = 1f / 2;
    static final float C3 = 1f / 6;
    static final float C4 = 1f / 24;
    static final float C5 = 1f / 120;
    static final float C6 = 1f / 720;

    private FrictionFloat() {}

    /**
     * Replaces x by 1 + exp(-x).
     *
     * @param x at or above 0, may be infinite; Modified
     * @param n leading entries to replace
     */
    static void onePlusExpOfMinus(float[] x, int n) {
        for (int i = 0; i < n; i++) {
            float z = Math.min(x[i], LIMIT) * SCALE;
            x[i] = z * (1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))));
        }
        for (int i = 0; i < n; i++) {
            float q = x[i];
            q = q * (q + 2);
            q = q * (q + 2);
            q = q * (q + 2);
            q = q * (q + 2);
            x[i] = q + 2;
        }
    }
}
