/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * The formulas of {@link StepKernels} one coordinate at a time in double precision, with the numbers and the state as
 * the data type can hold them, and how far from it rounding may take a kernel.
 */
final class ScalarReference {

    private final DataType type;

    /** Update, new state, and bounds for their errors. */
    record Result(double u, double uError, double m, double mError, double v, double vError, double previous) {}

    /** Update, new state, and whether the coordinate was stepped and not clipped. */
    record SophiaResult(double u, double m, double h, boolean unclipped) {}

    ScalarReference(DataType type) {
        this.type = type;
    }

    double round(double x) {
        return type == DataType.FLOAT ? (float) x : x;
    }

    private double epsilon() {
        return type == DataType.FLOAT ? Math.ulp(1f) : Math.ulp(1d);
    }

    private double tiny() {
        return type == DataType.FLOAT ? Float.MIN_VALUE : Double.MIN_VALUE;
    }

    Result lion(double g, double m, double learningRate, double beta1, double beta2) {
        if (!Double.isFinite(g)) {
            return new Result(0, 0, m, 0, 0, 0, 0);
        }
        double c = round(round(round(beta1) * m) + round(round(1 - beta1) * g));
        double u = round(learningRate) * Math.signum(c);
        double next = round(round(round(beta2) * m) + round(round(1 - beta2) * g));
        return new Result(u, 0, next, 0, 0, 0, 0);
    }

    Result diffGrad(
            double g,
            double m,
            double v,
            double previous,
            double stepSize,
            double beta1,
            double beta2,
            double epsilon) {
        if (!Double.isFinite(g)) {
            return new Result(0, 0, m, 0, v, 0, previous);
        }
        double next = round(round(round(beta1) * m) + round(round(1 - beta1) * g));
        double second = round(round(round(beta2) * v) + round(round(round(1 - beta2) * g) * g));
        double xi = 1 / (1 + Math.exp(-Math.abs(previous - g)));
        double u = round(stepSize) * next * xi / (Math.sqrt(second) + round(epsilon));
        return new Result(round(u), bound(u, 8, stepSize), next, 0, second, 0, g);
    }

    Result adaHessian(
            double g,
            double m,
            double v,
            Double curvature,
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double hessianPower,
            double mCorrection,
            double vCorrection) {
        double second = curvature == null
                ? v
                : round(round(round(beta2) * v) + round(round(round(1 - beta2) * curvature) * curvature));
        if (!Double.isFinite(g)) {
            return new Result(0, 0, m, 0, second, 0, 0);
        }
        double next = round(round(round(beta1) * m) + round(round(1 - beta1) * g));
        double root = Math.sqrt(second) / Math.sqrt(vCorrection);
        double u = learningRate * (next / mCorrection) / (Math.pow(root, hessianPower) + round(epsilon));
        return new Result(round(u), bound(u, 8, learningRate), next, 0, second, 0, 0);
    }

    /** Rounded where the kernels round, so that the count of unclipped coordinates is exact. */
    SophiaResult sophia(
            double g,
            double m,
            double h,
            Double curvature,
            double learningRate,
            double beta1,
            double beta2,
            double rho) {
        double average = curvature == null ? h : round(round(round(beta2) * h) + round(round(1 - beta2) * curvature));
        if (!Double.isFinite(g)) {
            return new SophiaResult(0, m, average, false);
        }
        double next = round(round(round(beta1) * m) + round(round(1 - beta1) * g));
        double denominator = round(round(round(rho) * Math.max(0, average)) + round(1e-15));
        double ratio = round(Math.abs(next) / denominator);
        double u = round(round(learningRate) * Math.signum(next) * Math.min(1, ratio));
        return new SophiaResult(u, next, average, ratio < 1);
    }

    /** So many roundings of a product or quotient; one denormal quotient may also be scaled by the step. */
    private double bound(double x, int roundings, double step) {
        return roundings * (epsilon() * Math.abs(x) + tiny() * (1 + Math.abs(step)));
    }
}
