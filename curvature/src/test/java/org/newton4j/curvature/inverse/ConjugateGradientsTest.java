/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.newton4j.curvature.testing.TestMatrices.apply;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.relativeToMax;
import static org.newton4j.curvature.testing.TestMatrices.withSpectrum;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.inverse.ConjugateGradients.Result;
import org.newton4j.curvature.inverse.ConjugateGradients.Status;
import org.newton4j.curvature.operator.DenseOperator;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.ScaledOperator;
import org.newton4j.curvature.operator.SymmetricEigen;

class ConjugateGradientsTest {

    private static final double[] SPECTRUM =
            IntStream.range(0, 30).mapToDouble(i -> 1 + i * i).toArray();

    @Test
    void should_solve_a_positive_definite_system() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            double tolerance = type == DataType.FLOAT ? 1e-5 : 1e-10;
            LinearOperator a = new DenseOperator(withSpectrum(type, 1, SPECTRUM));
            INDArray b = gaussian(type, 2, 30);
            INDArray x = Nd4j.valueArrayOf(new long[] {30}, Double.NaN, type);
            Result result = new ConjugateGradients(tolerance, 200, null).solve(a, b, x);
            assertThat(result.status()).isEqualTo(Status.CONVERGED);
            assertThat(result.relativeResidual()).isLessThanOrEqualTo(tolerance);
            assertThat(result.products()).isEqualTo(result.iterations());
            assertThat(result.seconds()).isPositive();
            assertThat(relativeToMax(apply(a, x), b)).isLessThan(20 * tolerance);
        }
    }

    @Test
    void should_need_as_many_iterations_as_there_are_eigenvalues() {
        double[] three = IntStream.range(0, 30).mapToDouble(i -> 1 + i % 3).toArray();
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, three));
        INDArray x = Nd4j.create(DataType.DOUBLE, 30);
        Result result = new ConjugateGradients(1e-10, 100, null).solve(a, gaussian(DataType.DOUBLE, 2, 30), x);
        assertThat(result.iterations()).isEqualTo(3);
    }

    @Test
    void should_converge_at_once_with_the_inverse_as_preconditioner() {
        INDArray matrix = withSpectrum(DataType.DOUBLE, 1, SPECTRUM);
        LinearOperator inverse = new DenseOperator(Cholesky.of(matrix, 0).inverse(DataType.DOUBLE));
        INDArray x = Nd4j.create(DataType.DOUBLE, 30);
        INDArray b = gaussian(DataType.DOUBLE, 2, 30);
        Result with = new ConjugateGradients(1e-8, 100, inverse).solve(new DenseOperator(matrix), b, x);
        Result without = new ConjugateGradients(1e-8, 100, null).solve(new DenseOperator(matrix), b, x.ulike());
        assertThat(with.status()).isEqualTo(Status.CONVERGED);
        assertThat(with.iterations()).isLessThanOrEqualTo(2);
        assertThat(without.iterations()).isGreaterThan(10);
        assertThat(relativeToMax(apply(new DenseOperator(matrix), x), b)).isLessThan(1e-7);
    }

    @Test
    void should_stop_at_negative_curvature() {
        double[] indefinite = SPECTRUM.clone();
        indefinite[0] = -50;
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, indefinite));
        INDArray x = Nd4j.create(DataType.DOUBLE, 30);
        Result result = new ConjugateGradients(1e-12, 500, null).solve(a, gaussian(DataType.DOUBLE, 2, 30), x);
        assertThat(result.status()).isEqualTo(Status.NEGATIVE_CURVATURE);
        assertThat(result.curvature()).isNegative();
        assertThat(Double.isFinite(x.sumNumber().doubleValue())).isTrue();
    }

    @Test
    void should_leave_zero_when_the_first_direction_has_negative_curvature() {
        LinearOperator a = new ScaledOperator(new DenseOperator(withSpectrum(DataType.DOUBLE, 1, SPECTRUM)), -1);
        INDArray x = Nd4j.ones(DataType.DOUBLE, 30);
        Result result = new ConjugateGradients(1e-8, 10, null).solve(a, gaussian(DataType.DOUBLE, 2, 30), x);
        assertThat(result.status()).isEqualTo(Status.NEGATIVE_CURVATURE);
        assertThat(result.iterations()).isZero();
        assertThat(result.products()).isEqualTo(1);
        assertThat(x.amaxNumber().doubleValue()).isZero();
    }

    @Test
    void should_report_when_the_iterations_are_used_up() {
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, SPECTRUM));
        INDArray x = Nd4j.create(DataType.DOUBLE, 30);
        Result result = new ConjugateGradients(1e-12, 2, null).solve(a, gaussian(DataType.DOUBLE, 2, 30), x);
        assertThat(result.status()).isEqualTo(Status.MAX_ITERATIONS);
        assertThat(result.iterations()).isEqualTo(2);
        assertThat(result.relativeResidual()).isBetween(1e-6, 2.0);
    }

    @Test
    void should_answer_zero_for_zero() {
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, SPECTRUM));
        INDArray x = Nd4j.ones(DataType.DOUBLE, 30);
        Result result = new ConjugateGradients(1e-12, 2, null).solve(a, Nd4j.zeros(DataType.DOUBLE, 30), x);
        assertThat(result.status()).isEqualTo(Status.CONVERGED);
        assertThat(x.amaxNumber().doubleValue()).isZero();
    }

    @Test
    void should_refuse_nan_and_bad_arguments() {
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, 1, 2));
        assertThatThrownBy(() -> new ConjugateGradients(1e-3, 5, null)
                        .solve(a, Nd4j.createFromArray(1, Double.NaN), Nd4j.create(DataType.DOUBLE, 2)))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> new ConjugateGradients(Double.NaN, 5, null)).hasMessageContaining("tolerance");
        assertThatThrownBy(() -> new ConjugateGradients(1, 0, null)).hasMessageContaining("maxIterations");
        LinearOperator wide = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, 1, 2, 3));
        assertThatThrownBy(() -> new ConjugateGradients(1, 1, wide)
                        .solve(a, Nd4j.ones(DataType.DOUBLE, 2), Nd4j.create(DataType.DOUBLE, 2)))
                .hasMessageContaining("preconditioner has dimension 3");
        LinearOperator negative = new ScaledOperator(a, -1);
        assertThatThrownBy(() -> new ConjugateGradients(1e-3, 5, negative)
                        .solve(a, Nd4j.ones(DataType.DOUBLE, 2), Nd4j.create(DataType.DOUBLE, 2)))
                .hasMessageContaining("preconditioner must be symmetric positive definite");
    }

    @Test
    void should_say_that_a_system_is_singular_at_any_scale() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            double tolerance = type == DataType.FLOAT ? 1e-5 : 1e-10;
            for (double scale : new double[] {1, 1e-30, 1e30, type == DataType.DOUBLE ? 1e-200 : 1}) {
                LinearOperator a = new DenseOperator(
                        Nd4j.diag(Nd4j.createFromArray(5.0, 2, 0, 0)).mul(scale).castTo(type));
                INDArray b = Nd4j.createFromArray(5.0, 2, 1, 0).mul(scale).castTo(type);
                INDArray x = Nd4j.create(type, 4);
                Result result = new ConjugateGradients(tolerance, 100, null).solve(a, b, x);
                assertThat(result.status()).isEqualTo(Status.SINGULAR);
                // The least-squares solution; what no x reaches is the third entry of b.
                assertThat(x.getDouble(0)).isCloseTo(1, within(1e-5));
                assertThat(x.getDouble(1)).isCloseTo(1, within(1e-5));
                assertThat(x.amaxNumber().doubleValue()).isLessThan(2);
                assertThat(result.relativeResidual()).isCloseTo(1 / Math.sqrt(30), within(1e-5));
                assertThat(result.products()).isEqualTo(result.iterations() + 2);
                // Consistent: the solution without a part in the null space.
                Result solved = new ConjugateGradients(tolerance, 100, null)
                        .solve(a, Nd4j.createFromArray(5.0, 2, 0, 0).mul(scale).castTo(type), x);
                assertThat(solved.status()).isEqualTo(Status.CONVERGED);
                assertThat(x.toDoubleVector()).containsExactly(new double[] {1, 1, 0, 0}, within(1e-5));
            }
        }
    }

    @Test
    void should_bound_x_in_systems_of_any_rank() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (int rank : new int[] {1, 5, 20, 29}) {
                double[] spectrum = IntStream.range(0, 30)
                        .mapToDouble(i -> i < rank ? 1 + i : 0)
                        .toArray();
                for (double scale : new double[] {1, 1e-30, 1e30}) {
                    INDArray matrix = withSpectrum(DataType.DOUBLE, 1, spectrum)
                            .mul(scale)
                            .castTo(type);
                    INDArray b = gaussian(type, 2, 30);
                    INDArray x = Nd4j.create(type, 30);
                    Result result = new ConjugateGradients(type == DataType.FLOAT ? 1e-6 : 1e-12, 300, null)
                            .solve(new DenseOperator(matrix), b, x);
                    assertThat(result.status())
                            .as("rank %s scale %s", rank, scale)
                            .isEqualTo(Status.SINGULAR);
                    assertThat(x.amaxNumber().doubleValue() * scale).isLessThan(100);
                    assertThat(result.relativeResidual()).isLessThan(1);
                }
            }
        }
    }

    @Test
    void should_leave_zero_when_b_lies_in_the_null_space() {
        INDArray x = Nd4j.ones(DataType.DOUBLE, 3);
        LinearOperator zero = new DenseOperator(Nd4j.zeros(DataType.DOUBLE, 3, 3));
        Result result = new ConjugateGradients(1e-8, 10, null).solve(zero, Nd4j.ones(DataType.DOUBLE, 3), x);
        assertThat(result.status()).isEqualTo(Status.SINGULAR);
        assertThat(x.amaxNumber().doubleValue()).isZero();
        assertThat(result.relativeResidual()).isEqualTo(1);
        for (int seed = 1; seed < 6; seed++) {
            // A rotated null vector, of which the product is rounding.
            INDArray matrix = withSpectrum(DataType.DOUBLE, seed, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
            INDArray b = SymmetricEigen.of(matrix).vectors().getColumn(0).dup();
            INDArray y = Nd4j.ones(DataType.DOUBLE, 12);
            result = new ConjugateGradients(1e-8, 100, null).solve(new DenseOperator(matrix), b, y);
            assertThat(result.status()).isEqualTo(Status.SINGULAR);
            assertThat(y.amaxNumber().doubleValue()).isZero();
        }
    }

    @Test
    void should_tell_negative_from_no_curvature_at_any_scale() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (double scale : new double[] {1, 1e-30, 1e30}) {
                for (double[] spectrum : new double[][] {{1, -1}, {5, -2, 1, 0}, {0, 0, -1}, {3, -1e-2, 2, 1}}) {
                    INDArray b = Nd4j.ones(type, spectrum.length);
                    INDArray x = b.ulike();
                    LinearOperator a = new DenseOperator(
                            Nd4j.diag(Nd4j.createFromArray(spectrum)).mul(scale).castTo(type));
                    Result result = new ConjugateGradients(1e-6, 100, null).solve(a, b, x);
                    assertThat(result.status()).isEqualTo(Status.NEGATIVE_CURVATURE);
                    assertThat(x.amaxNumber().doubleValue() * scale).isLessThan(200);
                }
            }
        }
    }

    @Test
    void should_read_and_write_strided_vectors() {
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, SPECTRUM));
        INDArray b = gaussian(DataType.DOUBLE, 2, 30, 2);
        INDArray expected = Nd4j.create(DataType.DOUBLE, 30);
        new ConjugateGradients(1e-10, 200, null).solve(a, b.getColumn(0).dup(), expected);
        new ConjugateGradients(1e-10, 200, null).solve(a, b.getColumn(0), b.getColumn(1));
        assertThat(b.getColumn(1).dup()).isEqualTo(expected);
        assertThatThrownBy(() -> new ConjugateGradients(1, 1, null).solve(a, expected, expected))
                .hasMessageContaining("b and x are the same array");
    }
}
