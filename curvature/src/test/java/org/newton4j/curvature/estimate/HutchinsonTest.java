/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.newton4j.curvature.testing.TestMatrices.symmetric;
import static org.newton4j.curvature.testing.TestMatrices.withSpectrum;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.DenseOperator;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.ScaledOperator;

class HutchinsonTest {

    private static final Probes PROBES = new Probes(DataType.DOUBLE, 42);

    @Test
    void should_converge_to_the_trace() {
        INDArray matrix = symmetric(DataType.DOUBLE, 40, 1)
                .addi(Nd4j.eye(40).castTo(DataType.DOUBLE).mul(2));
        double truth = Nd4j.diag(matrix).sumNumber().doubleValue();
        double previous = Double.POSITIVE_INFINITY;
        for (int probes : new int[] {50, 200, 800}) {
            ScalarEstimate estimate =
                    HutchinsonTrace.of(new DenseOperator(matrix), PROBES, ProbeBudget.exactly(probes));
            assertThat(Math.abs(estimate.value() - truth)).isLessThan(4 * estimate.standardError());
            assertThat(estimate.standardError()).isLessThan(0.7 * previous);
            assertThat(estimate.probes()).isEqualTo(probes);
            assertThat(estimate.cost().products()).isEqualTo(probes);
            assertThat(estimate.cost().seconds()).isPositive();
            previous = estimate.standardError();
        }
        // Var[z'Az] = 2 sum of the squares off the diagonal.
        double off = matrix.sub(Nd4j.diag(Nd4j.diag(matrix))).norm2Number().doubleValue();
        assertThat(previous).isCloseTo(Math.sqrt(2 * off * off / 800), within(0.1 * previous));
    }

