/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.util.Arrays;

/**
 * diffGrad in DOUBLE: operands gradient, m, v, previous. Formula at {@link StepKernels#diffGrad}.
 */
record DiffGradDouble(
        double stepSize, double beta1, double oneMinusBeta1, double beta2, double oneMinusBeta2, double epsilon)
        implements DoubleStep {

    static DiffGradDouble of(double stepSize, double beta1, double beta2, double epsilon) {
        return new DiffGradDouble(stepSize, beta1, (1 - beta1), beta2, (1 - beta2), epsilon);
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
    public void apply(double[][] tile, int n) {
        double[] g = tile[0];
        double[] m = tile[1];
        double[] v = tile[2];
        double[] u = tile[3];
        double b1 = beta1;
        double a1 = oneMinusBeta1;
        double b2 = beta2;
        double a2 = oneMinusBeta2;
        double eps = epsilon;
        double step = stepSize;
        for (int i = 0; i < n; i++) {
            u[i] = Math.abs(u[i] - g[i]);
        }
        FrictionDouble.onePlusExpOfMinus(u, n);
        for (int i = 0; i < n; i++) {
            m[i] = b1 * m[i] + a1 * g[i];
        }
        for (int i = 0; i < n; i++) {
            v[i] = b2 * v[i] + a2 * g[i] * g[i];
        }
        // m / (root * friction), not step * m / ...: with v infinite the quotient is 0 whatever the step.
        for (int i = 0; i < n; i++) {
            u[i] = m[i] / (u[i] * (Math.sqrt(v[i]) + eps)) * step;
        }
        // An overflowing quotient times a step of 0 would be NaN.
        if (step == 0) {
            Arrays.fill(u, 0, n, 0);
        }
        tile[0] = u;
        tile[3] = g;
    }
}
