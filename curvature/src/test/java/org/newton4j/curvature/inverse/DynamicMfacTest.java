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
        for (DataType storage : new DataType[] {DataType.FLOAT, DataType.BFLOAT16}) {
            for (int before : new int[] {3, 8, 13}) {
                resumeAfter(before, storage);
            }
        }
    }

    private static void resumeAfter(int before, DataType storage) {
        DynamicMfac mfac = new DynamicMfac(1_000, 8, 1e-4, storage);
        INDArray grads = gaussian(DataType.FLOAT, 5, before + 4, 1_000);
        for (int t = 0; t < before; t++) {
            mfac.insert(grads.getRow(t));
        }
        MfacState state = mfac.state();
        DynamicMfac resumed = new DynamicMfac(
                new MfacState(state.window().dup(), state.gram(), state.factor(), state.inserted(), state.damping()));
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

    /** What is inverted is the Fisher matrix of the rounded gradients. */
    @Test
    void a_narrow_window_should_be_the_inverse_of_its_rounded_rows() {
        int m = 6;
        int d = 40;
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (DataType storage : new DataType[] {DataType.FLOAT, DataType.BFLOAT16}) {
                DynamicMfac mfac = new DynamicMfac(d, m, 1e-3, storage);
                INDArray grads = gaussian(type, 3, 2 * m, d);
                for (int t = 0; t < 2 * m; t++) {
                    mfac.insert(grads.getRow(t));
                }
                INDArray rounded = mfac.state().window().castTo(DataType.DOUBLE);
                INDArray fisher = rounded.transpose()
                        .mmul(rounded)
                        .divi(m)
                        .addi(Nd4j.eye(d).castTo(DataType.DOUBLE).muli(1e-3));
                INDArray truth = Cholesky.of(fisher, 0).inverse(DataType.DOUBLE);
                INDArray x = gaussian(type, 4, d);
                double tolerance = type == DataType.FLOAT ? 1e-6 : 1e-11;
                assertThat(relativeToMax(apply(mfac, x), times(truth, x))).isLessThan(tolerance);
                INDArray newest = Nd4j.create(type, d);
                mfac.multiplyNewest(newest);
                assertThat(relativeToMax(
                                newest,
                                times(truth, rounded.getRow((2 * m - 1) % m).dup())))
                        .isLessThan(tolerance);
            }
        }
    }

    /** The numbers of the Javadoc. */
    @Test
    void the_effect_of_BFLOAT16_should_be_as_documented() {
        int d = 20_000;
        DynamicMfac wide = new DynamicMfac(d, 32, 1e-2, DataType.FLOAT);
        DynamicMfac narrow = new DynamicMfac(d, 32, 1e-2, DataType.BFLOAT16);
        INDArray grads = gaussian(DataType.FLOAT, 3, 40, d);
        INDArray one = Nd4j.create(DataType.FLOAT, d);
        INDArray two = Nd4j.create(DataType.FLOAT, d);
        for (int t = 0; t < 40; t++) {
            wide.insert(grads.getRow(t));
            narrow.insert(grads.getRow(t));
        }
        wide.multiplyNewest(one);
        narrow.multiplyNewest(two);
        double off =
                one.sub(two).norm2Number().doubleValue() / one.norm2Number().doubleValue();
        double cosine = Nd4j.getBlasWrapper().dot(one, two)
                / one.norm2Number().doubleValue()
                / two.norm2Number().doubleValue();
        assertThat(off).isBetween(0.0015, 0.0018);
        assertThat(cosine).isGreaterThan(0.999998);
    }

    /** The factor is brought up to date step by step; nothing may pile up. */
    @ParameterizedTest
    @CsvSource({"1e-5,1", "1e-2,1", "1e-3,1e3"})
    void a_long_run_should_be_as_good_as_a_fresh_factor(double damping, double scale) {
        int m = 24;
        int d = 30;
        DynamicMfac mfac = new DynamicMfac(d, m, damping, DataType.DOUBLE);
        INDArray grads = gaussian(DataType.DOUBLE, 3, 50 * m + 7, d);
        for (int t = 0; t < grads.size(0); t++) {
            // Sizes that rise and fall by 1e6 along the run.
            mfac.insert(grads.getRow(t).mul(scale * Math.pow(10, 3 * Math.sin(t * 0.01))));
        }
        MfacState state = mfac.state();
        double[][] gram = state.gram().toDoubleMatrix();
        double[][] u = state.factor().toDoubleMatrix();
        int oldest = (int) (state.inserted() % m);
        double largest = 0;
        double error = 0;
        for (int p = 0; p < m; p++) {
            for (int q = 0; q < m; q++) {
                double truth = gram[(oldest + p) % m][(oldest + q) % m] + (p == q ? m * damping : 0);
                double sum = 0;
                for (int k = 0; k <= Math.min(p, q); k++) {
                    sum += u[k][p] * u[k][q];
                }
                largest = Math.max(largest, Math.abs(truth));
                error = Math.max(error, Math.abs(sum - truth));
            }
        }
        assertThat(error).isLessThan(1e-14 * largest);
    }

    @Test
    void another_damping_should_act_as_if_it_had_always_been_there() {
        INDArray grads = gaussian(DataType.DOUBLE, 3, 9, 20);
        DynamicMfac changed = new DynamicMfac(20, 5, 1e-1, DataType.DOUBLE);
        DynamicMfac always = new DynamicMfac(20, 5, 1e-4, DataType.DOUBLE);
        for (int t = 0; t < 9; t++) {
            changed.insert(grads.getRow(t));
            always.insert(grads.getRow(t));
        }
        INDArray x = gaussian(DataType.DOUBLE, 4, 20);
        assertThat(relativeToMax(apply(changed, x), apply(always, x))).isGreaterThan(0.5);
        changed.setDamping(1e-4);
        assertThat(relativeToMax(apply(changed, x), apply(always, x))).isLessThan(1e-10);
        assertThat(changed.damping()).isEqualTo(1e-4);
        assertThatThrownBy(() -> changed.setDamping(Double.NaN)).hasMessageContaining("damping");
    }

    @Test
    void a_gradient_too_large_for_the_damping_should_be_left_out_with_a_message() {
        DynamicMfac mfac = new DynamicMfac(3, 2, 1e-5, DataType.DOUBLE);
        INDArray huge = Nd4j.createFromArray(1e12, 0, 0);
        mfac.insert(huge);
        assertThatThrownBy(() -> mfac.insert(huge))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("not positive definite")
                .hasMessageContaining("norm 1.0E12 is left out")
                .hasMessageContaining("increase the damping");
        INDArray g = Nd4j.createFromArray(1.0, 2, 3);
        mfac.insert(g);
        INDArray out = Nd4j.create(DataType.DOUBLE, 3);
        mfac.multiplyNewest(out);
        // A row of zeros and g: F = 1e-5 I + g g' / 2.
        assertThat(relativeToMax(out, g.div(1e-5 + 7))).isLessThan(1e-12);
        mfac.insert(g);
        assertThatThrownBy(() -> mfac.setDamping(1e-300)).isInstanceOf(ArithmeticException.class);
        assertThat(mfac.damping()).isEqualTo(1e-5);
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
    void should_take_back_an_insertion_and_a_damping_bit_for_bit() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.BFLOAT16}) {
            DynamicMfac one = new DynamicMfac(5, 3, 0.1, type);
            DynamicMfac other = new DynamicMfac(5, 3, 0.1, type);
            for (int step = 0; step < 8; step++) {
                INDArray wrong = Nd4j.createFromArray(step, 1e12, -3.0, 1e12, 2);
                KeptState kept = one.keep();
                try {
                    one.setDamping(step % 2 == 0 ? 0.1 : 1e-9);
                    one.insert(wrong);
                } catch (ArithmeticException refused) {
                    assertThat(refused).hasMessageContaining("not positive definite");
                }
                kept.takeBack();
                INDArray g = Nd4j.createFromArray(1.0 + step, 2, -step, 0.5, Math.sin(step));
                for (DynamicMfac each : new DynamicMfac[] {one, other}) {
                    KeptState before = each.keep();
                    each.insert(g);
                    before.release();
                }
                assertThat(one.state()).as("%s, step %d", type, step).isEqualTo(other.state());
                assertThat(apply(one, g)).isEqualTo(apply(other, g));
            }
        }
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
    }

    private static INDArray times(INDArray matrix, INDArray x) {
        return matrix.mmul(x.castTo(DataType.DOUBLE).reshape(x.length(), 1)).reshape(new long[] {x.length()});
    }
}
