/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.newton4j.curvature.testing.TestMatrices.apply;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.withSpectrum;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.DenseOperator;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.ScaledOperator;

class LanczosTest {

    /** A bulk around 0 with outliers on both sides, as Hessians of trained networks have. */
    private static final double[] SPECTRUM = IntStream.range(0, 100)
            .mapToDouble(i -> i < 95 ? -0.5 + i / 95.0 : new double[] {9, 5, 3, -2, -4}[i - 95])
            .toArray();

    @Test
    void should_find_the_largest_and_the_smallest() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            double tolerance = type == DataType.FLOAT ? 1e-4 : 1e-10;
            LinearOperator a = new DenseOperator(withSpectrum(type, 1, SPECTRUM));
            Lanczos lanczos = new Lanczos(100, tolerance);
            check(a, lanczos.largest(a, new Probes(type, 1), 3), tolerance, 9, 5, 3);
            check(a, lanczos.smallest(a, new Probes(type, 1), 2), tolerance, -4, -2);
        }
    }

    private static void check(LinearOperator a, Eigenpairs pairs, double tolerance, double... truth) {
        assertThat(pairs.converged()).isTrue();
        for (int i = 0; i < truth.length; i++) {
            INDArray v = pairs.vectors().getRow(i).dup();
            double residual =
                    apply(a, v).sub(v.mul(pairs.values()[i])).norm2Number().doubleValue();
            assertThat(pairs.residuals()[i]).isCloseTo(residual, within(1e-6)).isLessThan(20 * tolerance);
            assertThat(v.norm2Number().doubleValue()).isCloseTo(1, within(1e-5));
            // The error bar must cover the truth up to the rounding of the matrix itself.
            assertThat(Math.abs(pairs.values()[i] - truth[i])).isLessThan(pairs.residuals()[i] + tolerance);
        }
        assertThat(pairs.cost().products()).isBetween(10L, 99L);
    }

    @Test
    void should_report_honest_error_bars_when_the_steps_run_out() {
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, SPECTRUM));
        Eigenpairs pairs = new Lanczos(6, 1e-12).largest(a, new Probes(DataType.DOUBLE, 1), 2);
        assertThat(pairs.converged()).isFalse();
        for (int i = 0; i < 2; i++) {
            double value = pairs.values()[i];
            double nearest = IntStream.range(0, 100)
                    .mapToDouble(j -> Math.abs(SPECTRUM[j] - value))
                    .min()
                    .orElseThrow();
            assertThat(nearest).isLessThanOrEqualTo(pairs.residuals()[i] + 1e-12);
        }
        assertThat(pairs.residuals()[1]).isGreaterThan(1e-6);
        assertThat(pairs.cost().products()).isEqualTo(8);
    }

    @Test
    void should_go_on_with_a_fresh_vector_when_the_space_is_exhausted() {
        LinearOperator identity = new DenseOperator(Nd4j.eye(8).castTo(DataType.DOUBLE));
        Eigenpairs pairs = new Lanczos(8, 1e-10).largest(identity, new Probes(DataType.DOUBLE, 1), 4);
        assertThat(pairs.values()).containsExactly(new double[] {1, 1, 1, 1}, within(1e-12));
        INDArray gram = pairs.vectors().mmul(pairs.vectors().transpose());
        assertThat(gram.sub(Nd4j.eye(4).castTo(DataType.DOUBLE)).amaxNumber().doubleValue())
                .isLessThan(1e-12);
    }

    @Test
    void should_find_all_pairs_of_a_tiny_operator() {
        LinearOperator one = new DenseOperator(Nd4j.createFromArray(new double[][] {{-7}}));
        assertThat(new Lanczos(5, 1e-10)
                        .smallest(one, new Probes(DataType.DOUBLE, 1), 1)
                        .values())
                .containsExactly(-7);
        LinearOperator zero = new ScaledOperator(new DenseOperator(Nd4j.eye(3).castTo(DataType.DOUBLE)), 0);
        assertThat(new Lanczos(5, 1e-10)
                        .largest(zero, new Probes(DataType.DOUBLE, 1), 2)
                        .values())
                .containsExactly(0, 0);
    }

    @Test
    void should_refuse_bad_arguments() {
        LinearOperator a = new DenseOperator(Nd4j.eye(3).castTo(DataType.DOUBLE));
        assertThatThrownBy(() -> new Lanczos(0, 1)).hasMessageContaining("maxSteps");
        assertThatThrownBy(() -> new Lanczos(1, Double.NaN)).hasMessageContaining("tolerance");
        assertThatThrownBy(() -> new Lanczos(10, 1).largest(a, new Probes(DataType.DOUBLE, 1), 4))
                .hasMessageContaining("k must lie between 1 and 3, but is 4");
    }

    @Test
    void power_iteration_should_find_the_largest_magnitude_first() {
        double[] spectrum = {-8, 5, 3, 1, 0.5, 0.1};
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, spectrum));
        Eigenpairs pairs =
                new PowerIteration(PowerIteration.Rule.EXACT, 500, 1e-12).find(a, new Probes(DataType.DOUBLE, 1), 3);
        assertThat(pairs.converged()).isTrue();
        assertThat(pairs.values()).containsExactly(new double[] {-8, 5, 3}, within(1e-8));
        assertThat(pairs.residuals()).containsExactly(new double[] {0, 0, 0}, within(1e-4));
        assertThat(pairs.cost().products()).isBetween(20L, 1500L);
        Eigenpairs short_ =
                new PowerIteration(PowerIteration.Rule.EXACT, 2, 1e-12).find(a, new Probes(DataType.DOUBLE, 1), 1);
        assertThat(short_.converged()).isFalse();
        assertThat(short_.cost().products()).isEqualTo(3);
    }

    @Test
    void power_iteration_should_copy_the_bias_of_pyhessian_only_when_asked() {
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, 4, 1, 0.5, 0.2));
        INDArray start = gaussian(DataType.DOUBLE, 3, 1, 4);
        double exact = new PowerIteration(PowerIteration.Rule.EXACT, 500, 1e-13)
                .find(a, start)
                .values()[0];
        double biased = new PowerIteration(PowerIteration.Rule.PYHESSIAN, 500, 1e-13)
                .find(a, start)
                .values()[0];
        assertThat(exact).isCloseTo(4, within(1e-9));
        // Normalised by 1 + 1e-6, the quotient is low by 2e-6 relative.
        assertThat(biased).isCloseTo(4 * (1 - 2e-6), within(1e-9));
    }

    @Test
    void power_iteration_should_refuse_a_zero_start() {
        LinearOperator a = new DenseOperator(Nd4j.eye(3).castTo(DataType.DOUBLE));
        assertThatThrownBy(() -> new PowerIteration(PowerIteration.Rule.EXACT, 5, 1e-3)
                        .find(a, Nd4j.zeros(DataType.DOUBLE, 1, 3)))
                .hasMessageContaining("norm 0.0");
        assertThatThrownBy(() -> new PowerIteration(PowerIteration.Rule.EXACT, 5, 1e-3)
                        .find(a, Nd4j.zeros(DataType.DOUBLE, 1, 4)))
                .hasMessageContaining("starts must have shape [1, 3]");
    }

    @Test
    void should_say_that_multiplicities_are_not_resolved() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            LinearOperator a = new DenseOperator(
                    Nd4j.diag(Nd4j.createFromArray(5.0, 5, 1, 1, 1, 0)).castTo(type));
            Eigenpairs pairs = new Lanczos(6, 1e-4).largest(a, new Probes(type, 1), 2);
            assertThat(pairs.values()).containsExactly(new double[] {5, 1}, within(1e-5));
            assertThat(pairs.multiplicitiesResolved()).isFalse();
            // With one pair there is no room for a second.
            assertThat(new Lanczos(6, 1e-4).largest(a, new Probes(type, 1), 1).multiplicitiesResolved())
                    .isTrue();
            // The whole space was spanned.
            Eigenpairs all = new Lanczos(6, 1e-4).largest(a, new Probes(type, 1), 6);
            assertThat(all.values()).containsExactly(new double[] {5, 5, 1, 1, 1, 0}, within(1e-5));
            assertThat(all.multiplicitiesResolved()).isTrue();
        }
    }

    @Test
    void should_resolve_multiplicities_when_asked() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            double tolerance = type == DataType.FLOAT ? 1e-4 : 1e-10;
            Lanczos lanczos = new Lanczos(60, tolerance).resolvingMultiplicities();
            for (double scale : new double[] {1, 1e-30, 1e30}) {
                LinearOperator a = new DenseOperator(Nd4j.diag(Nd4j.createFromArray(5.0, 5, 1, 1, 1, 0))
                        .mul(scale)
                        .castTo(type));
                check(lanczos.largest(a, new Probes(type, 1), 2), scale, 5, 5);
                check(lanczos.largest(a, new Probes(type, 1), 4), scale, 5, 5, 1, 1);
                check(lanczos.smallest(a, new Probes(type, 1), 3), scale, 0, 1, 1);
                check(lanczos.smallest(a, new Probes(type, 1), 6), scale, 0, 1, 1, 1, 5, 5);
            }
            double[] spectrum = SPECTRUM.clone();
            spectrum[0] = 9;
            spectrum[1] = 9;
            spectrum[2] = 5;
            LinearOperator rotated = new DenseOperator(withSpectrum(type, 1, spectrum));
            check(lanczos.largest(rotated, new Probes(type, 1), 6), 1, 9, 9, 9, 5, 5, 3);
            LinearOperator zero = new DenseOperator(Nd4j.zeros(type, 3, 3));
            check(lanczos.largest(zero, new Probes(type, 1), 3), 1, 0, 0, 0);
            check(lanczos.largest(zero, new Probes(type, 1), 2), 1, 0, 0);
        }
    }

    private static void check(Eigenpairs pairs, double scale, double... truth) {
        assertThat(pairs.converged()).isTrue();
        assertThat(pairs.multiplicitiesResolved()).isTrue();
        for (int i = 0; i < truth.length; i++) {
            assertThat(pairs.values()[i] / scale).isCloseTo(truth[i], within(1e-3));
        }
        INDArray gram = pairs.vectors().mmul(pairs.vectors().transpose()).castTo(DataType.DOUBLE);
        assertThat(gram.sub(Nd4j.eye(truth.length).castTo(DataType.DOUBLE))
                        .amaxNumber()
                        .doubleValue())
                .isLessThan(1e-4);
    }

    @Test
    void should_not_call_converged_what_the_products_do_not_support() {
        LinearOperator matrix = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, SPECTRUM));
        LinearOperator noisy = new LinearOperator() {
            private int calls;

            @Override
            public long dimension() {
                return matrix.dimension();
            }

            @Override
            public void multiply(INDArray in, INDArray out) {
                matrix.multiply(in, out);
                out.addi(gaussian(DataType.DOUBLE, ++calls, 100).muli(1e-3));
            }
        };
        Eigenpairs pairs = new Lanczos(100, 1e-10).largest(noisy, new Probes(DataType.DOUBLE, 1), 1);
        assertThat(pairs.residuals()[0]).isGreaterThan(1e-3);
        assertThat(pairs.converged()).isFalse();
    }
}
