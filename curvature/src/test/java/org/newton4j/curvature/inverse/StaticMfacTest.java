/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.newton4j.curvature.testing.TestMatrices.apply;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.relativeToMax;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.operator.EmpiricalFisher;

class StaticMfacTest {

    @ParameterizedTest
    @CsvSource({
        "DOUBLE,7,20,1e-5,1e-9",
        "DOUBLE,33,20,1e-3,1e-10",
        "DOUBLE,1,1,0.1,1e-12",
        "FLOAT,7,20,0.1,1e-4",
        "FLOAT,3,50000,1,1e-5"
    })
    void should_invert_the_empirical_fisher(DataType type, int m, int d, double damping, double tolerance) {
        INDArray g = gaussian(type, 1, m, d);
        INDArray before = g.dup();
        StaticMfac inverse = new StaticMfac(g, damping);
        assertThat(g).isEqualTo(before);
        INDArray x = gaussian(type, 2, d);
        INDArray back = apply(inverse, apply(new EmpiricalFisher(g, damping), x));
        assertThat(relativeToMax(back, x)).isLessThan(tolerance);
    }

    @Test
    void should_give_elements_and_diagonal() {
        INDArray g = gaussian(DataType.DOUBLE, 1, 5, 12);
        StaticMfac inverse = new StaticMfac(g, 1e-3);
        INDArray truth = Cholesky.of(g.transpose().mmul(g).divi(5), 1e-3).inverse(DataType.DOUBLE);
        for (int i = 0; i < 12; i++) {
            assertThat(inverse.diagonal().getDouble(i)).isCloseTo(truth.getDouble(i, i), within(1e-9));
            for (int j = 0; j < 12; j++) {
                assertThat(inverse.element(i, j)).isCloseTo(truth.getDouble(i, j), within(1e-9));
            }
        }
    }

    @Test
    void D11_the_last_gradient_counts() {
        INDArray g = gaussian(DataType.DOUBLE, 1, 4, 9);
        INDArray dense = Cholesky.of(g.transpose().mmul(g).divi(4), 0.01).inverse(DataType.DOUBLE);
        StaticMfac inverse = new StaticMfac(g, 0.01);
        INDArray last = g.getRow(3).dup();
        INDArray truth = dense.mmul(last.reshape(9, 1)).reshape(new long[] {9});
        assertThat(relativeToMax(apply(inverse, last), truth)).isLessThan(1e-10);
        g.getRow(3).assign(0);
        assertThat(relativeToMax(apply(new StaticMfac(g, 0.01), last), truth)).isGreaterThan(1);
    }

    @Test
    void should_keep_blocks_independent() {
        INDArray g = gaussian(DataType.DOUBLE, 1, 3, 4, 5);
        BlockedStaticMfac blocked = BlockedStaticMfac.of(g, 0.01);
        INDArray x = gaussian(DataType.DOUBLE, 2, 15);
        INDArray out = apply(blocked, x);
        assertThat(blocked.dimension()).isEqualTo(15);
        for (int j = 0; j < 3; j++) {
            INDArray one = g.get(NDArrayIndex.point(j), NDArrayIndex.all(), NDArrayIndex.all())
                    .dup('c')
                    .reshape(4, 5);
            StaticMfac alone = new StaticMfac(one, 0.01);
            INDArray part = x.get(NDArrayIndex.interval(5 * j, 5 * j + 5)).dup();
            assertThat(out.get(NDArrayIndex.interval(5 * j, 5 * j + 5)).dup()).isEqualTo(apply(alone, part));
            assertThat(blocked.diagonal()
                            .get(NDArrayIndex.interval(5 * j, 5 * j + 5))
                            .dup())
                    .isEqualTo(alone.diagonal());
        }
    }

    @Test
    void should_cut_flat_gradients_with_a_shorter_last_block() {
        INDArray g = gaussian(DataType.DOUBLE, 1, 4, 11);
        BlockedStaticMfac blocked = BlockedStaticMfac.cut(g, 4, 0.01);
        assertThat(blocked.blocks()).extracting(StaticMfac::dimension).containsExactly(4L, 4L, 3L);
        INDArray x = gaussian(DataType.DOUBLE, 2, 11);
        INDArray tail = g.get(NDArrayIndex.all(), NDArrayIndex.interval(8, 11)).dup('c');
        assertThat(apply(blocked, x).get(NDArrayIndex.interval(8, 11)).dup())
                .isEqualTo(apply(
                        new StaticMfac(tail, 0.01),
                        x.get(NDArrayIndex.interval(8, 11)).dup()));
    }

    @Test
    void should_refuse_bad_arguments() {
        INDArray g = gaussian(DataType.DOUBLE, 1, 2, 3);
        assertThatThrownBy(() -> new StaticMfac(g, 0)).hasMessageContaining("damping");
        assertThatThrownBy(() -> new StaticMfac(Nd4j.ones(3), 1)).hasMessageContaining("rank 1");
        assertThatThrownBy(() -> new StaticMfac(g.dup().putScalar(0, 1, Double.NaN), 1))
                .hasMessageContaining("norm NaN");
        assertThatThrownBy(() -> new StaticMfac(g, 1).element(0, 3)).hasMessageContaining("j must lie between 0 and 2");
        assertThatThrownBy(() -> BlockedStaticMfac.of(g, 1)).hasMessageContaining("[b, m, d]");
        assertThatThrownBy(() -> BlockedStaticMfac.cut(g, 0, 1)).hasMessageContaining("blockSize");
    }
}
