/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.curvature.kernel.ScalarReference.Result;
import org.newton4j.curvature.kernel.ScalarReference.SophiaResult;

/**
 * What every kernel promises, on views and odd sizes, against a scalar reference.
 */
class StepKernelsContractTest {

    private static final String CASES = "org.newton4j.curvature.kernel.KernelCases#all";

    /** About one coordinate in thirty is 0, -0, denormal, huge, NaN or infinite. */
    private static double[] gradients(DataType type, int n, Random random) {
        boolean f = type == DataType.FLOAT;
        double[] special = {
            0,
            -0.0,
            f ? Float.MIN_VALUE : Double.MIN_VALUE,
            f ? -1e-40 : -1e-310,
            f ? 3e38 : 1.7e308,
            f ? -1e30 : -1e200,
            f ? 1e-22 : 1e-160,
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY
        };
        double[] out = finite(type, n, random, 1);
        for (int i = 0; i < n; i++) {
            if (random.nextInt(30) == 0) {
                out[i] = special[random.nextInt(special.length)];
            }
        }
        return rounded(type, out);
    }

    private static double[] finite(DataType type, int n, Random random, double scale) {
        return rounded(type, random.doubles(n).map(x -> scale * (2 * x - 1)).toArray());
    }

    private static double[] squares(DataType type, int n, Random random) {
        double[] v = finite(type, n, random, 1);
        for (int i = 0; i < n; i++) {
            v[i] = i % 50 == 7 ? Double.POSITIVE_INFINITY : i % 50 == 9 ? 0 : v[i] * v[i];
        }
        return rounded(type, v);
    }

