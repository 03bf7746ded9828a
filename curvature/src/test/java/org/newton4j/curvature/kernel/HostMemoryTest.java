/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
