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
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.DenseOperator;
import org.newton4j.curvature.operator.LinearOperator;

class HutchPlusPlusTest {

    private static final Probes PROBES = new Probes(DataType.DOUBLE, 5);

    @Test
    void should_converge_to_the_trace() {
        double[] spectrum =
                IntStream.range(0, 60).mapToDouble(i -> 1.0 / (1 + i)).toArray();
        double truth = Arrays.stream(spectrum).sum();
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, spectrum));
        for (int rank : new int[] {5, 10, 20, 40}) {
            ScalarEstimate estimate = HutchPlusPlus.of(a, PROBES, rank);
            assertThat(Math.abs(estimate.value() - truth)).isLessThan(4 * estimate.standardError());
            assertThat(estimate.cost().products()).isEqualTo(3L * rank);
        }
    }

    @Test
    void should_beat_hutchinson_at_the_same_cost_on_a_decaying_spectrum() {
        double[] spectrum =
                IntStream.range(0, 80).mapToDouble(i -> Math.pow(0.8, i)).toArray();
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 2, spectrum));
        double truth = Arrays.stream(spectrum).sum();
        double plus = 0;
        double plain = 0;
        for (int seed = 0; seed < 20; seed++) {
            Probes probes = new Probes(DataType.DOUBLE, seed);
            plus += Math.pow(HutchPlusPlus.of(a, probes, 10).value() - truth, 2);
            plain += Math.pow(
                    HutchinsonTrace.of(a, probes, ProbeBudget.exactly(30)).value() - truth, 2);
        }
        assertThat(Math.sqrt(plus)).isLessThan(0.3 * Math.sqrt(plain));
    }

    @Test
    void should_be_exact_for_a_low_rank_matrix() {
        double[] spectrum = new double[50];
        spectrum[3] = 5;
        spectrum[7] = -2;
        LinearOperator a = new DenseOperator(withSpectrum(DataType.DOUBLE, 1, spectrum));
        ScalarEstimate estimate = HutchPlusPlus.of(a, PROBES, 4);
        assertThat(estimate.value()).isCloseTo(3, within(1e-10));
        assertThat(estimate.standardError()).isLessThan(1e-10);
    }

    @Test
    void should_refuse_bad_ranks() {
        LinearOperator a = new DenseOperator(Nd4j.eye(3));
        assertThatThrownBy(() -> HutchPlusPlus.of(a, PROBES, 1)).hasMessageContaining("rank must be at least 2");
        assertThatThrownBy(() -> HutchPlusPlus.of(a, PROBES, 4)).hasMessageContaining("between 2 and 3, but is 4");
    }
}
