/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.util.Arrays;

/**
 * diffGrad in FLOAT: operands gradient, m, v, previous. Formula at {@link StepKernels#diffGrad}.
 */
record DiffGradFloat(float stepSize, float beta1, float oneMinusBeta1, float beta2, float oneMinusBeta2, float epsilon)
        implements FloatStep {

    static DiffGradFloat of(double stepSize, double beta1, double beta2, double epsilon) {
        return new DiffGradFloat(
                (float) stepSize, (float) beta1, (float) (1 - beta1), (float) beta2, (float) (1 - beta2), (float)
                        epsilon);
    }

    @Override
    public int written() {
        return 4;
    }

    @Override
    public int untouchedWhenLeftOut() {
        return 3;
    }

    @Override
    public void apply(float[][] tile, int n) {
        float[] g = tile[0];
        float[] m = tile[1];
        float[] v = tile[2];
        float[] u = tile[3];
        float b1 = beta1;
        float a1 = oneMinusBeta1;
        float b2 = beta2;
        float a2 = oneMinusBeta2;
        float eps = epsilon;
        float step = stepSize;
        for (int i = 0; i < n; i++) {
            u[i] = Math.abs(u[i] - g[i]);
        }
        FrictionFloat.onePlusExpOfMinus(u, n);
        for (int i = 0; i < n; i++) {
            m[i] = b1 * m[i] + a1 * g[i];
        }
        for (int i = 0; i < n; i++) {
            v[i] = b2 * v[i] + a2 * g[i] * g[i];
        }
        // m / (root * friction), not step * m / ...: with v infinite the quotient is 0 whatever the step.
        for (int i = 0; i < n; i++) {
            u[i] = m[i] / (u[i] * ((float) Math.sqrt(v[i]) + eps)) * step;
        }
        // An overflowing quotient times a step of 0 would be NaN.
        if (step == 0) {
            Arrays.fill(u, 0, n, 0);
        }
        tile[0] = u;
        tile[3] = g;
    }
}
