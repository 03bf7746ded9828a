/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * Lion in DOUBLE: operands gradient, m. Formula at {@link StepKernels#lion}.
 */
record LionDouble(double learningRate, double beta1, double oneMinusBeta1, double beta2, double oneMinusBeta2)
        implements DoubleStep {

    /**
     * Twice this factor lifts the smallest denormal above 1, so that clamping to [-1, 1] yields the exact sign of every
     * nonzero number and leaves 0 alone. {@code Math.signum} does not become a vector instruction, min and max do.
     */
    static final double BIG = 1e308;

    static LionDouble of(double learningRate, double beta1, double beta2) {
        return new LionDouble(learningRate, beta1, (1 - beta1), beta2, (1 - beta2));
    }

    @Override
    public int written() {
        return 2;
    }

    @Override
    public int untouchedWhenLeftOut() {
        return 1;
    }

    @Override
    public void apply(double[][] tile, int n) {
        double[] g = tile[0];
        double[] m = tile[1];
        double[] u = tile[2];
        double lr = learningRate;
        double b1 = beta1;
        double a1 = oneMinusBeta1;
        double b2 = beta2;
        double a2 = oneMinusBeta2;
        for (int i = 0; i < n; i++) {
            u[i] = lr * Math.max(-1, Math.min(1, (b1 * m[i] + a1 * g[i]) * BIG * BIG));
        }
        for (int i = 0; i < n; i++) {
            m[i] = b2 * m[i] + a2 * g[i];
        }
        tile[0] = u;
        tile[2] = g;
    }
}
