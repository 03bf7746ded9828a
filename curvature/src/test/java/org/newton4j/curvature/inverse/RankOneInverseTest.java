/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.newton4j.curvature.testing.TestMatrices.apply;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.relativeToMax;
import static org.newton4j.curvature.testing.TestMatrices.symmetric;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.SymmetricEigen;

class RankOneInverseTest {

    /** Inputs of a layer: correlated, of unequal size, the last one the bias. */
    private static INDArray vectors(DataType type, int count, int n) {
        INDArray mixing = gaussian(DataType.DOUBLE, 11, n, n)
                .muli(0.3 / Math.sqrt(n))
                .addi(Nd4j.eye(n).castTo(DataType.DOUBLE));
        INDArray v = gaussian(DataType.DOUBLE, 12, count, n).mmul(mixing);
        v.getColumn(n - 1).assign(1);
        return v.dup('c').castTo(type);
    }

    @ParameterizedTest
    @CsvSource({"0.95,48", "0.99,30"})
    void exact_should_stay_the_inverse_over_10000_updates_in_float(double gamma, int n) {
        RankOneInverse factor = new RankOneInverse(n, DataType.FLOAT, RankOneRule.EXACT, gamma, 1, null);
        INDArray vectors = vectors(DataType.FLOAT, 500, n);
        double[][] wide = vectors.castTo(DataType.DOUBLE).toDoubleMatrix();
        double[][] average = Nd4j.eye(n).castTo(DataType.DOUBLE).toDoubleMatrix();
        INDArray[] v = new INDArray[500];
        for (int t = 0; t < 500; t++) {
            v[t] = vectors.getRow(t);
        }
        for (int t = 0; t < 10_000; t++) {
            int pick = t * 7 % 500;
            factor.update(v[pick]);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    average[i][j] = gamma * average[i][j] + (1 - gamma) * wide[pick][i] * wide[pick][j];
                }
            }
            if (t % 2000 == 1999) {
                INDArray truth = Cholesky.of(average, n, 0).inverse(DataType.DOUBLE);
                assertThat(relativeToMax(factor.matrix(), truth)).isLessThan(1e-3);
                assertThat(SymmetricEigen.of(factor.matrix()).values()[0]).isPositive();
                assertThat(asymmetry(factor.matrix())).isLessThan(1e-6);
            }
        }
        assertThat(factor.updates()).isEqualTo(10_000);
    }

    @ParameterizedTest
    @EnumSource(RankOneRule.class)
    void should_follow_its_formula(RankOneRule rule) {
        double gamma = 0.9;
        RankOneInverse factor = new RankOneInverse(6, DataType.DOUBLE, rule, gamma, 1, null);
        INDArray identity = Nd4j.eye(6).castTo(DataType.DOUBLE);
        INDArray expected = identity.dup();
        for (int t = 0; t < 20; t++) {
            INDArray v = gaussian(DataType.DOUBLE, t, 6);
            INDArray column = v.reshape(6, 1);
            factor.update(v);
            switch (rule) {
                case EXACT -> {
                    INDArray average = Cholesky.of(expected, 0).inverse(DataType.DOUBLE);
                    average.muli(gamma).addi(column.mmul(column.transpose()).muli(1 - gamma));
                    expected = Cholesky.of(average, 0).inverse(DataType.DOUBLE);
                }
                case PAPER -> {
                    INDArray u = expected.mmul(column);
                    double s = column.transpose().mmul(u).getDouble(0);
                    expected = expected.mul(gamma)
                            .addi(u.mmul(u.transpose())
                                    .muli((1 - gamma) / (gamma * gamma * (1 + gamma * (1 - gamma) * s))));
                }
                case REFERENCE -> {
                    if (t > 0) {
                        // The released code inverts (0.95 M + 0.05 I)^-1 + v v'.
                        INDArray b = expected.mul(gamma).addi(identity.mul(1 - gamma));
                        INDArray sum =
                                Cholesky.of(b, 0).inverse(DataType.DOUBLE).addi(column.mmul(column.transpose()));
                        expected = Cholesky.of(sum, 0).inverse(DataType.DOUBLE);
                    }
                }
            }
            assertThat(relativeToMax(factor.matrix(), expected)).isLessThan(1e-11);
        }
        INDArray x = gaussian(DataType.DOUBLE, 99, 6);
        assertThat(relativeToMax(
                        apply(factor, x), expected.mmul(x.reshape(6, 1)).reshape(new long[] {6})))
                .isLessThan(1e-11);
    }

    @Test
    void reference_should_stay_between_0_and_1_over_10000_updates_in_float() {
        RankOneInverse factor = new RankOneInverse(40, DataType.FLOAT, RankOneRule.REFERENCE, 0.95, 1, null);
        INDArray v = vectors(DataType.FLOAT, 10, 40);
        for (int t = 0; t < 10_000; t++) {
            factor.update(v.getRow(t % 10));
        }
        double[] values = SymmetricEigen.of(factor.matrix()).values();
        assertThat(values[0]).isPositive();
        assertThat(values[39]).isLessThanOrEqualTo(1 + 1e-6);
        assertThat(asymmetry(factor.matrix())).isLessThan(1e-6);
    }

    @ParameterizedTest
    @EnumSource(MatrixNorm.class)
    void D8_stabilizer_blends_with_zeta_and_does_not_reset(MatrixNorm norm) {
        INDArray start = symmetric(DataType.DOUBLE, 5, 1)
                .addi(Nd4j.eye(5).castTo(DataType.DOUBLE).mul(8));
        double size = norm.of(start);
        INDArray v = gaussian(DataType.DOUBLE, 2, 5);
        for (double zeta : new double[] {0.9, 0.5}) {
            RankOneInverse above =
                    new RankOneInverse(start, RankOneRule.EXACT, 0.95, new Stabilizer(norm, size * 0.99, zeta), 0);
            INDArray blended =
                    start.mul(zeta).addi(Nd4j.eye(5).castTo(DataType.DOUBLE).mul(1 - zeta));
            RankOneInverse plain = new RankOneInverse(blended, RankOneRule.EXACT, 0.95, null, 0);
            assertThat(above.update(v)).isTrue();
            plain.update(v);
            assertThat(relativeToMax(above.matrix(), plain.matrix())).isLessThan(1e-14);
        }
        RankOneInverse below =
                new RankOneInverse(start, RankOneRule.EXACT, 0.95, new Stabilizer(norm, size * 1.01, 0.9), 0);
        RankOneInverse none = new RankOneInverse(start, RankOneRule.EXACT, 0.95, null, 0);
        assertThat(below.update(v)).isFalse();
        none.update(v);
        assertThat(below.matrix()).isEqualTo(none.matrix());
    }

    @Test
    void norms_should_be_what_they_are_called() {
        INDArray m = Nd4j.createFromArray(new double[][] {{1, -3}, {-3, 2}});
        assertThat(MatrixNorm.MAX_ABS_ENTRY.of(m)).isEqualTo(3);
        assertThat(MatrixNorm.INF_ROW_SUM.of(m)).isEqualTo(5);
        assertThat(MatrixNorm.FROBENIUS.of(m)).isEqualTo(Math.sqrt(23));
    }

    @Test
    void paper_should_fail_with_a_message_and_not_with_nan() {
        RankOneInverse factor = new RankOneInverse(4, DataType.FLOAT, RankOneRule.PAPER, 0.95, 1, null);
        INDArray v = Nd4j.ones(DataType.FLOAT, 4).muli(3);
        assertThatThrownBy(() -> {
                    for (int t = 0; t < 10_000; t++) {
                        factor.update(v);
                    }
                })
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("PAPER with gamma 0.95")
                .hasMessageContaining("use EXACT");
        assertThat(Double.isFinite(
                        factor.matrix().castTo(DataType.DOUBLE).sumNumber().doubleValue()))
                .isTrue();
        assertThat(factor.updates()).isBetween(50L, 1000L);
    }

    @Test
    void exact_should_survive_dead_inputs_with_a_stabilizer_and_report_overflow_without() {
        INDArray v = Nd4j.createFromArray(1f, 0f, 1f);
        RankOneInverse plain = new RankOneInverse(3, DataType.FLOAT, RankOneRule.EXACT, 0.95, 1, null);
        assertThatThrownBy(() -> {
                    for (int t = 0; t < 2_000; t++) {
                        plain.update(v);
                    }
                })
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("add a Stabilizer");
        RankOneInverse stable = new RankOneInverse(
                3, DataType.FLOAT, RankOneRule.EXACT, 0.95, 1, new Stabilizer(MatrixNorm.MAX_ABS_ENTRY, 100, 0.9));
        for (int t = 0; t < 2_000; t++) {
            stable.update(v);
        }
        assertThat(SymmetricEigen.of(stable.matrix()).values()[0]).isPositive();
        assertThat(stable.matrix().amaxNumber().doubleValue()).isLessThan(120);
    }

    @Test
    void should_go_on_from_a_checkpoint_with_the_same_bits() {
        for (RankOneRule rule : RankOneRule.values()) {
            RankOneInverse factor = new RankOneInverse(7, DataType.FLOAT, rule, 0.95, 1, null);
            for (int t = 0; t < 5; t++) {
                factor.update(gaussian(DataType.FLOAT, t, 7));
            }
            RankOneInverse resumed = new RankOneInverse(factor.matrix().dup(), rule, 0.95, null, factor.updates());
            factor.update(gaussian(DataType.FLOAT, 9, 7));
            resumed.update(gaussian(DataType.FLOAT, 9, 7));
            assertThat(resumed.matrix()).isEqualTo(factor.matrix());
        }
    }

    @Test
    void should_work_for_a_single_input() {
        RankOneInverse factor = new RankOneInverse(1, DataType.DOUBLE, RankOneRule.EXACT, 0.5, 1, null);
        factor.update(Nd4j.createFromArray(new double[] {3}));
        assertThat(1 / factor.matrix().getDouble(0, 0)).isCloseTo(0.5 + 0.5 * 9, within(1e-14));
    }

    @Test
    void should_refuse_bad_arguments() {
        assertThatThrownBy(() -> new RankOneInverse(3, DataType.FLOAT, RankOneRule.EXACT, 1, 1, null))
                .hasMessageContaining("gamma must lie strictly between 0 and 1, but is 1.0");
        assertThatThrownBy(() -> new RankOneInverse(3, DataType.FLOAT, RankOneRule.PAPER, 0.9, 2, null))
                .hasMessageContaining("PAPER starts at the identity");
        assertThatThrownBy(() -> new RankOneInverse(
                        3, DataType.FLOAT, RankOneRule.REFERENCE, 0.9, 1, new Stabilizer(MatrixNorm.FROBENIUS, 1, 0.5)))
                .hasMessageContaining("takes no stabilizer");
        assertThatThrownBy(() -> new Stabilizer(MatrixNorm.FROBENIUS, 1, Double.NaN))
                .hasMessageContaining("zeta");
        RankOneInverse factor = new RankOneInverse(3, DataType.FLOAT, RankOneRule.EXACT, 0.9, 1, null);
        assertThatThrownBy(() -> factor.update(Nd4j.createFromArray(1f, Float.NaN, 0f)))
                .hasMessageContaining("norm NaN");
        assertThat(factor.updates()).isZero();
        assertThat(factor.matrix().castTo(DataType.FLOAT)).isEqualTo(Nd4j.eye(3).castTo(DataType.FLOAT));
    }

    private static double asymmetry(INDArray matrix) {
        return relativeToMax(matrix.transpose(), matrix);
    }
}
