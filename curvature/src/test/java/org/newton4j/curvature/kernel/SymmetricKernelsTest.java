/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Products and updates of symmetric matrices against loops over single numbers. */
class SymmetricKernelsTest {

    private static final double OUTSIDE = 1e30;

    static Stream<Arguments> cases() {
        return Stream.of(DataType.FLOAT, DataType.DOUBLE)
                .flatMap(type -> Stream.of(1, 2, 31, 32, 33, 100)
                        .flatMap(n -> Stream.of(
                                Arguments.of("host", new HostSymmetric(new Workers(1)), type, n),
                                Arguments.of("host, 3 threads", new HostSymmetric(new Workers(3)), type, n),
                                Arguments.of("nd4j", new Nd4jSymmetric(), type, n))));
    }

    private static double[][] random(int rows, int columns, int seed) {
        Random random = new Random(seed);
        double[][] values = new double[rows][columns];
        for (double[] row : values) {
            for (int j = 0; j < columns; j++) {
                // Exact in FLOAT.
                row[j] = random.nextInt(2001) / 1024.0 - 1;
            }
        }
        return values;
    }

    private static double[][] symmetric(int n) {
        double[][] values = random(n, n, 5);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                values[i][j] = values[j][i];
            }
        }
        return values;
    }

    private static INDArray matrix(DataType type, double[][] values) {
        return Nd4j.createFromArray(values).castTo(type).dup('f');
    }

    /** What the host kernels must not read. */
    private static INDArray half(String name, DataType type, double[][] values) {
        INDArray m = matrix(type, values);
        if (name.startsWith("host")) {
            for (int i = 0; i < values.length; i++) {
                for (int j = 0; j < i; j++) {
                    m.putScalar(i, j, OUTSIDE);
                }
            }
        }
        return m;
    }

    /** A view with something before and behind it. */
    private static INDArray vector(DataType type, double[] values) {
        INDArray all = Nd4j.valueArrayOf(new long[] {values.length + 5}, OUTSIDE, type);
        INDArray view = all.get(NDArrayIndex.interval(3, 3 + values.length));
        return view.assign(Nd4j.createFromArray(values).castTo(type));
    }

    private static double[][] times(double[][] a, double[][] b, int inner) {
        double[][] product = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                for (int k = 0; k < inner; k++) {
                    product[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return product;
    }

    private static void assertClose(INDArray actual, double[][] expected, DataType type) {
        double[][] values = actual.castTo(DataType.DOUBLE).toDoubleMatrix();
        for (int i = 0; i < expected.length; i++) {
            assertThat(values[i]).containsExactly(expected[i], within(type == DataType.FLOAT ? 2e-5 : 1e-13));
        }
    }

    @ParameterizedTest(name = "{0}, {2}, {3}")
    @MethodSource("cases")
    void products_should_be_what_single_numbers_say(String name, SymmetricKernels kernels, DataType type, int n) {
        double[][] full = symmetric(n);
        INDArray m = half(name, type, full);
        double[] x = random(1, n, 6)[0];
        INDArray out = vector(type, new double[n]);
        kernels.multiply(m, vector(type, x), out);
        double[][] column = new double[n][1];
        for (int i = 0; i < n; i++) {
            column[i][0] = x[i];
        }
        assertClose(out.reshape(n, 1), times(full, column, n), type);

        double[][] tall = random(n, 7, 8);
        INDArray left = matrix(type, new double[n][7]);
        kernels.left(m, matrix(type, tall), left);
        assertClose(left, times(full, tall, n), type);
        double[][] wide = random(7, n, 9);
        INDArray right = matrix(type, new double[7][n]);
        kernels.right(matrix(type, wide), m, right);
        assertClose(right, times(wide, full, n), type);
    }

    @ParameterizedTest(name = "{0}, {2}, {3}")
    @MethodSource("cases")
    void an_update_should_write_what_single_numbers_say(String name, SymmetricKernels kernels, DataType type, int n) {
        double[][] full = symmetric(n);
        INDArray m = half(name, type, full);
        double[] u = random(1, n, 6)[0];
        kernels.update(m, 0.75, -0.25, vector(type, u), 0.5);
        kernels.complete(m);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                full[i][j] = 0.75 * full[i][j] - 0.25 * u[i] * u[j] + (i == j ? 0.5 : 0);
            }
        }
        assertClose(m, full, type);
        assertThat(m).isEqualTo(m.transpose());
    }

    @ParameterizedTest(name = "{0}, {2}, {3}")
    @MethodSource("cases")
    void a_formed_matrix_should_be_what_single_numbers_say(
            String name, SymmetricKernels kernels, DataType type, int n) {
        for (int count : new int[] {1, 3}) {
            double[][] columns = random(n, count, 4);
            double[][] expected = new double[n][n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    for (int k = 0; k < count; k++) {
                        expected[i][j] -= 0.75 * columns[i][k] * columns[j][k];
                    }
                }
                expected[i][i] += 1.5;
            }
            INDArray m = Nd4j.valueArrayOf(new long[] {n, n}, OUTSIDE, type).dup('f');
            kernels.form(matrix(type, columns), -0.75, 1.5, m);
            kernels.complete(m);
            assertClose(m, expected, type);
            assertThat(m).isEqualTo(m.transpose());
        }
    }

    @ParameterizedTest(name = "{0}, {2}, {3}")
    @MethodSource("cases")
    void numbers_should_be_those_of_the_entries(String name, SymmetricKernels kernels, DataType type, int n) {
        double[][] full = symmetric(n);
        double largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, Math.abs(full[i][i]));
        }
        assertThat(kernels.largestOfDiagonal(half(name, type, full))).isEqualTo(largest);
        double[] x = random(1, n, 2)[0];
        double[] y = random(1, n, 3)[0];
        x[n / 2] = -3;
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += x[i] * y[i];
        }
        assertThat(kernels.largest(vector(type, x))).isEqualTo(3);
        assertThat(kernels.dot(vector(type, x), vector(type, y))).isCloseTo(sum, within(1e-12));
    }

    @Test
    void a_matrix_that_lies_otherwise_should_go_to_nd4j() {
        INDArray dense = Nd4j.create(DataType.FLOAT, new long[] {4, 4}, 'f');
        assertThat(HostSymmetric.accepts(dense)).isTrue();
        assertThat(HostSymmetric.accepts(Nd4j.create(DataType.FLOAT, new long[] {4, 4}, 'c')))
                .isFalse();
        assertThat(HostSymmetric.accepts(dense.get(NDArrayIndex.interval(0, 3), NDArrayIndex.interval(0, 3))))
                .isFalse();
        assertThat(HostSymmetric.accepts(dense.castTo(DataType.HALF))).isFalse();
        assertThat(Kernels.symmetric(dense.castTo(DataType.HALF))).isInstanceOf(Nd4jSymmetric.class);
    }
}
