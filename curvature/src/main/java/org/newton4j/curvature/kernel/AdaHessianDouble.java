/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.util.Arrays;

/**
 * AdaHessian in DOUBLE: operands gradient, m, v and, when there is a new estimate, D. Formula at
 * {@link StepKernels#adaHessian}.
 *
 * @param curvature whether D is the fourth operand
 * @param step learningRate / mCorrection
 * @param rootScale 1 / sqrt(vCorrection)
 * @param limit bound of |u|, infinite for none
 */
record AdaHessianDouble(
        boolean curvature,
        double step,
        double beta1,
        double oneMinusBeta1,
        double beta2,
        double oneMinusBeta2,
        double epsilon,
        double hessianPower,
        double rootScale,
        double limit)
        implements DoubleStep {

    static AdaHessianDouble of(
            boolean curvature,
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double hessianPower,
            double mCorrection,
            double vCorrection,
            double limit) {
        return new AdaHessianDouble(
                curvature,
                (learningRate / mCorrection),
                beta1,
                (1 - beta1),
                beta2,
                (1 - beta2),
                epsilon,
                hessianPower,
                (1 / Math.sqrt(vCorrection)),
                limit);
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
    public void apply(double[][] tile, int n) {
        double[] g = tile[0];
        double[] m = tile[1];
        double[] v = tile[2];
        double b1 = beta1;
        double a1 = oneMinusBeta1;
        for (int i = 0; i < n; i++) {
            m[i] = b1 * m[i] + a1 * g[i];
        }
        if (curvature) {
            double[] d = tile[3];
            double b2 = beta2;
            double a2 = oneMinusBeta2;
            for (int i = 0; i < n; i++) {
                v[i] = b2 * v[i] + a2 * d[i] * d[i];
            }
        }
        double eps = epsilon;
        double lr = step;
        double scale = rootScale;
        // lr * (m / ...), not lr * m / ...: with v infinite the quotient is 0 whatever the learning rate.
        if (hessianPower == 1) {
            for (int i = 0; i < n; i++) {
                g[i] = m[i] / (Math.sqrt(v[i]) * scale + eps) * lr;
            }
        } else if (hessianPower == 0.5) {
            for (int i = 0; i < n; i++) {
                double root = Math.sqrt(v[i]) * scale;
                g[i] = m[i] / (Math.sqrt(root) + eps) * lr;
            }
        } else {
            for (int i = 0; i < n; i++) {
                double root = Math.sqrt(v[i]) * scale;
                g[i] = m[i] / (Math.pow(root, hessianPower) + eps) * lr;
            }
        }
        double most = limit;
        if (most < Double.POSITIVE_INFINITY) {
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
