/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.curvature.inverse.RankOneHistoryTest.MOST;
import static org.newton4j.curvature.inverse.RankOneHistoryTest.N;
import static org.newton4j.curvature.inverse.RankOneHistoryTest.copy;
import static org.newton4j.curvature.inverse.RankOneHistoryTest.factor;
import static org.newton4j.curvature.inverse.RankOneHistoryTest.stabilizer;
import static org.newton4j.curvature.inverse.RankOneHistoryTest.vector;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.relativeToMax;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Histories that come from checkpoints. */
class RankOneCheckpointTest {

    @ParameterizedTest
    @EnumSource(RankOneRule.class)
    void should_go_on_from_a_checkpoint_with_the_same_bits(RankOneRule rule) {
        for (int saved : new int[] {0, 1, 2, 40, MOST, MOST + 1, MOST + 2}) {
            RankOneInverse factor = factor(DataType.FLOAT, rule, saved);
            RankOneHistory history = factor.history();
            assertThat(history == null).isEqualTo(saved > (rule == RankOneRule.REFERENCE ? MOST + 1 : MOST));
            RankOneInverse resumed = history == null
                    ? new RankOneInverse(factor.matrix().dup(), rule, 0.95, stabilizer(rule), saved)
                    : new RankOneInverse(copy(history), DataType.FLOAT, rule, 0.95, stabilizer(rule), saved);
            for (int t = saved; t < MOST + 5; t++) {
                assertThat(resumed.update(vector(DataType.FLOAT, t)))
                        .isEqualTo(factor.update(vector(DataType.FLOAT, t)));
                assertThat(resumed.thin()).isEqualTo(factor.thin());
                if (t % 16 == 0 || t > MOST) {
                    assertThat(resumed.matrix())
                            .as("saved at %s, vector %s", saved, t)
                            .isEqualTo(factor.matrix());
                }
            }
        }
    }

    @Test
    void a_checkpoint_should_go_on_under_other_settings() {
        RankOneInverse exact = factor(DataType.FLOAT, RankOneRule.EXACT, 30);
        RankOneHistory history = Objects.requireNonNull(exact.history());
        // Another sign of the update.
        RankOneInverse paper = new RankOneInverse(history, DataType.FLOAT, RankOneRule.PAPER, 0.95, null, 30);
        RankOneInverse truth = new RankOneInverse(exact.matrix(), RankOneRule.PAPER, 0.95, null, 30);
        INDArray v = vector(DataType.FLOAT, 30);
        paper.update(v);
        truth.update(v);
        assertThat(paper.thin()).isFalse();
        assertThat(relativeToMax(paper.matrix(), truth.matrix())).isLessThan(1e-6);
        // Another type.
        RankOneInverse wide = new RankOneInverse(history, DataType.DOUBLE, RankOneRule.EXACT, 0.95, null, 30);
        assertThat(wide.thin()).isTrue();
        assertThat(relativeToMax(wide.matrix(), exact.matrix())).isLessThan(1e-6);
        RankOneInverse half = new RankOneInverse(history, DataType.HALF, RankOneRule.EXACT, 0.95, null, 30);
        assertThat(half.thin()).isFalse();
        assertThat(relativeToMax(half.matrix(), exact.matrix())).isLessThan(1e-3);
        // A norm that wants every entry.
        Stabilizer frobenius = new Stabilizer(MatrixNorm.FROBENIUS, 5, 0.9);
        RankOneInverse normed = new RankOneInverse(history, DataType.FLOAT, RankOneRule.EXACT, 0.95, frobenius, 30);
        assertThat(normed.thin()).isFalse();
        assertThat(normed.update(v)).isTrue();
    }

    @Test
    void a_checkpoint_that_does_not_fit_should_be_refused() {
        RankOneHistory good = Objects.requireNonNull(
                factor(DataType.FLOAT, RankOneRule.EXACT, 3).history());
        INDArray rows = Objects.requireNonNull(good.rows());
        INDArray bad = rows.dup();
        bad.putScalar(1, 5, Double.NaN);
        assertRefused(new RankOneHistory(Double.NaN, -1, good.diagonal(), rows), "alpha");
        assertRefused(new RankOneHistory(1, 0, good.diagonal(), rows), "kappa must not be 0");
        assertRefused(new RankOneHistory(1, -1, Nd4j.ones(N + 1), rows), "rows must have shape [3, 201]");
        assertRefused(new RankOneHistory(1, -1, good.diagonal(), bad), "rows must be finite");
        INDArray diagonal = good.diagonal().dup();
        diagonal.putScalar(N - 1, Double.NaN);
        assertRefused(new RankOneHistory(1, -1, diagonal, rows), "diagonal must be finite");
    }

    private static void assertRefused(RankOneHistory history, String message) {
        assertThatThrownBy(() -> new RankOneInverse(history, DataType.FLOAT, RankOneRule.EXACT, 0.95, null, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void a_history_this_version_would_not_keep_should_become_a_matrix() {
        int n = HistoryForm.SMALLEST - 1;
        INDArray rows = gaussian(DataType.FLOAT, 1, 2, n).muli(0.05);
        RankOneHistory history =
                new RankOneHistory(2, -0.5, Nd4j.ones(DataType.DOUBLE, n).muli(2), rows);
        RankOneInverse factor = new RankOneInverse(history, DataType.FLOAT, RankOneRule.EXACT, 0.95, null, 2);
        INDArray expected =
                rows.transpose().mmul(rows).muli(-0.5).addi(Nd4j.eye(n).muli(2));
        assertThat(factor.thin()).isFalse();
        assertThat(relativeToMax(factor.matrix(), expected)).isLessThan(1e-6);
        RankOneHistory none =
                new RankOneHistory(2, -0.5, Nd4j.ones(DataType.DOUBLE, n).muli(2), null);
        assertThat(new RankOneInverse(none, DataType.FLOAT, RankOneRule.EXACT, 0.95, null, 0).matrix())
                .isEqualTo(Nd4j.eye(n).castTo(DataType.FLOAT).muli(2));
    }
}
