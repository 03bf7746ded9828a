/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SpdInverseTest {

    private static INDArray matrix(int n, DataType type) {
        Nd4j.getRandom().setSeed(n);
        INDArray rows = Nd4j.randn(DataType.DOUBLE, Math.max(1, n / 2), n);
        return rows.transpose().mmul(rows).divi(n).castTo(type).dup('f');
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 47, 48, 49, 96, 97, 131, 300})
    void the_product_with_the_matrix_should_be_the_identity(int n) {
        INDArray m = matrix(n, DataType.DOUBLE);
        INDArray inverse = SpdInverse.of(m, 0.01);
        INDArray product =
                inverse.mmul(m.add(Nd4j.eye(n).castTo(DataType.DOUBLE).muli(0.01)));
        assertThat(product.sub(Nd4j.eye(n).castTo(DataType.DOUBLE))
                        .normmaxNumber()
                        .doubleValue())
                .isLessThan(1e-11);
        assertThat(inverse).isEqualTo(inverse.transpose().dup('f'));
    }

    @Test
    void FLOAT_should_be_rounded_once_from_double() {
        INDArray m = matrix(100, DataType.FLOAT);
        INDArray expected = SpdInverse.of(m.castTo(DataType.DOUBLE), 0.01).castTo(DataType.FLOAT);
        assertThat(SpdInverse.of(m, 0.01)).isEqualTo(expected);
        assertThat(SpdInverse.of(m, 0.01).dataType()).isEqualTo(DataType.FLOAT);
    }

    @Test
    void it_should_agree_with_the_Cholesky_factor() {
        INDArray m = matrix(150, DataType.DOUBLE);
        INDArray expected = Cholesky.of(m, 0.1).inverse(DataType.DOUBLE);
        assertThat(SpdInverse.of(m, 0.1).sub(expected).normmaxNumber().doubleValue())
                .isLessThan(1e-12 * expected.normmaxNumber().doubleValue());
    }

    @Test
    void a_matrix_that_is_not_positive_definite_should_be_refused() {
        INDArray m = matrix(100, DataType.DOUBLE);
        m.putScalar(80, 80, -5);
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> SpdInverse.of(m, 0.01))
                .withMessageContaining("a 100 x 100 matrix with damping 0.01 is not positive definite");
        m.putScalar(80, 80, Double.NaN);
        assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> SpdInverse.of(m, 0.01));
    }
}
