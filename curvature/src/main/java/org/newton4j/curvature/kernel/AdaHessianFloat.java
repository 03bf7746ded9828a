/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.util.Arrays;

/**
 * AdaHessian in FLOAT: operands gradient, m, v and, when there is a new estimate, D. Formula at
 * {@link StepKernels#adaHessian}.
 *
 * @param curvature whether D is the fourth operand
 * @param step learningRate / mCorrection
 * @param rootScale 1 / sqrt(vCorrection)
 * @param limit bound of |u|, infinite for none
 */
record AdaHessianFloat(
        boolean curvature,
        float step,
        float beta1,
        float oneMinusBeta1,
        float beta2,
        float oneMinusBeta2,
        float epsilon,
        double hessianPower,
        float rootScale,
        float limit)
        implements FloatStep {

    static AdaHessianFloat of(
            boolean curvature,
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double hessianPower,
            double mCorrection,
            double vCorrection,
            double limit) {
        return new AdaHessianFloat(
                curvature,
                (float) (learningRate / mCorrection),
                (float) beta1,
                (float) (1 - beta1),
                (float) beta2,
                (float) (1 - beta2),
                (float) epsilon,
                hessianPower,
                (float) (1 / Math.sqrt(vCorrection)),
                (float) limit);
    }

    @Override
    public int written() {
        return curvature ? 3 : 2;
    }

    /** Only m: v takes D even where g is not finite. */
    @Override
    public int untouchedWhenLeftOut() {
        return 1;
    }

    @Override
    public void apply(float[][] tile, int n) {
        float[] g = tile[0];
        float[] m = tile[1];
        float[] v = tile[2];
        float b1 = beta1;
        float a1 = oneMinusBeta1;
        for (int i = 0; i < n; i++) {
            m[i] = b1 * m[i] + a1 * g[i];
        }
        if (curvature) {
            float[] d = tile[3];
            float b2 = beta2;
            float a2 = oneMinusBeta2;
            for (int i = 0; i < n; i++) {
                v[i] = b2 * v[i] + a2 * d[i] * d[i];
            }
        }
        float eps = epsilon;
        float lr = step;
        float scale = rootScale;
        // lr * (m / ...), not lr * m / ...: with v infinite the quotient is 0 whatever the learning rate.
        if (hessianPower == 1) {
            for (int i = 0; i < n; i++) {
                g[i] = m[i] / ((float) Math.sqrt(v[i]) * scale + eps) * lr;
            }
        } else if (hessianPower == 0.5) {
            for (int i = 0; i < n; i++) {
                float root = (float) Math.sqrt(v[i]) * scale;
                g[i] = m[i] / ((float) Math.sqrt(root) + eps) * lr;
            }
        } else {
            for (int i = 0; i < n; i++) {
                float root = (float) Math.sqrt(v[i]) * scale;
                g[i] = m[i] / ((float) Math.pow(root, hessianPower) + eps) * lr;
            }
        }
        float most = limit;
        if (most < Float.POSITIVE_INFINITY) {
            for (int i = 0; i < n; i++) {
                g[i] = Math.max(-most, Math.min(most, g[i]));
            }
        }
        // An overflowing quotient times a learning rate of 0 would be NaN.
        if (lr == 0) {
            Arrays.fill(g, 0, n, 0);
        }
    }
}