    private static double[] rounded(DataType type, double[] x) {
        ScalarReference reference = new ScalarReference(type);
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = reference.round(x[i]);
        }
        return out;
    }

    private static long notFinite(double[] x) {
        long count = 0;
        for (double value : x) {
            count += Double.isFinite(value) ? 0 : 1;
        }
        return count;
    }

    private static void check(String what, int i, double actual, double expected, double error) {
        if (!(Math.abs(actual - expected) <= error) && Double.compare(actual + 0.0, expected + 0.0) != 0) {
            throw new AssertionError("%s[%d] is %s, expected %s within %s".formatted(what, i, actual, expected, error));
        }
    }

    @ParameterizedTest(name = "{0} {2} {3}")
    @MethodSource(CASES)
    void should_step_lion_like_the_scalar_reference(String name, StepKernels kernels, DataType type, int n) {
        Random random = new Random(n);
        double[] g = gradients(type, n, random);
        double[] m = finite(type, n, random, 1);
        GuardedView gradient = GuardedView.of(type, g);
        GuardedView momentum = GuardedView.of(type, m);

        long leftOut = kernels.lion(gradient.view(), momentum.view(), 0.003, 0.9, 0.99);

        assertThat(leftOut).isEqualTo(notFinite(g));
        ScalarReference reference = new ScalarReference(type);
        double[] u = gradient.values();
        double[] next = momentum.values();
        for (int i = 0; i < n; i++) {
            Result expected = reference.lion(g[i], m[i], 0.003, 0.9, 0.99);
            check("u", i, u[i], expected.u(), expected.uError());
            check("m", i, next[i], expected.m(), expected.mError());
        }
        gradient.assertNeighboursUntouched();
        momentum.assertNeighboursUntouched();
    }

    @ParameterizedTest(name = "{0} {2} {3}")
    @MethodSource(CASES)
    void should_step_diffgrad_like_the_scalar_reference(String name, StepKernels kernels, DataType type, int n) {
        Random random = new Random(n);
        double[] g = gradients(type, n, random);
        double[] m = finite(type, n, random, 1);
        double[] v = squares(type, n, random);
        double[] p = finite(type, n, random, 20);
        GuardedView gradient = GuardedView.of(type, g);
        GuardedView moment = GuardedView.of(type, m);
        GuardedView second = GuardedView.of(type, v);
        GuardedView previous = GuardedView.of(type, p);

        long leftOut = kernels.diffGrad(
                gradient.view(), moment.view(), second.view(), previous.view(), 0.003, 0.9, 0.999, 1e-8);

        assertThat(leftOut).isEqualTo(notFinite(g));
        ScalarReference reference = new ScalarReference(type);
        double[] u = gradient.values();
        double[] nextM = moment.values();
        double[] nextV = second.values();
        double[] nextP = previous.values();
        for (int i = 0; i < n; i++) {
            Result expected = reference.diffGrad(g[i], m[i], v[i], p[i], 0.003, 0.9, 0.999, 1e-8);
            check("u", i, u[i], expected.u(), expected.uError());
            check("m", i, nextM[i], expected.m(), expected.mError());
            check("v", i, nextV[i], expected.v(), expected.vError());
            check("previous", i, nextP[i], expected.previous(), 0);
        }
        gradient.assertNeighboursUntouched();
        moment.assertNeighboursUntouched();
        second.assertNeighboursUntouched();
        previous.assertNeighboursUntouched();
    }

    @ParameterizedTest(name = "{0} {2} {3}")
    @MethodSource(CASES)
    void should_step_adahessian_like_the_scalar_reference(String name, StepKernels kernels, DataType type, int n) {
        // The powers differ in one loop only; large sizes are about threads.
        for (double hessianPower : n < Workers.PARALLEL_FROM ? new double[] {1, 0.5, 0.7} : new double[] {1}) {
            for (double limit : new double[] {Double.POSITIVE_INFINITY, 0.0078125}) {
                adaHessian(kernels, type, n, hessianPower, true, limit);
                adaHessian(kernels, type, n, hessianPower, false, limit);
            }
        }
    }

    private static void adaHessian(
            StepKernels kernels, DataType type, int n, double hessianPower, boolean fed, double limit) {
        Random random = new Random(n);
        double[] g = gradients(type, n, random);
        double[] m = finite(type, n, random, 1);
        double[] v = squares(type, n, random);
        double[] d = finite(type, n, random, 10);
        GuardedView gradient = GuardedView.of(type, g);
        GuardedView moment = GuardedView.of(type, m);
        GuardedView second = GuardedView.of(type, v);
        GuardedView curvature = GuardedView.of(type, d);

        long leftOut = kernels.adaHessian(
                gradient.view(),
                moment.view(),
                second.view(),
                fed ? curvature.view() : null,
                0.15,
                0.9,
                0.999,
                1e-4,
                hessianPower,
                0.19,
                0.002,
                limit);

        assertThat(leftOut).isEqualTo(notFinite(g));
        ScalarReference reference = new ScalarReference(type);
        double[] u = gradient.values();
        double[] nextM = moment.values();
        double[] nextV = second.values();
        for (int i = 0; i < n; i++) {
            Result expected = reference.adaHessian(
                    g[i], m[i], v[i], fed ? d[i] : null, 0.15, 0.9, 0.999, 1e-4, hessianPower, 0.19, 0.002);
            double bounded = Math.max(-limit, Math.min(limit, expected.u()));
            check("u at power " + hessianPower, i, u[i], bounded, expected.uError());
            check("m", i, nextM[i], expected.m(), expected.mError());
            check("v", i, nextV[i], expected.v(), expected.vError());
        }
        assertThat(curvature.values()).isEqualTo(d);
        gradient.assertNeighboursUntouched();
        moment.assertNeighboursUntouched();
        second.assertNeighboursUntouched();
    }

    @ParameterizedTest(name = "{0} {2} {3}")
    @MethodSource(CASES)
    void should_step_sophia_like_the_scalar_reference(String name, StepKernels kernels, DataType type, int n) {
        sophia(kernels, type, n, true);
        sophia(kernels, type, n, false);
    }

    private static void sophia(StepKernels kernels, DataType type, int n, boolean fed) {
        Random random = new Random(n);
        double[] g = gradients(type, n, random);
        double[] m = finite(type, n, random, 1);
        double[] h = finite(type, n, random, 40);
        for (int i = 0; i < n; i++) {
            h[i] = i % 50 == 7 ? Double.POSITIVE_INFINITY : i % 50 == 9 ? 0 : h[i];
        }
        double[] c = finite(type, n, random, 400);
        GuardedView gradient = GuardedView.of(type, g);
        GuardedView moment = GuardedView.of(type, m);
        GuardedView average = GuardedView.of(type, h);
        GuardedView curvature = GuardedView.of(type, c);

        StepCounts counts = kernels.sophia(
                gradient.view(),
                moment.view(),
                average.view(),
                fed ? curvature.view() : null,
                0.003,
                0.965,
                0.99,
                0.04);

        ScalarReference reference = new ScalarReference(type);
        double[] u = gradient.values();
        double[] nextM = moment.values();
        double[] nextH = average.values();
        long unclipped = 0;
        for (int i = 0; i < n; i++) {
            SophiaResult expected = reference.sophia(g[i], m[i], h[i], fed ? c[i] : null, 0.003, 0.965, 0.99, 0.04);
            check("u", i, u[i], expected.u(), 0);
            check("m", i, nextM[i], expected.m(), 0);
            check("h", i, nextH[i], expected.h(), 0);
            unclipped += expected.unclipped() ? 1 : 0;
        }
        assertThat(counts).isEqualTo(new StepCounts(notFinite(g), unclipped));
        assertThat(curvature.values()).isEqualTo(c);
        gradient.assertNeighboursUntouched();
        moment.assertNeighboursUntouched();
        average.assertNeighboursUntouched();
    }
}
