/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.newton4j.curvature.testing.TestMatrices.apply;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.relativeToMax;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.operator.SymmetricEigen;

/** The history of updates in the place of the matrix: the same numbers, before and behind the change to a matrix. */
class RankOneHistoryTest {

    static final int N = 200;

    static final int MOST = (int) (HistoryForm.SHARE * N);

    /** The rules as they are written, entry by entry, in double. */
    private static final class Formula {
        private final double[][] m;
        private final RankOneRule rule;
        private final double gamma;
        private final @Nullable Stabilizer stabilizer;
        private boolean started;

        Formula(double scale, RankOneRule rule, double gamma, @Nullable Stabilizer stabilizer) {
            m = new double[N][N];
            for (int i = 0; i < N; i++) {
                m[i][i] = 1 / scale;
            }
            this.rule = rule;
            this.gamma = gamma;
            this.stabilizer = stabilizer;
        }

        boolean update(double[] v) {
            boolean first = !started;
            started = true;
            if (rule == RankOneRule.REFERENCE) {
                if (first) {
                    return false;
                }
                blend(gamma);
            }
            boolean fires = stabilizer != null && largest() > stabilizer.epsilon();
            if (fires) {
                blend(stabilizer.zeta());
            }
            double[] u = new double[N];
            double s = 0;
            for (int i = 0; i < N; i++) {
                for (int j = 0; j < N; j++) {
                    u[i] += m[i][j] * v[j];
                }
                s += v[i] * u[i];
            }
            for (int i = 0; i < N; i++) {
                for (int j = 0; j < N; j++) {
                    double square = u[i] * u[j];
                    m[i][j] = switch (rule) {
                        case EXACT -> (m[i][j] - (1 - gamma) / (gamma + (1 - gamma) * s) * square) / gamma;
                        case PAPER ->
                            gamma * m[i][j] + (1 - gamma) / (gamma * gamma * (1 + gamma * (1 - gamma) * s)) * square;
                        case REFERENCE -> m[i][j] - square / (1 + s);
                    };
                }
            }
            return fires;
        }

        private double largest() {
            double largest = 0;
            for (double[] row : m) {
                for (double value : row) {
                    largest = Math.max(largest, Math.abs(value));
                }
            }
            return largest;
        }

        private void blend(double kept) {
            for (int i = 0; i < N; i++) {
                for (int j = 0; j < N; j++) {
                    m[i][j] = kept * m[i][j] + (i == j ? 1 - kept : 0);
                }
            }
        }

        INDArray matrix() {
            return Nd4j.createFromArray(m);
        }
    }

    static @Nullable Stabilizer stabilizer(RankOneRule rule) {
        return rule == RankOneRule.REFERENCE ? null : new Stabilizer(MatrixNorm.MAX_ABS_ENTRY, 3, 0.9);
    }

    /** Inputs of a layer, some of them dead, the last one the bias; every other one is not contiguous. */
    static INDArray vector(DataType type, int t) {
        INDArray v = gaussian(DataType.DOUBLE, 100 + t, N).muli(0.5).addi(0.2);
        v.get(NDArrayIndex.interval(10, 14)).assign(0);
        v.putScalar(N - 1, 1);
        INDArray typed = v.castTo(type);
        return t % 2 == 0
                ? typed
                : Nd4j.vstack(typed, typed.add(7)).dup('f').getRow(0).reshape(new long[] {N});
    }

