/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class OperatorArgumentsTest {

    private final DenseOperator identity = new DenseOperator(Nd4j.eye(3).castTo(DataType.DOUBLE));

    @Test
    void should_refuse_a_vector_of_another_length() {
        INDArray x = Nd4j.ones(DataType.DOUBLE, 4);
        assertThatThrownBy(() -> identity.multiply(x, Nd4j.ones(DataType.DOUBLE, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("in must be a vector of length 3")
                .hasMessageContaining("[4]");
    }

    @Test
    void should_refuse_a_matrix_where_a_vector_belongs() {
        assertThatThrownBy(() -> new DampedOperator(new DenseOperator(Nd4j.eye(4)), 1)
                        .multiply(Nd4j.ones(DataType.FLOAT, 2, 2), Nd4j.ones(DataType.FLOAT, 4)))
                .hasMessageContaining("vector of length 4")
                .hasMessageContaining("[2, 2]");
    }

    @Test
    void should_refuse_to_work_in_place() {
        INDArray x = Nd4j.ones(DataType.DOUBLE, 3);
        assertThatThrownBy(() -> identity.multiply(x, x)).hasMessageContaining("pass a second vector");
    }

    @Test
    void should_refuse_mixed_types() {
        assertThatThrownBy(() -> identity.multiply(Nd4j.ones(DataType.FLOAT, 3), Nd4j.ones(DataType.DOUBLE, 3)))
                .hasMessageContaining("in is FLOAT but out is DOUBLE");
        assertThatThrownBy(() -> identity.multiply(Nd4j.ones(DataType.FLOAT, 3), Nd4j.ones(DataType.FLOAT, 3)))
                .hasMessageContaining("matrix is DOUBLE");
        assertThatThrownBy(() -> identity.multiply(Nd4j.ones(DataType.INT, 3), Nd4j.ones(DataType.INT, 3)))
                .hasMessageContaining("must be FLOAT or DOUBLE, but is INT");
    }

    @Test
    void should_refuse_an_asymmetric_or_nan_matrix() {
        assertThatThrownBy(() -> new DenseOperator(Nd4j.createFromArray(new double[][] {{1, 2}, {0, 1}})))
                .hasMessageContaining("symmetric")
                .hasMessageContaining("is 2.0");
        assertThatThrownBy(() -> new DenseOperator(Nd4j.createFromArray(new double[][] {{1, Double.NaN}, {0, 1}})))
                .hasMessageContaining("symmetric and finite");
        assertThatThrownBy(() -> new DenseOperator(Nd4j.ones(2, 3))).hasMessageContaining("square");
    }

    @Test
    void should_refuse_bad_numbers() {
        assertThatThrownBy(() -> new DampedOperator(identity, -1))
                .hasMessageContaining("damping")
                .hasMessageContaining("-1.0");
        assertThatThrownBy(() -> new DampedOperator(identity, Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> new ScaledOperator(identity, Double.POSITIVE_INFINITY))
                .hasMessageContaining("factor must be finite");
        assertThatThrownBy(() -> new EmpiricalFisher(Nd4j.ones(2, 3), Double.NaN))
                .hasMessageContaining("damping");
    }

    @Test
    void should_refuse_blocks_outside_the_vector() {
        assertThatThrownBy(() -> new BlockOperator(identity, 2, 2))
                .hasMessageContaining("length must lie between 1 and 1, but is 2");
        assertThatThrownBy(() -> new BlockOperator(identity, -1, 2)).hasMessageContaining("first");
    }

    @Test
    void should_refuse_sums_of_different_dimensions() {
        assertThatThrownBy(() -> new SumOperator(identity, new DenseOperator(Nd4j.eye(2))))
                .hasMessageContaining("term 0 has 3 and term 1 has 2");
        assertThatThrownBy(SumOperator::new).hasMessageContaining("at least 1 term");
    }

    @Test
    void should_refuse_gradients_that_are_not_contiguous() {
        INDArray g = Nd4j.ones(DataType.DOUBLE, 5, 4).transpose();
        assertThatThrownBy(() -> new EmpiricalFisher(g, 0)).hasMessageContaining("dup('c')");
    }

    @Test
    void should_refuse_to_write_out_a_large_operator() {
        LinearOperator large = new LinearOperator() {
            @Override
            public long dimension() {
                return 30_000;
            }

            @Override
            public void multiply(INDArray in, INDArray out) {
                out.assign(in);
            }
        };
        assertThatThrownBy(() -> DenseOperator.write(large, DataType.FLOAT))
                .hasMessageContaining("20000, but is 30000");
    }

    @Test
    void should_refuse_to_decompose_nan() {
        assertThatThrownBy(() -> SymmetricEigen.of(Nd4j.createFromArray(new double[][] {{1, Double.NaN}, {2, 1}})))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("NaN");
    }
}
