/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class SpatialAverageTest {

    @Test
    void should_average_absolute_values_over_neighbours_when_the_window_trails() {
        INDArray diagonal = Nd4j.createFromArray(1.0, -3.0, 5.0, -7.0, 0.0, 6.0);

        SpatialAverage.apply(diagonal, new ParameterLayout.Window(3, false));

        assertThat(diagonal.toDoubleVector()).containsExactly(3, 3, 3, 13 / 3.0, 13 / 3.0, 13 / 3.0);
    }

    @Test
    void should_average_over_entries_that_lie_apart_when_the_window_leads() {
        INDArray diagonal = Nd4j.createFromArray(1.0, -3.0, 5.0, -7.0, 0.0, 6.0);

        SpatialAverage.apply(diagonal, new ParameterLayout.Window(3, true));

        assertThat(diagonal.toDoubleVector()).containsExactly(2, 16 / 3.0, 2, 16 / 3.0, 2, 16 / 3.0);
    }

    @Test
    void should_only_take_absolute_values_where_there_is_no_kernel() {
        INDArray diagonal = Nd4j.createFromArray(1f, -3f, -0f);

        SpatialAverage.apply(diagonal, ParameterLayout.Window.NONE);

        assertThat(diagonal.toFloatVector()).containsExactly(1, 3, 0);
    }

    @Test
    void should_leave_the_surroundings_of_a_view_alone() {
        INDArray all = Nd4j.createFromArray(-9.0, -1.0, 3.0, -9.0).castTo(DataType.FLOAT);

        SpatialAverage.apply(all.get(NDArrayIndex.interval(1, 3)), new ParameterLayout.Window(2, false));

        assertThat(all.toFloatVector()).containsExactly(-9, 2, 2, -9);
    }
}
