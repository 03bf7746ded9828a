/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class GradientRowsTest {

    /** The three ways through memory: pieces of one row, blocks of rows, everything at once (DOUBLE). */
    @ParameterizedTest
    @CsvSource({"FLOAT,3,70001", "FLOAT,9,10001", "FLOAT,50,1", "FLOAT,1,40000", "DOUBLE,3,70001", "DOUBLE,1,5"})
    void should_accumulate_in_double(DataType type, int m, int d) {
        INDArray g = gaussian(type, 7, m, d);
        INDArray x = gaussian(type, 8, d);
        GradientRows rows = new GradientRows(g);
        double[] c = rows.dots(x);
        for (int i = 0; i < m; i++) {
            double sum = 0;
            double size = 0;
            for (int j = 0; j < d; j++) {
                sum += g.getDouble(i, j) * x.getDouble(j);
                size += Math.abs(g.getDouble(i, j) * x.getDouble(j));
            }
            assertThat(Math.abs(c[i] - sum)).isLessThan(1e-13 * size);
        }
        INDArray out = Nd4j.create(type, d);
        rows.combine(-0.5, x, c, out);
        INDArray alone = Nd4j.create(type, d);
        rows.combine(1, null, c, alone);
        for (int j = 0; j < d; j += 1 + d / 50) {
            double sum = 0;
            for (int i = 0; i < m; i++) {
                sum += c[i] * g.getDouble(i, j);
            }
            double tolerance = (type == DataType.FLOAT ? 1e-7 : 1e-13) * (Math.abs(sum) + Math.abs(c[0]) + 1);
            assertThat(Math.abs(alone.getDouble(j) - sum)).isLessThan(tolerance);
            assertThat(Math.abs(out.getDouble(j) - sum + 0.5 * x.getDouble(j))).isLessThan(tolerance);
        }
    }

    @Test
    void should_combine_in_place() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            INDArray g = gaussian(type, 1, 2, 40_000);
            INDArray x = gaussian(type, 2, 40_000);
            double[] c = {0.25, -3};
            INDArray apart = Nd4j.create(type, 40_000);
            new GradientRows(g).combine(2, x, c, apart);
            new GradientRows(g).combine(2, x, c, x);
            assertThat(x).isEqualTo(apart);
        }
    }
}