    @Test
    void should_converge_to_the_diagonal_with_error_bars_that_cover_it() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            INDArray matrix = symmetric(type, 30, 2);
            LinearOperator a = new DenseOperator(matrix);
            double previous = Double.POSITIVE_INFINITY;
            for (int probes : new int[] {50, 200, 800}) {
                DiagonalEstimate estimate = HutchinsonDiagonal.of(a, new Probes(type, 7), ProbeBudget.exactly(probes));
                int covered = 0;
                for (int i = 0; i < 30; i++) {
                    double error = Math.abs(estimate.value().getDouble(i) - matrix.getDouble(i, i));
                    covered += error <= 2 * estimate.standardError().getDouble(i) ? 1 : 0;
                    assertThat(error).isLessThan(5 * estimate.standardError().getDouble(i));
                }
                // 95 % are expected within two standard errors: 28.5 of 30.
                assertThat(covered).isGreaterThanOrEqualTo(24);
                assertThat(estimate.relativeError()).isLessThan(0.6 * previous);
                previous = estimate.relativeError();
            }
        }
    }

    @Test
    void D1_probes_have_both_signs_and_a_diagonal_that_is_not_row_sums_is_recovered() {
        INDArray z = PROBES.vector(10_000);
        PROBES.fill(z, 0);
        assertThat(Math.abs(z.meanNumber().doubleValue())).isLessThan(0.05);
        assertThat(z.minNumber().doubleValue()).isEqualTo(-1);
        assertThat(z.maxNumber().doubleValue()).isEqualTo(1);
        INDArray matrix = Nd4j.createFromArray(new double[][] {{2, 5, -1}, {5, -3, 4}, {-1, 4, 1}});
        INDArray estimate = HutchinsonDiagonal.of(new DenseOperator(matrix), PROBES, ProbeBudget.exactly(2000))
                .value();
        assertThat(estimate.getDouble(0)).isCloseTo(2, within(0.5));
        assertThat(estimate.getDouble(1)).isCloseTo(-3, within(0.5));
        assertThat(estimate.getDouble(2)).isCloseTo(1, within(0.5));
    }

    @Test
    void should_be_exact_for_a_diagonal_matrix() {
        INDArray matrix = Nd4j.diag(Nd4j.createFromArray(1.0, -2.0, 3.0));
        DiagonalEstimate diagonal =
                HutchinsonDiagonal.of(new DenseOperator(matrix), PROBES, ProbeBudget.upTo(0.01, 100));
        assertThat(diagonal.value().toDoubleVector()).containsExactly(1, -2, 3);
        assertThat(diagonal.standardError().toDoubleVector()).containsExactly(0, 0, 0);
        assertThat(diagonal.probes()).isEqualTo(10);
        ScalarEstimate trace = HutchinsonTrace.of(new DenseOperator(matrix), PROBES, ProbeBudget.upTo(0.01, 100));
        assertThat(trace.value()).isEqualTo(2);
        assertThat(trace.standardError()).isZero();
        assertThat(trace.probes()).isEqualTo(10);
    }

    @Test
    void should_draw_until_the_error_is_small_enough() {
        double[] spectrum = IntStream.range(0, 30).mapToDouble(i -> 1 + i).toArray();
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, spectrum));
        ScalarEstimate loose = HutchinsonTrace.of(a, PROBES, ProbeBudget.upTo(0.05, 10_000));
        ScalarEstimate tight = HutchinsonTrace.of(a, PROBES, ProbeBudget.upTo(0.01, 10_000));
        assertThat(tight.standardError()).isLessThanOrEqualTo(0.01 * tight.value());
        assertThat(tight.value()).isCloseTo(465, within(4 * tight.standardError()));
        assertThat(tight.probes()).isGreaterThan(2 * loose.probes()).isLessThan(10_000);
        assertThat(HutchinsonTrace.of(a, PROBES, ProbeBudget.upTo(1e-9, 15)).probes())
                .isEqualTo(15);
        DiagonalEstimate diagonal = HutchinsonDiagonal.of(a, PROBES, ProbeBudget.upTo(0.1, 10_000));
        assertThat(diagonal.relativeError()).isLessThanOrEqualTo(0.1);
        assertThat(diagonal.probes()).isBetween(11, 5000);
    }

    @Test
    void should_draw_the_same_for_the_same_seed_and_anew_for_the_next_iteration() {
        LinearOperator a = new DenseOperator(symmetric(DataType.DOUBLE, 10, 3));
        ProbeBudget five = ProbeBudget.exactly(5);
        double first =
                HutchinsonTrace.of(a, new Probes(DataType.DOUBLE, 1, 0), five).value();
        assertThat(HutchinsonTrace.of(a, new Probes(DataType.DOUBLE, 1, 0), five)
                        .value())
                .isEqualTo(first);
        assertThat(HutchinsonTrace.of(a, new Probes(DataType.DOUBLE, 1, 1), five)
                        .value())
                .isNotEqualTo(first);
        assertThat(HutchinsonTrace.of(a, new Probes(DataType.DOUBLE, 2, 0), five)
                        .value())
                .isNotEqualTo(first);
    }

    @Test
    void should_write_the_exact_diagonal() {
        INDArray matrix = symmetric(DataType.FLOAT, 9, 3);
        DiagonalEstimate exact = ExactDiagonal.of(new DenseOperator(matrix), DataType.FLOAT);
        assertThat(exact.value()).isEqualTo(Nd4j.diag(matrix));
        assertThat(exact.standardError().sumNumber().doubleValue()).isZero();
        assertThat(exact.cost().products()).isEqualTo(9);
    }

    @Test
    void should_report_products_that_are_not_finite() {
        LinearOperator broken = new LinearOperator() {
            @Override
            public long dimension() {
                return 3;
            }

            @Override
            public void multiply(INDArray in, INDArray out) {
                out.assign(Double.NaN);
            }
        };
        ProbeBudget two = ProbeBudget.exactly(2);
        assertThatThrownBy(() -> HutchinsonTrace.of(broken, PROBES, two)).hasMessageContaining("product 1");
        assertThatThrownBy(() -> HutchinsonDiagonal.of(broken, PROBES, two)).hasMessageContaining("product 1");
        assertThatThrownBy(() -> HutchPlusPlus.of(broken, PROBES, 2)).hasMessageContaining("not finite");
        assertThatThrownBy(() -> new Lanczos(3, 1e-3).largest(broken, PROBES, 1))
                .hasMessageContaining("not finite");
        assertThatThrownBy(() -> SpectralDensity.of(broken, PROBES, 1, 3)).hasMessageContaining("not finite");
    }

    @Test
    void should_refuse_bad_budgets() {
        assertThatThrownBy(() -> ProbeBudget.exactly(1)).hasMessageContaining("least must be at least 2, but is 1");
        assertThatThrownBy(() -> ProbeBudget.upTo(Double.NaN, 20)).hasMessageContaining("target");
        assertThatThrownBy(() -> ProbeBudget.upTo(0.1, 5)).hasMessageContaining("most must be at least 10");
        assertThatThrownBy(() -> new Probes(DataType.INT, 1)).hasMessageContaining("INT");
        assertThatThrownBy(() -> new Probes(DataType.FLOAT, 1, -1)).hasMessageContaining("iteration");
    }

    @Test
    void should_keep_error_bars_at_any_scale() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            INDArray matrix = Nd4j.createFromArray(new double[][] {{1, 2, 3}, {2, 4, 5}, {3, 5, 6}});
            Probes probes = new Probes(type, 3);
            ProbeBudget budget = ProbeBudget.exactly(50);
            DiagonalEstimate expected = HutchinsonDiagonal.of(new DenseOperator(matrix.castTo(type)), probes, budget);
            double expectedError = HutchinsonTrace.of(new DenseOperator(matrix.castTo(type)), probes, budget)
                    .standardError();
            for (double scale : new double[] {1e-30, 1e30, type == DataType.DOUBLE ? 1e-200 : 1, 1e30}) {
                LinearOperator scaled = new DenseOperator(matrix.mul(scale).castTo(type));
                DiagonalEstimate diagonal = HutchinsonDiagonal.of(scaled, probes, budget);
                assertThat(diagonal.relativeError()).isCloseTo(expected.relativeError(), within(1e-4));
                for (int i = 0; i < 3; i++) {
                    assertThat(diagonal.standardError().getDouble(i) / scale)
                            .isCloseTo(expected.standardError().getDouble(i), within(1e-4));
                    assertThat(diagonal.value().getDouble(i) / scale)
                            .isCloseTo(expected.value().getDouble(i), within(1e-4));
                }
                assertThat(HutchinsonTrace.of(scaled, probes, budget).standardError() / scale)
                        .isCloseTo(expectedError, within(1e-4));
            }
            DiagonalEstimate zero =
                    HutchinsonDiagonal.of(new DenseOperator(matrix.mul(0).castTo(type)), probes, budget);
            assertThat(zero.relativeError()).isZero();
            assertThat(zero.value().amaxNumber().doubleValue()).isZero();
        }
    }

    @Test
    void should_refuse_a_diagonal_that_is_not_finite() {
        LinearOperator huge = new ScaledOperator(
                new DenseOperator(Nd4j.eye(2).castTo(DataType.FLOAT).muli(1e30)), 1e30);
        assertThatThrownBy(() -> ExactDiagonal.of(huge, DataType.FLOAT))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("product 1 of the operator is not finite");
    }
}
