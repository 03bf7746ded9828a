/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class NotFiniteTest {

    private static final int N = 1003;

    @ParameterizedTest
    @EnumSource(names = {"DOUBLE", "FLOAT", "HALF", "BFLOAT16"})
    void should_count_what_is_not_finite_wherever_it_is(DataType type) {
        INDArray vector = Nd4j.linspace(DataType.DOUBLE, -1, 1e-3, N).castTo(type);
        assertThat(NotFinite.count(vector)).isZero();
        for (int at : new int[] {0, 500, N - 1}) {
            for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
                INDArray one = vector.dup();
                one.putScalar(at, bad);
                assertThat(NotFinite.count(one)).as("%s at %s", bad, at).isEqualTo(1);
            }
        }
        // Infinities of both signs, which a plain sum would turn into something else.
        vector.putScalar(3, Double.POSITIVE_INFINITY).putScalar(4, Double.NEGATIVE_INFINITY);
        assertThat(NotFinite.count(vector)).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"DOUBLE", "FLOAT"})
    void should_not_take_an_overflowing_sum_for_infinity(DataType type) {
        INDArray large = Nd4j.valueArrayOf(new long[] {N}, type == DataType.FLOAT ? 3e38 : 1e308, type);
        assertThat(NotFinite.count(large)).isZero();
        assertThat(NotFinite.count(large.putScalar(N / 2, Double.NaN))).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"DOUBLE", "FLOAT"})
    void should_look_at_a_view_only(DataType type) {
        INDArray all = Nd4j.ones(type, 10);
        all.putScalar(2, Double.NaN).putScalar(7, Double.NaN);
        assertThat(NotFinite.count(all.get(NDArrayIndex.interval(3, 7)))).isZero();
        assertThat(NotFinite.count(all.get(NDArrayIndex.interval(3, 8)))).isEqualTo(1);
        INDArray column = all.reshape(5, 2).getColumn(1);
        assertThat(NotFinite.count(column)).isEqualTo(1);
        assertThat(NotFinite.count(all.reshape(5, 2))).isEqualTo(2);
    }
}