    @ParameterizedTest
    @CsvSource({
        "EXACT,DOUBLE,1e-12",
        "PAPER,DOUBLE,1e-12",
        "REFERENCE,DOUBLE,1e-12",
        "EXACT,FLOAT,1e-5",
        "PAPER,FLOAT,1e-5",
        "REFERENCE,FLOAT,1e-5"
    })
    void should_follow_the_formula_before_and_behind_the_change(RankOneRule rule, DataType type, double tolerance) {
        double scale = rule == RankOneRule.EXACT ? 0.8 : 1;
        RankOneInverse factor = new RankOneInverse(N, type, rule, 0.95, scale, stabilizer(rule));
        Formula formula = new Formula(scale, rule, 0.95, stabilizer(rule));
        int fired = 0;
        int rows = 0;
        INDArray spare = gaussian(type, 5, N, 3).dup('f');
        INDArray wide = gaussian(type, 6, 4, N).dup('f');
        for (int t = 0; t < MOST + 20; t++) {
            INDArray v = vector(type, t);
            boolean fires = formula.update(v.castTo(DataType.DOUBLE).toDoubleVector());
            assertThat(factor.update(v)).as("vector %s", t).isEqualTo(fires);
            fired += fires ? 1 : 0;
            rows += rule == RankOneRule.REFERENCE && t == 0 ? 0 : 1;
            assertThat(factor.thin()).as("vector %s", t).isEqualTo(rows <= MOST);
            assertThat(factor.updates()).isEqualTo(t + 1);
            if (t < 3 || t % 9 == 0 || Math.abs(rows - MOST) <= 1) {
                INDArray expected = formula.matrix();
                INDArray m = factor.matrix();
                assertThat(relativeToMax(m, expected)).isLessThan(tolerance);
                assertThat(m).isEqualTo(m.transpose());
                INDArray x = vector(type, 1000 + t);
                assertThat(relativeToMax(
                                apply(factor, x),
                                times(expected, x.reshape(N, 1)).reshape(new long[] {N})))
                        .isLessThan(tolerance);
                INDArray tall = gaussian(type, t, N, 3).dup('f');
                INDArray left = times(expected, tall);
                assertThat(relativeToMax(factor.left(tall, spare), left)).isLessThan(tolerance);
                INDArray b = gaussian(type, t + 1, 4, N).dup('f');
                INDArray right = times(b, expected);
                assertThat(relativeToMax(factor.right(b, wide), right)).isLessThan(tolerance);
            }
        }
        assertThat(fired)
                .isBetween(rule == RankOneRule.REFERENCE ? 0 : 20, rule == RankOneRule.REFERENCE ? 0 : MOST + 10);
    }

    private static INDArray times(INDArray a, INDArray b) {
        return a.castTo(DataType.DOUBLE).mmul(b.castTo(DataType.DOUBLE));
    }

    @ParameterizedTest
    @CsvSource({"EXACT,0.9,100,400", "EXACT,0.95,3,400", "PAPER,0.95,3,110", "REFERENCE,0.9,0,400"})
    void rounding_should_not_be_worse_than_that_of_the_matrix(
            RankOneRule rule, double gamma, double threshold, int updates) {
        Stabilizer stabilizer = threshold == 0 ? null : new Stabilizer(MatrixNorm.MAX_ABS_ENTRY, threshold, 0.9);
        RankOneInverse thin = new RankOneInverse(N, DataType.FLOAT, rule, gamma, 1, stabilizer);
        RankOneInverse dense = new RankOneInverse(Nd4j.eye(N).castTo(DataType.FLOAT), rule, gamma, stabilizer, 0);
        RankOneInverse truth = new RankOneInverse(Nd4j.eye(N).castTo(DataType.DOUBLE), rule, gamma, stabilizer, 0);
        INDArray b = gaussian(DataType.FLOAT, 3, N, 8).dup('f');
        double[] ofThin = new double[2];
        double[] ofDense = new double[2];
        for (int t = 0; t < updates; t++) {
            INDArray v = vector(DataType.FLOAT, t);
            boolean fires = truth.update(v.castTo(DataType.DOUBLE));
            assertThat(thin.update(v)).isEqualTo(fires);
            dense.update(v);
            if (t % 10 == 9) {
                INDArray expected = times(truth.matrix(), b);
                int phase = thin.thin() ? 0 : 1;
                ofThin[phase] = Math.max(ofThin[phase], relativeToMax(thin.left(b.dup('f'), b.dup('f')), expected));
                ofDense[phase] = Math.max(ofDense[phase], relativeToMax(dense.left(b.dup('f'), b.dup('f')), expected));
            }
        }
        assertThat(dense.thin()).isFalse();
        // What PAPER rounds it multiplies, in either form.
        double share = rule == RankOneRule.PAPER ? 1.5 : 0.8;
        assertThat(ofThin[0]).isPositive().isLessThan(share * ofDense[0]);
        assertThat(ofThin[1]).isPositive().isLessThan(1.5 * ofDense[1]);
    }

