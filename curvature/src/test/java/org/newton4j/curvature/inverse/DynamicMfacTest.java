/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.curvature.testing.TestMatrices.apply;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.relativeToMax;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DynamicMfacTest {

    @ParameterizedTest
    @CsvSource({
        "DOUBLE,4,20,1e-5,1e-8",
        "DOUBLE,5,20,0.1,1e-12",
        "DOUBLE,1,7,1e-3,1e-10",
        "DOUBLE,9,1,1e-2,1e-10",
        "FLOAT,4,20,1e-5,1e-4",
        "FLOAT,33,20,1e-2,1e-5"
    })
    void should_equal_the_dense_inverse_while_filling_and_wrapping(
            DataType type, int m, int d, double damping, double tolerance) {
        DynamicMfac mfac = new DynamicMfac(d, m, damping, type);
        INDArray grads = gaussian(type, 3, 2 * m + 3, d);
        INDArray x = gaussian(type, 4, d);
        assertThat(relativeToMax(apply(mfac, x), x.mul(1 / damping))).isLessThan(1e-6);
        for (int t = 0; t < grads.size(0); t++) {
            INDArray g = grads.getRow(t);
            mfac.insert(g);
            INDArray fisher = Nd4j.eye(d).castTo(DataType.DOUBLE).muli(damping);
            for (int i = Math.max(0, t - m + 1); i <= t; i++) {
                INDArray row = grads.getRow(i).castTo(DataType.DOUBLE).reshape(1, d);
                // The divisor is m from the start, as in the reference.
                fisher.addi(row.transpose().mmul(row).divi(m));
            }
            INDArray truth = Cholesky.of(fisher, 0).inverse(DataType.DOUBLE);
            assertThat(relativeToMax(apply(mfac, x), times(truth, x))).isLessThan(tolerance);
            INDArray newest = g.dup();
            mfac.multiplyNewest(newest);
            assertThat(relativeToMax(newest, times(truth, g))).isLessThan(tolerance);
        }
        assertThat(mfac.inserted()).isEqualTo(2L * m + 3);
    }

    @Test
    void should_keep_the_digits_of_the_newest_gradient_at_tiny_damping() {
        // Woodbury's difference loses |g|^2 / (m damping) = 2e9 here: nothing of FLOAT would be left of it.
        int d = 100_000;
        DynamicMfac mfac = new DynamicMfac(d, 2, 1e-5, DataType.FLOAT);
        INDArray g = gaussian(DataType.FLOAT, 1, d);
        mfac.insert(g);
        INDArray out = Nd4j.create(DataType.FLOAT, d);
        mfac.multiplyNewest(out);
        double square = 0;
        for (int i = 0; i < d; i++) {
            square += g.getDouble(i) * g.getDouble(i);
        }
        assertThat(relativeToMax(out, g.castTo(DataType.DOUBLE).divi(1e-5 + square / 2)))
                .isLessThan(1e-6);
    }

    @Test
    void D10_saved_and_loaded_window_gives_the_same_bits() {
        for (int before : new int[] {3, 8, 13}) {
            DynamicMfac mfac = new DynamicMfac(1_000, 8, 1e-4, DataType.FLOAT);
            INDArray grads = gaussian(DataType.FLOAT, 5, before + 4, 1_000);
            for (int t = 0; t < before; t++) {
                mfac.insert(grads.getRow(t));
            }
            MfacState state = mfac.state();
            DynamicMfac resumed = new DynamicMfac(
                    new MfacState(state.window().dup(), state.gram().dup(), state.inserted(), state.damping()));
            INDArray x = gaussian(DataType.FLOAT, 6, 1_000);
            assertThat(apply(resumed, x)).isEqualTo(apply(mfac, x));
            for (int t = before; t < before + 4; t++) {
                mfac.insert(grads.getRow(t));
                resumed.insert(grads.getRow(t));
                INDArray one = Nd4j.create(DataType.FLOAT, 1_000);
                INDArray two = Nd4j.create(DataType.FLOAT, 1_000);
                mfac.multiplyNewest(one);
                resumed.multiplyNewest(two);
                assertThat(two).isEqualTo(one);
            }
        }
    }

    @Test
    void should_live_outside_the_workspace_it_was_made_in() {
        INDArray g = gaussian(DataType.DOUBLE, 1, 50);
        DynamicMfac mfac;
        try (MemoryWorkspace inside = Nd4j.getWorkspaceManager()
                .getAndActivateWorkspace(WorkspaceConfiguration.builder().build(), "TEST")) {
            mfac = new DynamicMfac(50, 3, 0.1, DataType.DOUBLE);
            mfac.insert(g);
            assertThat(inside.isScopeActive()).isTrue();
        }
        assertThat(mfac.state().window().isAttached()).isFalse();
        assertThat(mfac.state().window().getRow(0).dup()).isEqualTo(g);
    }

    @Test
    void should_refuse_a_gradient_that_is_not_finite_and_stay_as_it_was() {
        DynamicMfac mfac = new DynamicMfac(3, 2, 0.1, DataType.DOUBLE);
        INDArray g = Nd4j.createFromArray(1.0, 2.0, 3.0);
        mfac.insert(g);
        INDArray before = apply(mfac, g);
        assertThatThrownBy(() -> mfac.insert(Nd4j.createFromArray(1.0, Double.NaN, 0.0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("norm NaN");
        assertThat(apply(mfac, g)).isEqualTo(before);
        assertThat(mfac.inserted()).isEqualTo(1);
    }

    @Test
    void should_refuse_bad_arguments() {
        assertThatThrownBy(() -> new DynamicMfac(3, 0, 0.1, DataType.FLOAT))
                .hasMessageContaining("m must be at least 1");
        assertThatThrownBy(() -> new DynamicMfac(3, 2, Double.NaN, DataType.FLOAT))
                .hasMessageContaining("damping must be finite and greater than 0, but is NaN");
        assertThatThrownBy(() -> new DynamicMfac(3, 2, 1, DataType.HALF)).hasMessageContaining("HALF");
        assertThatThrownBy(() -> new DynamicMfac(3, 2, 1, DataType.FLOAT).multiplyNewest(Nd4j.ones(3)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("empty");
        assertThatThrownBy(() -> new DynamicMfac(3, 2, 1, DataType.FLOAT).insert(Nd4j.ones(DataType.DOUBLE, 3)))
                .hasMessageContaining("gradient is DOUBLE but window is FLOAT");
    }

    private static INDArray times(INDArray matrix, INDArray x) {
        return matrix.mmul(x.castTo(DataType.DOUBLE).reshape(x.length(), 1)).reshape(new long[] {x.length()});
    }
}
