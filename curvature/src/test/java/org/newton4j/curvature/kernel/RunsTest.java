/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Copies of runs, within one type and between two, and numbers written into vectors. */
class RunsTest {

    /** A view with something before and behind it. */
    private static INDArray view(DataType type, int length, int first) {
        INDArray all = Nd4j.arange(first - 2, first + length + 3).castTo(type);
        return all.get(NDArrayIndex.interval(2, 2 + length));
    }

    @ParameterizedTest
    @CsvSource({"FLOAT,FLOAT", "DOUBLE,DOUBLE", "FLOAT,DOUBLE", "DOUBLE,FLOAT", "FLOAT,HALF", "HALF,FLOAT"})
    void parts_of_runs_should_be_copied_and_the_rest_left(DataType from, DataType to) {
        INDArray source = view(from, 12, 100);
        INDArray target = view(to, 20, 200);
        Runs.copy(source, 1, target, 2, 2, 4);
        double[] expected = new double[20];
        for (int i = 0; i < 20; i++) {
            int run = i / 5;
            int place = i % 5;
            expected[i] = place == 2 || place == 3 ? 100 + run * 3 + (place - 1) : 200 + i;
        }
        assertThat(target.castTo(DataType.DOUBLE).toDoubleVector()).containsExactly(expected);
        assertThat(source).isEqualTo(view(from, 12, 100));
    }

    @ParameterizedTest
    @CsvSource({"FLOAT,FLOAT", "DOUBLE,DOUBLE", "FLOAT,DOUBLE", "HALF,FLOAT"})
    void single_numbers_should_be_copied_and_the_rest_left(DataType from, DataType to) {
        INDArray source = view(from, 12, 100);
        INDArray target = view(to, 8, 200);
        Runs.copy(source, 2, target, 1, 1, 4);
        assertThat(target.castTo(DataType.DOUBLE).toDoubleVector())
                .containsExactly(200, 102, 202, 105, 204, 108, 206, 111);
    }

    @Test
    void parts_outside_of_their_runs_should_be_refused() {
        INDArray six = view(DataType.FLOAT, 6, 0);
        INDArray eight = view(DataType.FLOAT, 8, 0);
        assertThatThrownBy(() -> Runs.copy(six, 2, eight, 0, 2, 2)).hasMessageContaining("from has 6 entries");
        assertThatThrownBy(() -> Runs.copy(six, 0, eight, 3, 2, 2)).hasMessageContaining("to has 8 entries");
        assertThatThrownBy(() -> Runs.copy(six, 0, eight, 0, 1, 4)).hasMessageContaining("4 runs");
        assertThatThrownBy(() -> Runs.copy(six, -1, eight, 0, 1, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThat(eight).isEqualTo(view(DataType.FLOAT, 8, 0));
    }

    @ParameterizedTest
    @CsvSource({"FLOAT", "DOUBLE"})
    void numbers_should_be_scaled_and_the_rest_left(DataType type) {
        INDArray target = view(type, 4, 10);
        Runs.store(new double[] {1, 2, 3}, 0.5, target);
        assertThat(target.toDoubleVector()).containsExactly(0.5, 1, 1.5, 13);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT", "DOUBLE"})
    void numbers_should_be_read(DataType type) {
        assertThat(Runs.load(view(type, 4, 10))).containsExactly(10, 11, 12, 13);
        INDArray strided = Nd4j.arange(0, 8).castTo(type).reshape('f', 2, 4).getRow(1);
        assertThat(Runs.load(strided)).containsExactly(1, 3, 5, 7);
    }
}
