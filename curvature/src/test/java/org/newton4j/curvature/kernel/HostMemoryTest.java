/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class HostMemoryTest {

    @Test
    void should_open_a_window_of_exactly_the_elements_asked_for() {
        INDArray view = Nd4j.arange(100).castTo(DataType.FLOAT).get(NDArrayIndex.interval(30, 60));

        ByteBuffer window = HostMemory.window(view, 3, 5);

        assertThat(window.position()).isZero();
        assertThat(window.capacity()).isEqualTo(5 * Float.BYTES);
        assertThat(window.order()).isEqualTo(ByteOrder.nativeOrder());
        assertThat(window.asFloatBuffer().get(0)).isEqualTo(33);
        window.asFloatBuffer().put(4, -1);
        assertThat(view.getFloat(7)).isEqualTo(-1);
    }

    @Test
    void should_find_the_first_element_of_any_view() {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE, DataType.BFLOAT16)) {
            INDArray base = Nd4j.zeros(type, 1, 1000);
            INDArray view = base.get(NDArrayIndex.point(0), NDArrayIndex.interval(100, 900));
            INDArray matrix = view.get(NDArrayIndex.interval(10, 500)).reshape(10, 49);
            INDArray rows = matrix.get(NDArrayIndex.interval(2, 7), NDArrayIndex.all());
            for (INDArray array : List.of(base, view, matrix, rows, rows.getRow(2), rows.getColumn(3), rows.dup())) {
                assertThat(HostMemory.address(array))
                        .isEqualTo(array.data().addressPointer().address());
            }
        }
    }

    @Test
    void should_keep_a_window_and_follow_the_view() {
        INDArray all = Nd4j.arange(100).castTo(DataType.FLOAT);
        INDArray view = all.get(NDArrayIndex.interval(30, 60));

        Windows.Window window = Windows.of(view, 3, 5);

        assertThat(Windows.of(all, 33, 5)).isSameAs(window);
        assertThat(Windows.of(all, 33, 6)).isNotSameAs(window);
        assertThat(Windows.of(all, 34, 5)).isNotSameAs(window);
        assertThat(window.floats.get(0)).isEqualTo(33);
        for (int i = 0; i < 50; i++) {
            assertThat(Windows.of(all, i, 7).floats.get(0)).isEqualTo(i);
        }
        assertThat(Windows.of(view, 3, 5).floats.get(4)).isEqualTo(37);
    }

    @Test
    void should_tell_dense_vectors_from_strided_ones() {
        INDArray matrix = Nd4j.zeros(DataType.DOUBLE, 4, 3);

        assertThat(HostMemory.isDense(matrix.getRow(1))).isTrue();
        assertThat(HostMemory.isDense(Nd4j.zeros(1, 7))).isTrue();
        assertThat(HostMemory.isDense(Nd4j.zeros(7, 1))).isTrue();
        assertThat(HostMemory.isDense(matrix.getColumn(1))).isFalse();
        assertThat(HostMemory.isDense(matrix.getColumn(1, true))).isFalse();
        assertThat(HostMemory.isDense(Nd4j.zeros(100).get(NDArrayIndex.interval(0, 2, 100))))
                .isFalse();
        assertThat(HostMemory.isDense(Nd4j.scalar(2.0))).isTrue();
    }
}
