/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * Sophia in FLOAT: operands gradient, m, h and, when there is a new estimate, c. Formula at {@link StepKernels#sophia}.
 *
 * @param curvature whether c is the fourth operand
 * @param rho factor of h in the ratio
 */
record SophiaFloat(
        boolean curvature,
        float learningRate,
        float beta1,
        float oneMinusBeta1,
        float beta2,
        float oneMinusBeta2,
        float rho)
        implements FloatStep {

    /** Keeps the ratio from 0 / 0. */
    static final float EPSILON = 1e-15f;

    /** Lifts the smallest difference between 1 and a smaller number to 1. */
    static final float BIG = 0x1p24f;

    static SophiaFloat of(boolean curvature, double learningRate, double beta1, double beta2, double rho) {
        return new SophiaFloat(
                curvature,
                (float) learningRate,
                (float) beta1,
                (float) (1 - beta1),
                (float) beta2,
                (float) (1 - beta2),
                (float) rho);
    }

    @Override
    public int written() {
        return curvature ? 3 : 2;
    }

    /** Only m: h takes c even where g is not finite. */
    @Override
    public int untouchedWhenLeftOut() {
        return 1;
    }

    @Override
    public boolean marks() {
        return true;
    }

    @Override
    public void apply(float[][] tile, int n) {
        float[] g = tile[0];
        float[] m = tile[1];
        float[] h = tile[2];
        float[] mark = tile[FloatTiles.MARKS];
        float b1 = beta1;
        float a1 = oneMinusBeta1;
        for (int i = 0; i < n; i++) {
            m[i] = b1 * m[i] + a1 * g[i];
        }
        if (curvature) {
            float[] c = tile[3];
            float b2 = beta2;
            float a2 = oneMinusBeta2;
            for (int i = 0; i < n; i++) {
                h[i] = b2 * h[i] + a2 * c[i];
            }
        }
        float scale = rho;
        for (int i = 0; i < n; i++) {
            mark[i] = Math.max(0, scale * h[i]) + EPSILON;
        }
        // Clamping to [-1, 1] is sign(m) min(1, |m| / ...): h counts as 0 where it is negative, so the quotient has the
        // sign of m.
        for (int i = 0; i < n; i++) {
            g[i] = Math.max(-1, Math.min(1, m[i] / mark[i]));
        }
        for (int i = 0; i < n; i++) {
            mark[i] = Math.min(1, (1 - Math.abs(g[i])) * BIG);
        }
        float lr = learningRate;
        for (int i = 0; i < n; i++) {
            g[i] = g[i] * lr;
        }
    }
}
