/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.newton4j.curvature.testing.TestMatrices.withSpectrum;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.curvature.operator.DenseOperator;
import org.newton4j.curvature.operator.LinearOperator;

class SpectralDensityTest {

    private static final Probes PROBES = new Probes(DataType.DOUBLE, 3);

    /** Three clusters with known shares: 60 % at 0, 30 % at 2, 10 % at 10. */
    private static final double[] CLUSTERS = IntStream.range(0, 100)
            .mapToDouble(i -> i < 60 ? 0 : i < 90 ? 2 : 10)
            .toArray();

    @Test
    void D14_spectral_weights_sum_to_one_and_a_known_spectrum_is_recovered() {
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, CLUSTERS));
        SpectralEstimate estimate = SpectralDensity.of(a, PROBES, 40, 20);
        for (double[] weights : estimate.weights()) {
            assertThat(Arrays.stream(weights).sum()).isCloseTo(1, within(1e-12));
        }
        for (double[] nodes : estimate.nodes()) {
            // Three distinct eigenvalues: the space is exhausted after three steps.
            assertThat(nodes).containsExactly(new double[] {0, 2, 10}, within(1e-9));
        }
        check(estimate.mean(x -> x < 1 ? 1 : 0), 0.6);
        check(estimate.mean(x -> x > 1 && x < 5 ? 1 : 0), 0.3);
        check(estimate.mean(x -> x > 5 ? 1 : 0), 0.1);
    }

    private static void check(ScalarEstimate estimate, double truth) {
        assertThat(estimate.standardError()).isBetween(1e-4, 0.05);
        assertThat(estimate.value()).isCloseTo(truth, within(4 * estimate.standardError()));
    }

    @Test
    void should_get_the_moments_right() {
        double[] spectrum =
                IntStream.range(0, 80).mapToDouble(i -> -1 + 0.05 * i).toArray();
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 2, spectrum));
        SpectralEstimate estimate = SpectralDensity.of(a, PROBES, 30, 8);
        assertThat(estimate.moment(0).value()).isCloseTo(1, within(1e-12));
        for (int power = 1; power <= 5; power++) {
            int p = power;
            double truth =
                    Arrays.stream(spectrum).map(x -> Math.pow(x, p)).average().orElseThrow();
            ScalarEstimate moment = estimate.moment(power);
            assertThat(moment.value()).isCloseTo(truth, within(4 * moment.standardError()));
        }
        // Degree 2m - 1: the first moment equals Hutchinson's samples with the same probes to rounding.
        ScalarEstimate trace = HutchinsonTrace.of(a, PROBES, ProbeBudget.exactly(30));
        assertThat(80 * estimate.moment(1).value()).isCloseTo(trace.value(), within(1e-9));
        assertThat(estimate.cost().products()).isEqualTo(30 * 8);
        assertThat(estimate.dimension()).isEqualTo(80);
    }

    @Test
    void should_reach_the_ends_of_the_spectrum() {
        double[] spectrum = IntStream.range(0, 100)
                .mapToDouble(i -> i == 0 ? -3 : i == 99 ? 20 : 0.01 * i)
                .toArray();
        LinearOperator a = new DenseOperator(withSpectrum(DataType.FLOAT, 2, spectrum));
        SpectralEstimate estimate = SpectralDensity.of(a, new Probes(DataType.FLOAT, 1), 2, 30);
        for (double[] nodes : estimate.nodes()) {
            assertThat(nodes[0]).isCloseTo(-3, within(1e-4));
            assertThat(nodes[nodes.length - 1]).isCloseTo(20, within(1e-4));
        }
    }

    @Test
    void density_should_integrate_to_one_and_peak_where_eigenvalues_are() {
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, CLUSTERS));
        SpectralEstimate estimate = SpectralDensity.of(a, PROBES, 10, 10);
        double[] grid = estimate.grid(4001, 0.1);
        double[] density = estimate.density(grid, 0.1);
        double integral = Arrays.stream(density).sum() * (grid[1] - grid[0]);
        assertThat(integral).isCloseTo(1, within(0.01));
        double[] at = estimate.density(new double[] {0, 1, 2, 6, 10}, 0.1);
        assertThat(at[0]).isGreaterThan(at[2]);
        assertThat(at[2]).isGreaterThan(at[4]);
        assertThat(at[4]).isGreaterThan(0.1);
        assertThat(at[1]).isLessThan(1e-6);
        assertThat(at[3]).isLessThan(1e-6);
    }

    @Test
    void should_refuse_bad_arguments() {
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, 1, 2));
        assertThatThrownBy(() -> SpectralDensity.of(a, PROBES, 0, 3)).hasMessageContaining("count");
        assertThatThrownBy(() -> SpectralDensity.of(a, PROBES, 1, 0)).hasMessageContaining("steps");
        SpectralEstimate estimate = SpectralDensity.of(a, PROBES, 1, 2);
        assertThat(estimate.moment(1).standardError()).isNaN();
        assertThatThrownBy(() -> estimate.density(new double[1], Double.NaN)).hasMessageContaining("sigma");
        assertThatThrownBy(() -> estimate.moment(-1)).hasMessageContaining("power");
        assertThatThrownBy(() -> estimate.grid(1, 1)).hasMessageContaining("count");
    }
}
