/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class Nd4jKernelsTest {

    private final StepKernels kernels = new Nd4jKernels();

    /** 1e-8 is 0 in HALF, and so is the square of 1e-5: computed in HALF this would divide 0 by 0. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"HALF", "BFLOAT16"})
    void should_compute_narrow_types_in_float(DataType type) {
        INDArray u = Nd4j.createFromArray(1e-5f, -2, 0, Float.NaN).castTo(type);
        INDArray m = Nd4j.zeros(type, 4);
        INDArray v = Nd4j.zeros(type, 4);
        INDArray previous = Nd4j.createFromArray(1e-5f, -2, 0, 7).castTo(type);

        assertThat(kernels.diffGrad(u, m, v, previous, 1, 0.5, 0.75, 1e-8)).isEqualTo(1);

        // m' = g / 2, sqrt(v') = |g| / 2, xi = 1 / 2
        assertThat(u.getDouble(0)).isCloseTo(0.5, within(0.01));
        assertThat(u.getDouble(1)).isCloseTo(-0.5, within(0.005));
        assertThat(u.getDouble(2)).isZero();
        assertThat(u.getDouble(3)).isZero();
        assertThat(m.getDouble(1)).isEqualTo(-1);
        assertThat(v.getDouble(1)).isEqualTo(1);
        assertThat(previous.getDouble(3)).isEqualTo(7);
    }

    @Test
    void should_write_through_strided_views() {
        INDArray wholeG = Nd4j.valueArrayOf(new long[] {50, 3}, 9.0, DataType.FLOAT);
        INDArray wholeM = Nd4j.valueArrayOf(new long[] {50, 3}, 9.0, DataType.FLOAT);
        wholeG.getColumn(1).assign(Nd4j.arange(-25, 25).castTo(DataType.FLOAT));
        wholeM.getColumn(2).assign(0);

        kernels.lion(wholeG.getColumn(1), wholeM.getColumn(2), 0.25, 0.5, 0.5);

        for (int i = 0; i < 50; i++) {
            assertThat(wholeG.getDouble(i, 1)).isEqualTo(0.25 * Math.signum(i - 25));
            assertThat(wholeM.getDouble(i, 2)).isEqualTo((i - 25) / 2.0);
            assertThat(wholeG.getDouble(i, 0)).isEqualTo(9);
            assertThat(wholeG.getDouble(i, 2)).isEqualTo(9);
            assertThat(wholeM.getDouble(i, 0)).isEqualTo(9);
            assertThat(wholeM.getDouble(i, 1)).isEqualTo(9);
        }
    }

    @Test
    void should_take_a_row_of_state_beside_a_flat_gradient() {
        INDArray u = Nd4j.createFromArray(2.0, -4.0);
        INDArray m = Nd4j.zeros(DataType.DOUBLE, 1, 2);

        kernels.lion(u, m, 0.25, 0.5, 0.5);

        assertThat(u.toDoubleVector()).containsExactly(0.25, -0.25);
        assertThat(m.toDoubleVector()).containsExactly(1, -2);
    }

    @Test
    void should_step_sophia_in_float_for_half() {
        INDArray u = Nd4j.createFromArray(1f, -2, 0, Float.NaN).castTo(DataType.HALF);
        INDArray m = Nd4j.zeros(DataType.HALF, 4);
        INDArray h = Nd4j.createFromArray(0f, 64, 1, 1).castTo(DataType.HALF);

        StepCounts counts = kernels.sophia(u, m, h, null, 0.5, 0.5, 0.5, 0.25);

        // r is huge, 1 / 16, 0; the fourth is left out.
        assertThat(counts).isEqualTo(new StepCounts(1, 2));
        assertThat(u.castTo(DataType.DOUBLE).toDoubleVector()).containsExactly(0.5, -0.03125, 0, 0);
        assertThat(m.castTo(DataType.DOUBLE).toDoubleVector()).containsExactly(0.5, -1, 0, 0);
    }
}