    /**
     * At gamma 0.5 alpha and kappa double with each vector under EXACT; under REFERENCE kappa halves, alpha stays 1; under PAPER
     * both halve, but entries grow by 8.5 along a vector that repeats itself.
     */
    @ParameterizedTest
    @CsvSource({"EXACT,40,40", "REFERENCE,41,41", "PAPER,25,29"})
    void numbers_that_leave_their_range_should_make_it_a_matrix(RankOneRule rule, int earliest, int latest) {
        RankOneInverse factor = new RankOneInverse(N, DataType.FLOAT, rule, 0.5, 1, null);
        Formula formula = new Formula(1, rule, 0.5, null);
        int t = 0;
        for (boolean thin = true; thin; t++) {
            INDArray v = vector(DataType.FLOAT, rule == RankOneRule.PAPER ? 0 : t);
            factor.update(v);
            formula.update(v.castTo(DataType.DOUBLE).toDoubleVector());
            thin = factor.thin();
        }
        assertThat(t - 1).isBetween(earliest, latest);
        assertThat(relativeToMax(factor.matrix(), formula.matrix())).isLessThan(1e-5);
    }

    @Test
    void a_large_identity_should_make_it_a_matrix_at_the_first_vector() {
        RankOneInverse factor = new RankOneInverse(N, DataType.FLOAT, RankOneRule.EXACT, 0.95, 1e-15, null);
        Formula formula = new Formula(1e-15, RankOneRule.EXACT, 0.95, null);
        INDArray v = vector(DataType.FLOAT, 0);
        assertThat(factor.thin()).isTrue();
        factor.update(v);
        formula.update(v.castTo(DataType.DOUBLE).toDoubleVector());
        assertThat(factor.thin()).isFalse();
        assertThat(relativeToMax(factor.matrix(), formula.matrix())).isLessThan(1e-6);
    }

    @ParameterizedTest
    @EnumSource(RankOneRule.class)
    void a_refused_vector_should_leave_everything_as_it_was(RankOneRule rule) {
        for (int before : new int[] {5, MOST + (rule == RankOneRule.REFERENCE ? 1 : 0)}) {
            RankOneInverse factor = factor(DataType.FLOAT, rule, before);
            RankOneHistory history = copy(Objects.requireNonNull(factor.history()));
            INDArray huge = Nd4j.valueArrayOf(new long[] {N}, 3e38, DataType.FLOAT);
            INDArray nan = vector(DataType.FLOAT, 0).dup();
            nan.putScalar(3, Double.NaN);
            assertThatThrownBy(() -> factor.update(huge)).isInstanceOf(ArithmeticException.class);
            assertThatThrownBy(() -> factor.update(nan)).isInstanceOf(IllegalArgumentException.class);
            assertThat(Objects.requireNonNull(factor.history())).isEqualTo(history);
            assertThat(factor.updates()).isEqualTo(before);
            factor.update(vector(DataType.FLOAT, before));
            RankOneInverse other = factor(DataType.FLOAT, rule, before + 1);
            assertThat(factor.matrix()).isEqualTo(other.matrix());
        }
    }

