/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class RademacherTest {

    private static final int N = 1 << 17;

    /** Six standard deviations of a mean of N signs. */
    private static final double BOUND = 6 / Math.sqrt(N);

    private static float[] probe(long seed, long iteration, int probe, long firstIndex, int n) {
        INDArray out = Nd4j.createUninitialized(DataType.FLOAT, n);
        Rademacher.fill(out, seed, iteration, probe, firstIndex);
        return out.toFloatVector();
    }

    private static double correlation(float[] a, int shift, float[] b) {
        double sum = 0;
        for (int i = shift; i < a.length; i++) {
            sum += a[i] * b[i - shift];
        }
        return sum / a.length;
    }

    @Test
    void should_draw_both_signs_with_mean_zero() {
        float[] z = probe(1, 2, 3, 0, N);

        assertThat(z).contains(1f, -1f);
        for (float value : z) {
            assertThat(Math.abs(value)).isEqualTo(1f);
        }
        double mean = 0;
        for (float value : z) {
            mean += value / (double) N;
        }
        assertThat(mean).isCloseTo(0, within(BOUND));
    }

    @Test
    void should_use_every_bit_of_a_word_evenly() {
        float[] z = probe(5, 0, 0, 0, N);

        for (int bit = 0; bit < 64; bit++) {
            double mean = 0;
            for (int i = bit; i < N; i += 64) {
                mean += z[i] * 64.0 / N;
            }
            assertThat(mean).as("mean of bit %d", bit).isCloseTo(0, within(8 * BOUND));
        }
    }

    @Test
    void should_not_correlate_across_any_input() {
        float[] z = probe(7, 11, 0, 0, N);

        assertThat(correlation(z, 0, probe(8, 11, 0, 0, N))).as("next seed").isCloseTo(0, within(BOUND));
        assertThat(correlation(z, 0, probe(7, 12, 0, 0, N)))
                .as("next iteration")
                .isCloseTo(0, within(BOUND));
        assertThat(correlation(z, 0, probe(7, 11, 1, 0, N))).as("next probe").isCloseTo(0, within(BOUND));
        assertThat(correlation(z, 0, probe(7, 10, 1, 0, N)))
                .as("iteration for probe")
                .isCloseTo(0, within(BOUND));
        for (int shift : new int[] {1, 2, 3, 31, 32, 63, 64, 65, 128, 4096}) {
            assertThat(correlation(z, shift, z)).as("neighbours at %d", shift).isCloseTo(0, within(BOUND));
            assertThat(correlation(z, shift, probe(7, 12, 0, 0, N)))
                    .as("next iteration at %d", shift)
                    .isCloseTo(0, within(BOUND));
        }
    }

    @Test
    void should_keep_its_bits_for_ever() {
        StringBuilder bits = new StringBuilder();
        for (int i = 0; i < 70; i++) {
            bits.append(Rademacher.sign(42, 1000, 2, i) > 0 ? '1' : '0');
        }

        assertThat(bits).hasToString("0100000100011101001100100011101101000111101100110110010110101010001100");
        assertThat(Rademacher.sign(-1, Long.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE))
                .isEqualTo(1);
    }

    @Test
    void should_not_depend_on_the_layout_of_blocks() {
        float[] whole = probe(3, 4, 5, 0, 200_000);

        for (int first : new int[] {1, 63, 64, 65, 1000, 65_535, 65_536, 130_000}) {
            float[] block = probe(3, 4, 5, first, 70_000);
            for (int i = 0; i < block.length; i++) {
                float expected = first + i < whole.length ? whole[first + i] : Rademacher.sign(3, 4, 5, first + i);
                assertThat(block[i]).as("index %d", first + i).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF", "BFLOAT16"})
    void should_draw_the_same_bits_in_every_type_and_view(DataType type) {
        int n = 70_001;
        INDArray whole = Nd4j.valueArrayOf(new long[] {n + 30}, 9.0, type);
        Rademacher.fill(whole.get(NDArrayIndex.interval(10, 10 + n)), 6, 7, 8, 3);
        INDArray row = Nd4j.valueArrayOf(new long[] {1, 100}, 9.0, type);
        Rademacher.fill(row, 6, 7, 8, 3);
        INDArray strided = Nd4j.valueArrayOf(new long[] {100, 3}, 9.0, type);
        Rademacher.fill(strided.getColumn(1), 6, 7, 8, 3);

        double[] values = whole.castTo(DataType.DOUBLE).toDoubleVector();
        for (int i = 0; i < values.length; i++) {
            double expected = i < 10 || i >= 10 + n ? 9 : Rademacher.sign(6, 7, 8, i - 10 + 3L);
            assertThat(values[i]).as("element %d", i).isEqualTo(expected);
        }
        for (int i = 0; i < 100; i++) {
            assertThat(row.getDouble(0, i)).isEqualTo(Rademacher.sign(6, 7, 8, i + 3L));
            assertThat(strided.getDouble(i, 1)).isEqualTo(Rademacher.sign(6, 7, 8, i + 3L));
            assertThat(strided.getDouble(i, 0)).isEqualTo(9);
            assertThat(strided.getDouble(i, 2)).isEqualTo(9);
        }
    }

    /** Probes of one sign only would give the row sums, here 4.5, 5.5, 6.5. */
    @Test
    void should_recover_the_diagonal_of_a_matrix_that_is_not_diagonal() {
        double[][] h = {{1, 1.5, 2}, {1.5, 2, 2}, {2, 2, 2.5}};
        int probes = 20_000;
        double[] estimate = new double[3];
        for (int p = 0; p < probes; p++) {
            INDArray z = Nd4j.createUninitialized(DataType.DOUBLE, 3);
            Rademacher.fill(z, 99, 0, p, 0);
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    estimate[i] += z.getDouble(i) * h[i][j] * z.getDouble(j) / probes;
                }
            }
        }

        for (int i = 0; i < 3; i++) {
            assertThat(estimate[i]).isCloseTo(h[i][i], within(6 * Math.sqrt(8.0 / probes)));
        }
    }

    @Test
    void should_refuse_negative_numbers_and_arrays_that_are_not_flat() {
        INDArray out = Nd4j.create(DataType.FLOAT, 4);

        assertThatThrownBy(() -> Rademacher.fill(out, 0, -1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("iteration is -1, must be at or above 0");
        assertThatThrownBy(() -> Rademacher.fill(out, 0, 0, -2, 0)).hasMessage("probe is -2, must be at or above 0");
        assertThatThrownBy(() -> Rademacher.fill(out, 0, 0, 0, -3))
                .hasMessage("firstIndex is -3, must be at or above 0");
        assertThatThrownBy(() -> Rademacher.sign(0, 0, 0, -4)).hasMessage("index is -4, must be at or above 0");
        assertThatThrownBy(() -> Rademacher.fill(Nd4j.create(DataType.FLOAT, 2, 2), 0, 0, 0, 0))
                .hasMessageContaining("out has shape")
                .hasMessageContaining("must be a flat vector");
        assertThatThrownBy(() -> Rademacher.fill(Nd4j.create(DataType.INT32, 4), 0, 0, 0, 0))
                .hasMessageContaining("out has data type INT, must be DOUBLE, FLOAT, HALF or BFLOAT16");
    }
}
