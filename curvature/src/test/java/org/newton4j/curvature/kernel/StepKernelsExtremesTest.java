/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class StepKernelsExtremesTest {

    private static final String CASES = "org.newton4j.curvature.kernel.KernelCases#kernelsAndTypes";

    /** Long enough for the widest vector and a rest. */
    private static final int N = 37;

    private static INDArray constant(DataType type, double value) {
        return Nd4j.valueArrayOf(new long[] {N}, value, type);
    }

    private static void assertAll(INDArray actual, double expected) {
        double[] all = new double[N];
        Arrays.fill(all, expected);
        assertThat(actual.toDoubleVector()).isEqualTo(all);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_take_the_exact_sign_of_the_smallest_numbers(String name, StepKernels kernels, DataType type) {
        double smallest = type == DataType.FLOAT ? Float.MIN_VALUE : Double.MIN_VALUE;
        for (double learningRate : new double[] {0.5, -0.5, 1e-30, 1e30}) {
            double exact = type == DataType.FLOAT ? (float) learningRate : learningRate;
            for (double sign : new double[] {-1, 1}) {
                INDArray u = constant(type, sign * smallest);
                kernels.lion(u, constant(type, 0), learningRate, 0, 0);
                assertAll(u, sign * exact);
            }
        }
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_not_move_where_the_direction_is_zero(String name, StepKernels kernels, DataType type) {
        for (double zero : new double[] {0.0, -0.0}) {
            INDArray u = constant(type, zero);
            kernels.lion(u, constant(type, 0), 0.5, 0.9, 0.99);
            assertThat(u.toDoubleVector())
                    .usingElementComparator((a, b) -> a.doubleValue() == b ? 0 : 1)
                    .containsOnly(0);
        }
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_not_move_where_the_second_moment_overflows(String name, StepKernels kernels, DataType type) {
        double huge = type == DataType.FLOAT ? 1e30 : 1e200;
        INDArray u = constant(type, huge);
        INDArray v = constant(type, 0);
        assertThat(kernels.diffGrad(u, constant(type, 0), v, constant(type, -huge), 1e3, 0.9, 0.999, 1e-8))
                .isZero();
        assertAll(u, 0);
        assertAll(v, Double.POSITIVE_INFINITY);

        u = constant(type, huge);
        v = constant(type, 0);
        assertThat(kernels.adaHessian(
                        u, constant(type, huge), v, constant(type, huge), 1e3, 0.9, 0.999, 1e-4, 1, 0.1, 0.001))
                .isZero();
        assertAll(u, 0);
        assertAll(v, Double.POSITIVE_INFINITY);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_not_move_at_learning_rate_zero(String name, StepKernels kernels, DataType type) {
        double huge = type == DataType.FLOAT ? 1e38 : 1e308;
        INDArray lion = constant(type, huge);
        kernels.lion(lion, constant(type, huge), 0, 0.9, 0.99);
        assertAll(lion, 0);
        INDArray sophia = constant(type, huge);
        kernels.sophia(sophia, constant(type, huge), constant(type, 0), null, 0, 0.9, 0.99, 0.04);
        assertAll(sophia, 0);
        INDArray diffGrad = constant(type, huge / 1e30);
        kernels.diffGrad(diffGrad, constant(type, huge), constant(type, 0), constant(type, 0), 0, 0.9, 0.999, 1e-30);
        assertAll(diffGrad, 0);
        INDArray adaHessian = constant(type, huge);
        kernels.adaHessian(adaHessian, constant(type, huge), constant(type, 0), null, 0, 0.9, 0.999, 1e-30, 1, 1, 1);
        assertAll(adaHessian, 0);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_find_a_single_bad_gradient_wherever_it_is(String name, StepKernels kernels, DataType type) {
        int n = 4096 + 21;
        INDArray m = Nd4j.zeros(type, n);
        for (int bad = 0; bad < n; bad += 61) {
            INDArray u = Nd4j.ones(type, n);
            u.putScalar(bad, bad % 2 == 0 ? Double.NaN : Double.NEGATIVE_INFINITY);
            m.assign(0);

            assertThat(kernels.lion(u, m, 0.25, 0.5, 0.5))
                    .as("bad gradient at %d", bad)
                    .isEqualTo(1);

            assertThat(u.getDouble(bad)).as("update at %d", bad).isZero();
            assertThat(u.sumNumber().doubleValue()).as("the other updates").isEqualTo(0.25 * (n - 1));
            assertThat(m.sumNumber().doubleValue()).as("the other momenta").isEqualTo(0.5 * (n - 1));
        }
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_leave_out_every_coordinate_without_a_gradient(String name, StepKernels kernels, DataType type) {
        INDArray u = constant(type, Double.NaN);
        INDArray m = constant(type, 3);
        INDArray v = constant(type, 4);
        INDArray previous = constant(type, 5);

        assertThat(kernels.diffGrad(u, m, v, previous, 0.1, 0.9, 0.999, 1e-8)).isEqualTo(N);

        assertAll(u, 0);
        assertAll(m, 3);
        assertAll(v, 4);
        assertAll(previous, 5);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_take_the_curvature_even_without_a_gradient(String name, StepKernels kernels, DataType type) {
        INDArray u = constant(type, Double.NEGATIVE_INFINITY);
        INDArray m = constant(type, 3);
        INDArray v = constant(type, 4);

        assertThat(kernels.adaHessian(u, m, v, constant(type, 2), 0.1, 0.5, 0.5, 1e-4, 1, 1, 1))
                .isEqualTo(N);

        assertAll(u, 0);
        assertAll(m, 3);
        assertAll(v, 4);
        u = constant(type, Double.NEGATIVE_INFINITY);
        kernels.adaHessian(u, m, v, constant(type, 4), 0.1, 0.5, 0.5, 1e-4, 1, 1, 1);
        assertAll(v, 10);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_move_by_the_full_learning_rate_where_curvature_is_negative_or_zero(
            String name, StepKernels kernels, DataType type) {
        double huge = type == DataType.FLOAT ? 1e38 : 1e307;
        for (double h : new double[] {0, -0.0, -1e-30, -1, -huge}) {
            for (double g : new double[] {1e-12, 1, huge}) {
                for (double sign : new double[] {-1, 1}) {
                    INDArray u = constant(type, sign * g);
                    assertThat(kernels.sophia(u, constant(type, 0), constant(type, h), null, 0.5, 0.5, 0.5, 0.04))
                            .isEqualTo(new StepCounts(0, 0));
                    assertAll(u, sign * 0.5);
                }
            }
        }
        INDArray still = constant(type, 0);
        assertThat(kernels.sophia(still, constant(type, 0), constant(type, -1), null, 0.5, 0.5, 0.5, 0.04))
                .isEqualTo(new StepCounts(0, N));
        assertAll(still, 0);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_not_move_where_the_curvature_is_infinite(String name, StepKernels kernels, DataType type) {
        INDArray u = constant(type, 3);
        INDArray h = constant(type, Double.POSITIVE_INFINITY);

        assertThat(kernels.sophia(u, constant(type, 1), h, null, 0.5, 0.5, 0.5, 0.04))
                .isEqualTo(new StepCounts(0, N));

        assertAll(u, 0);
    }

    /** The largest number below 1 counts, 1 does not. */
    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_count_to_the_last_digit_of_the_ratio(String name, StepKernels kernels, DataType type) {
        double below = type == DataType.FLOAT ? Math.nextDown(1f) : Math.nextDown(1d);
        // 1e-15 vanishes beside a curvature of 2^40.
        INDArray h = constant(type, 0x1p40);
        INDArray inside = constant(type, 0x1p40 * below);
        assertThat(kernels.sophia(inside, constant(type, 0), h, null, 1, 0, 0, 1))
                .isEqualTo(new StepCounts(0, N));
        assertAll(inside, below);
        INDArray outside = constant(type, 0x1p40);
        assertThat(kernels.sophia(outside, constant(type, 0), h, null, 1, 0, 0, 1))
                .isEqualTo(new StepCounts(0, 0));
        assertAll(outside, 1);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_average_the_curvature_but_count_nothing_without_a_gradient(
            String name, StepKernels kernels, DataType type) {
        INDArray u = constant(type, Double.NaN);
        INDArray m = constant(type, 3);
        INDArray h = constant(type, 4);

        assertThat(kernels.sophia(u, m, h, constant(type, -2), 0.1, 0.5, 0.5, 1e9))
                .isEqualTo(new StepCounts(N, 0));

        assertAll(u, 0);
        assertAll(m, 3);
        assertAll(h, 1);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource(CASES)
    void should_refuse_what_it_cannot_step(String name, StepKernels kernels, DataType type) {
        INDArray g = constant(type, 1);
        INDArray m = constant(type, 1);
        INDArray v = constant(type, 1);
        assertThatThrownBy(() -> kernels.lion(g, Nd4j.create(type, N + 1), 0.1, 0.9, 0.99))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("m has length 38, gradient has length 37; all arrays of a step must have the same length");
        assertThatThrownBy(() -> kernels.lion(g, Nd4j.create(DataType.HALF, N), 0.1, 0.9, 0.99))
                .hasMessageContaining("m has data type HALF, gradient has " + type);
        assertThatThrownBy(() -> kernels.lion(Nd4j.empty(type), m, 0.1, 0.9, 0.99))
                .hasMessage("gradient is empty, must hold at least one element");
        assertThatThrownBy(() -> kernels.lion(Nd4j.create(type, 2, 3), m, 0.1, 0.9, 0.99))
                .hasMessageContaining("must be a flat vector");
        assertThatThrownBy(() -> kernels.lion(g, m, Double.NaN, 0.9, 0.99))
                .hasMessage("learningRate is NaN, must be finite in " + type);
        assertThatThrownBy(() -> kernels.lion(g, m, Double.POSITIVE_INFINITY, 0.9, 0.99))
                .hasMessageContaining("learningRate is Infinity");
        assertThatThrownBy(() -> kernels.lion(g, m, 0.1, 1, 0.99)).hasMessage("beta1 is 1.0, must be in [0, 1)");
        assertThatThrownBy(() -> kernels.lion(g, m, 0.1, 0.9, Double.NaN))
                .hasMessage("beta2 is NaN, must be in [0, 1)");
        assertThatThrownBy(() -> kernels.diffGrad(g, m, v, constant(type, 0), 0.1, 0.9, 0.99, 0))
                .hasMessageContaining("epsilon is 0.0, must be finite and greater than 0 in " + type);
        assertThatThrownBy(() -> kernels.diffGrad(g, m, v, constant(type, 0), Double.NaN, 0.9, 0.99, 1e-8))
                .hasMessageContaining("stepSize is NaN");
        assertThatThrownBy(() -> kernels.adaHessian(g, m, v, null, 0.1, 0.9, 0.99, 1e-4, 1.5, 1, 1))
                .hasMessage("hessianPower is 1.5, must be in (0, 1]");
        for (double limit : new double[] {-1, Double.NaN}) {
            assertThatThrownBy(() -> kernels.adaHessian(g, m, v, null, 0.1, 0.9, 0.99, 1e-4, 1, 1, 1, limit))
                    .hasMessage("limit = " + limit + ", must be at least 0; infinity is no limit");
        }
        assertThatThrownBy(() -> kernels.adaHessian(g, m, v, null, 0.1, 0.9, 0.99, 1e-4, 1, 1, 0))
                .hasMessage("vCorrection is 0.0, must be in (0, 1]");
        assertThatThrownBy(() -> kernels.adaHessian(g, m, v, null, 0.1, 0.9, 0.99, 1e-4, 1, Double.NaN, 1))
                .hasMessage("mCorrection is NaN, must be in (0, 1]");
        for (double rho : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> kernels.sophia(g, m, v, null, 0.1, 0.9, 0.99, rho))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "rho is " + rho + ", must be finite and greater than 0 in " + type + ", for example 0.04");
        }
        assertThatThrownBy(() -> kernels.sophia(g, m, v, Nd4j.create(type, N + 1), 0.1, 0.9, 0.99, 0.04))
                .hasMessageStartingWith("curvature has length 38, gradient has length 37");
        assertAll(g, 1);
        assertAll(m, 1);
        assertAll(v, 1);
    }
}