    static RankOneInverse factor(DataType type, RankOneRule rule, int updates) {
        RankOneInverse factor = new RankOneInverse(N, type, rule, 0.95, 1, stabilizer(rule));
        for (int t = 0; t < updates; t++) {
            factor.update(vector(type, t));
        }
        return factor;
    }

    static RankOneHistory copy(RankOneHistory history) {
        INDArray rows = history.rows();
        return new RankOneHistory(
                history.alpha(), history.kappa(), history.diagonal().dup(), rows == null ? null : rows.dup());
    }

    @Test
    void some_factors_should_have_a_matrix_from_the_start() {
        Stabilizer rows = new Stabilizer(MatrixNorm.INF_ROW_SUM, 100, 0.9);
        assertThat(new RankOneInverse(N, DataType.FLOAT, RankOneRule.EXACT, 0.95, 1, null).thin())
                .isTrue();
        assertThat(new RankOneInverse(N, DataType.FLOAT, RankOneRule.EXACT, 0.95, 1, rows).thin())
                .isFalse();
        assertThat(new RankOneInverse(N, DataType.HALF, RankOneRule.EXACT, 0.95, 1, null).thin())
                .isFalse();
        assertThat(new RankOneInverse(N, DataType.BFLOAT16, RankOneRule.EXACT, 0.95, 1, null).thin())
                .isFalse();
        int small = HistoryForm.SMALLEST - 1;
        assertThat(new RankOneInverse(small, DataType.FLOAT, RankOneRule.EXACT, 0.95, 1, null).history())
                .isNull();
    }

    /** Training multiplies by a factor from one side, with the same memory at every step. */
    @Test
    void products_should_see_every_update_and_other_memory() {
        RankOneInverse factor = factor(DataType.DOUBLE, RankOneRule.EXACT, 1);
        INDArray[] spares = {
            gaussian(DataType.DOUBLE, 1, 4, N).dup('f'),
            gaussian(DataType.DOUBLE, 2, 4, N).dup('f')
        };
        for (int t = 1; t < 6; t++) {
            INDArray b = gaussian(DataType.DOUBLE, t, 4, N).dup('f');
            INDArray expected = times(b, factor.matrix());
            assertThat(relativeToMax(factor.right(b, spares[t / 4]), expected)).isLessThan(1e-13);
            if (t != 3) {
                factor.update(vector(DataType.DOUBLE, t));
            }
        }
        factor.right(gaussian(DataType.DOUBLE, 6, 4, N).dup('f'), spares[1]);
        INDArray untouched = spares[1].dup();
        factor.right(gaussian(DataType.DOUBLE, 7, 4, N).dup('f'), spares[0]);
        assertThat(spares[1]).isEqualTo(untouched);
    }

    @Test
    void before_the_first_vector_products_should_scale() {
        RankOneInverse factor = new RankOneInverse(N, DataType.DOUBLE, RankOneRule.EXACT, 0.95, 4, null);
        INDArray b = gaussian(DataType.DOUBLE, 1, N, 3).dup('f');
        INDArray expected = b.mul(0.25);
        assertThat(factor.left(b, b.dup('f'))).isEqualTo(expected);
        INDArray wide = expected.transpose().dup('f');
        assertThat(factor.right(wide.dup('f'), wide.dup('f'))).isEqualTo(wide.mul(0.25));
        INDArray x = gaussian(DataType.DOUBLE, 2, N);
        assertThat(apply(factor, x)).isEqualTo(x.mul(0.25));
        assertThat(factor.matrix().getDouble(7, 7)).isEqualTo(0.25);
    }

    @Test
    void it_should_stay_positive_definite_while_inputs_are_dead() {
        RankOneInverse factor = factor(DataType.FLOAT, RankOneRule.EXACT, MOST);
        assertThat(factor.thin()).isTrue();
        assertThat(SymmetricEigen.of(factor.matrix()).values()[0]).isPositive();
        assertThat(factor.norm(Nd4j.createFromArray(3f, 4f))).isCloseTo(5, within(1e-12));
    }
}
