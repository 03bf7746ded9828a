/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * Lion in FLOAT: operands gradient, m. Formula at {@link StepKernels#lion}.
 */
record LionFloat(float learningRate, float beta1, float oneMinusBeta1, float beta2, float oneMinusBeta2)
        implements FloatStep {

    /**
     * Twice this factor lifts the smallest denormal above 1, so that clamping to [-1, 1] yields the exact sign of every
     * nonzero number and leaves 0 alone. {@code Math.signum} does not become a vector instruction, min and max do.
     */
    static final float BIG = 1e38f;

    static LionFloat of(double learningRate, double beta1, double beta2) {
        return new LionFloat(
                (float) learningRate, (float) beta1, (float) (1 - beta1), (float) beta2, (float) (1 - beta2));
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
    public void apply(float[][] tile, int n) {
        float[] g = tile[0];
        float[] m = tile[1];
        float[] u = tile[2];
        float lr = learningRate;
        float b1 = beta1;
        float a1 = oneMinusBeta1;
        float b2 = beta2;
        float a2 = oneMinusBeta2;
        for (int i = 0; i < n; i++) {
            u[i] = lr * Math.max(-1f, Math.min(1f, (b1 * m[i] + a1 * g[i]) * BIG * BIG));
        }
        for (int i = 0; i < n; i++) {
            m[i] = b2 * m[i] + a2 * g[i];
        }
        tile[0] = u;
        tile[2] = g;
    }
}
