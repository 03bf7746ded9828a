/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Sums over the first axis against loops over single numbers. */
class ColumnSumsTest {

    @ParameterizedTest
    @CsvSource({
        "FLOAT,1,1,1", "FLOAT,17,3,1", "FLOAT,33,1025,1", "FLOAT,200,1500,3",
        "DOUBLE,1,1,1", "DOUBLE,17,3,1", "DOUBLE,33,1025,1", "DOUBLE,200,1500,3"
    })
    void each_should_be_that_of_its_column(DataType type, int count, int n, int threads) {
        Random random = new Random(4);
        double[][] values = new double[count][n];
        double[] expected = new double[n];
        for (double[] row : values) {
            for (int j = 0; j < n; j++) {
                // Exact in FLOAT.
                row[j] = random.nextInt(2001) / 1024.0 - 1;
                expected[j] += row[j];
            }
        }
        INDArray rows = Nd4j.createFromArray(values).castTo(type);
        assertThat(ColumnSums.accepts(rows)).isTrue();
        assertThat(ColumnSums.of(rows, new Workers(threads))).containsExactly(expected, within(1e-12));
        // Whatever lies otherwise takes the other way.
        INDArray columns = rows.dup('f');
        assertThat(ColumnSums.accepts(columns)).isEqualTo(count == 1 || n == 1);
        assertThat(Kernels.columnSums(columns)).containsExactly(expected, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"FLOAT", "DOUBLE"})
    void images_should_be_summed_in_the_order_of_c(DataType type) {
        INDArray images = Nd4j.arange(48).castTo(type).reshape(2, 2, 3, 4);
        double[] expected = new double[24];
        Arrays.setAll(expected, j -> j + (24 + j));
        assertThat(Kernels.columnSums(images)).containsExactly(expected);
        assertThat(Kernels.columnSums(images.permute(0, 1, 3, 2).dup('c').permute(0, 1, 3, 2)))
                .containsExactly(expected);
    }

    @ParameterizedTest
    @CsvSource({"NaN", "Infinity"})
    void what_is_not_finite_should_stay_visible(double value) {
        INDArray rows = Nd4j.create(DataType.FLOAT, 20, 3);
        rows.putScalar(18, 1, value);
        double[] sums = Kernels.columnSums(rows);
        assertThat(sums[0]).isZero();
        assertThat(Double.valueOf(sums[1])).isEqualTo(Double.valueOf(value));
        assertThat(sums[2]).isZero();
    }
}
