/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Products with stacks of rows against loops over single numbers, and bit against bit. */
class RowProductsTest {

    private static final List<DataType> STORAGE = List.of(DataType.FLOAT, DataType.DOUBLE, DataType.BFLOAT16);

    private static Map<String, Function<INDArray, RowProducts>> implementations() {
        Map<String, Function<INDArray, RowProducts>> all = new LinkedHashMap<>(host(HostKernels.WINDOW));
        all.put("nd4j", Nd4jRows::new);
        return all;
    }

    private static Map<String, Function<INDArray, RowProducts>> host(int window) {
        Map<String, Function<INDArray, RowProducts>> all = new LinkedHashMap<>();
        for (int threads : new int[] {1, 3}) {
            all.put("java" + threads, rows -> new JavaKernels(new Workers(threads), window).rows(rows));
            if (KernelChoice.vectorObstacle() == null) {
                all.put(
                        "vector" + threads,
                        rows -> ((HostKernels) KernelChoice.vector(new Workers(threads), window)).rows(rows));
            }
        }
        return all;
    }

    static Stream<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        int[][] sizes = {
            {1, 1}, {3, 1}, {1, 7}, {5, 15}, {4, 16}, {6, 17}, {9, 100}, {2, 4095}, {7, 4099}, {17, 16_403}, {3, 70_003}
        };
        for (DataType storage : STORAGE) {
            for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
                for (int[] size : sizes) {
                    cases.add(Arguments.of(storage, type, size[0], size[1]));
                }
            }
        }
        return cases.stream();
    }

    private static INDArray gaussian(DataType type, long seed, long... shape) {
        Random random = new Random(seed);
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array.castTo(type);
    }

    /** Rows behind an offset, with numbers of {@code storage} without rounding. */
    private static INDArray rows(DataType storage, int m, int d) {
        INDArray whole = Nd4j.create(storage, new long[] {m + 1L, d}, 'c');
        INDArray values = gaussian(DataType.DOUBLE, 3, m + 1L, d);
        RowProducts writer = new JavaKernels(new Workers(1)).rows(whole);
        for (int i = 0; i <= m; i++) {
            writer.insert(i, values.getRow(i), 1);
        }
        return whole.get(NDArrayIndex.interval(1, m + 1), NDArrayIndex.all());
    }

    private static double[][] values(INDArray rows) {
        double[][] values = new double[(int) rows.size(0)][];
        for (int i = 0; i < values.length; i++) {
            values[i] = rows.getRow(i).dup().castTo(DataType.DOUBLE).toDoubleVector();
        }
        return values;
    }

    private static double rounded(DataType storage, double value) {
        return switch (storage) {
            case DOUBLE -> value;
            case FLOAT -> (float) value;
            default -> Bfloat16.toFloat(Bfloat16.of((float) value));
        };
    }

    @ParameterizedTest
    @MethodSource("cases")
    void should_be_what_single_numbers_say(DataType storage, DataType type, int m, int d) {
        INDArray source = rows(storage, m, d);
        double[][] g = values(source);
        INDArray x = gaussian(type, 4, d);
        double[] c = gaussian(DataType.DOUBLE, 5, m).toDoubleVector();
        implementations().forEach((name, of) -> {
            INDArray rows = source.dup('c');
            RowProducts products = of.apply(rows);
            int count = Math.max(1, m - 1);
            assertDots(products.dots(count, x), g, x.toDoubleVector(), count);

            INDArray out = Nd4j.create(type, d);
            products.combine(-0.5, x, c, out);
            INDArray alone = Nd4j.create(type, d);
            products.combine(7, null, c, alone);
            // Beside BFLOAT16 rows the coefficients are rounded to 45 bits.
            double exact = storage == DataType.BFLOAT16 ? 0x1p-45 : 1e-14;
            double tolerance = type == DataType.FLOAT ? 1e-6 : exact;
            for (int j = 0; j < d; j += 1 + d / 100) {
                double sum = 0;
                double size = Math.abs(x.getDouble(j));
                for (int i = 0; i < m; i++) {
                    sum += c[i] * g[i][j];
                    size += Math.abs(c[i] * g[i][j]);
                }
                assertThat(Math.abs(alone.getDouble(j) - sum)).as(name).isLessThanOrEqualTo(tolerance * size);
                assertThat(Math.abs(out.getDouble(j) - sum + 0.5 * x.getDouble(j)))
                        .as(name)
                        .isLessThanOrEqualTo(tolerance * size);
            }

            int slot = m / 2;
            double[] dots = products.insert(slot, x, m);
            double[][] after = values(rows);
            for (int j = 0; j < d; j++) {
                assertThat(after[slot][j]).as(name).isEqualTo(rounded(storage, x.getDouble(j)));
            }
            assertDots(dots, after, after[slot], m);
            for (int i = 0; i < m; i++) {
                if (i != slot) {
                    assertThat(after[i]).as("row %d of %s", i, name).isEqualTo(g[i]);
                }
            }
        });
    }

    private static void assertDots(double[] dots, double[][] g, double[] x, int count) {
        assertThat(dots).hasSize(count);
        for (int i = 0; i < count; i++) {
            double sum = 0;
            double size = 0;
            for (int j = 0; j < x.length; j++) {
                sum += g[i][j] * x[j];
                size += Math.abs(g[i][j] * x[j]);
            }
            assertThat(Math.abs(dots[i] - sum)).isLessThanOrEqualTo(1e-13 * size);
        }
    }

    /** Nineteen rows: two full sets of eight and a rest. Windows of one block show the seams. */
    @Test
    void should_give_the_same_bits_with_any_kernel_threads_and_windows_of_whole_blocks() {
        int d = 300_021;
        for (DataType storage : STORAGE) {
            INDArray source = rows(storage, 19, d);
            INDArray x = gaussian(DataType.FLOAT, 4, d);
            double[] c = gaussian(DataType.DOUBLE, 5, 19).toDoubleVector();
            Map<String, Function<INDArray, RowProducts>> all = host(HostKernels.WINDOW);
            double[][] expected = null;
            for (Map.Entry<String, Function<INDArray, RowProducts>> entry : all.entrySet()) {
                double[][] result = everything(entry.getValue().apply(source.dup('c')), x, c);
                if (expected == null) {
                    expected = result;
                }
                for (int a = 0; a < result.length; a++) {
                    assertThat(result[a]).as(storage + " " + entry.getKey()).isEqualTo(expected[a]);
                }
            }
            double[][] whole = expected;
            host(RowProducts.BLOCK).forEach((name, of) -> {
                double[][] parts = everything(of.apply(source.dup('c')), x, c);
                // Sums meet in another order, the rest does not.
                assertThat(parts[3]).as(name).isEqualTo(whole[3]);
                assertThat(parts[2][0])
                        .as(name)
                        .isCloseTo(whole[2][0], org.assertj.core.data.Percentage.withPercentage(1e-9));
            });
        }
    }

    private static double[][] everything(RowProducts products, INDArray x, double[] c) {
        INDArray out = x.dup();
        double[] dots = products.dots(19, out);
        double[] few = products.dots(3, out);
        double[] inserted = products.insert(6, x, 19);
        products.combine(0.3, out, c, out);
        return new double[][] {dots, few, inserted, out.toDoubleVector()};
    }

    @Test
    void should_round_to_nearest_with_ties_to_even_and_stay_finite() {
        float tie = Float.intBitsToFloat(0x3f808000);
        float tieUp = Float.intBitsToFloat(0x3f818000);
        float above = Float.intBitsToFloat(0x3f808001);
        float[] in = {1, tie, tieUp, above, -tieUp, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -0f, 3e-39f};
        float largest = Float.intBitsToFloat(0x7f7f0000);
        float[] expected = {
            1,
            1,
            Float.intBitsToFloat(0x3f820000),
            Float.intBitsToFloat(0x3f810000),
            -Float.intBitsToFloat(0x3f820000),
            largest,
            -largest,
            0,
            -0f,
            Float.intBitsToFloat(0x00210000)
        };
        int d = 40;
        implementations().forEach((name, of) -> {
            INDArray rows = Nd4j.create(DataType.BFLOAT16, new long[] {1, d}, 'c');
            INDArray x = Nd4j.create(DataType.FLOAT, d);
            for (int j = 0; j < d; j++) {
                x.putScalar(j, in[j % in.length]);
            }
            of.apply(rows).insert(0, x, 1);
            double[] stored = values(rows)[0];
            for (int j = 0; j < d; j++) {
                assertThat(stored[j]).as("%s, %s", name, in[j % in.length]).isEqualTo(expected[j % in.length]);
            }
        });
        assertThat(Bfloat16.of(1e-40f)).isEqualTo((short) 1);
    }

    @Test
    void should_read_and_write_vectors_with_gaps() {
        INDArray rows = rows(DataType.FLOAT, 4, 50);
        INDArray table = gaussian(DataType.FLOAT, 1, 50, 3);
        INDArray column = table.getColumn(1);
        double[] c = {1, 2, 3, 4};
        RowProducts products = Kernels.rows(rows);
        INDArray out = Nd4j.create(DataType.FLOAT, 50);
        products.combine(2, column, c, out);
        double[] dots = products.dots(4, column.dup());
        assertThat(products.dots(4, column)).isEqualTo(dots);
        products.combine(2, column, c, column);
        assertThat(column.dup()).isEqualTo(out);
        assertThat(table.getColumn(0).dup())
                .isEqualTo(gaussian(DataType.FLOAT, 1, 50, 3).getColumn(0).dup());
    }

    @Test
    void should_refuse_what_is_no_stack_of_rows() {
        assertThatThrownBy(() -> Kernels.rows(Nd4j.create(DataType.HALF, 2, 3))).hasMessageContaining("HALF");
        assertThatThrownBy(() -> Kernels.rows(Nd4j.create(DataType.FLOAT, 6))).hasMessageContaining("[m, d]");
        assertThatThrownBy(() -> Kernels.rows(Nd4j.create(DataType.FLOAT, 2, 3).transpose()))
                .hasMessageContaining("dup('c')");
    }
}
