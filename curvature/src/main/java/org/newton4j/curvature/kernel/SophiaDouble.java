/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * Sophia in DOUBLE: operands gradient, m, h and, when there is a new estimate, c. Formula at {@link StepKernels#sophia}.
 *
 * @param curvature whether c is the fourth operand
 * @param rho factor of h in the ratio
 */
record SophiaDouble(
        boolean curvature,
        double learningRate,
        double beta1,
        double oneMinusBeta1,
        double beta2,
        double oneMinusBeta2,
        double rho)
        implements DoubleStep {

    /** Keeps the ratio from 0 / 0. */
    static final double EPSILON = 1e-15;

    /** Lifts the smallest difference between 1 and a smaller number to 1. */
    static final double BIG = 0x1p53;

    static SophiaDouble of(boolean curvature, double learningRate, double beta1, double beta2, double rho) {
        return new SophiaDouble(curvature, learningRate, beta1, (1 - beta1), beta2, (1 - beta2), rho);
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
    public void apply(double[][] tile, int n) {
        double[] g = tile[0];
        double[] m = tile[1];
        double[] h = tile[2];
        double[] mark = tile[DoubleTiles.MARKS];
        double b1 = beta1;
        double a1 = oneMinusBeta1;
        for (int i = 0; i < n; i++) {
            m[i] = b1 * m[i] + a1 * g[i];
        }
        if (curvature) {
            double[] c = tile[3];
            double b2 = beta2;
            double a2 = oneMinusBeta2;
            for (int i = 0; i < n; i++) {
                h[i] = b2 * h[i] + a2 * c[i];
            }
        }
        double scale = rho;
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
        double lr = learningRate;
        for (int i = 0; i < n; i++) {
            g[i] = g[i] * lr;
        }
    }
}
