/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.symmetric;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.inverse.BlockedStaticMfac;
import org.newton4j.curvature.inverse.DynamicMfac;
import org.newton4j.curvature.inverse.RankOneInverse;
import org.newton4j.curvature.inverse.RankOneRule;
import org.newton4j.curvature.inverse.StaticMfac;

/** A product is the same wherever its vectors lie, for every operator. */
class FlatOperatorTest {

    private static final int D = 12;

    private static List<LinearOperator> operators(DataType type) {
        LinearOperator dense = new DenseOperator(symmetric(type, D, 1));
        INDArray gradients = gaussian(type, 2, 5, D);
        DynamicMfac window = new DynamicMfac(D, 3, 0.1, type);
        RankOneInverse inverse = new RankOneInverse(D, type, RankOneRule.EXACT, 0.9, 1, null);
        for (int i = 0; i < 4; i++) {
            window.insert(gradients.getRow(i));
            inverse.update(gradients.getRow(i));
        }
        return List.of(
                dense,
                new ScaledOperator(dense, -3),
                new DampedOperator(dense, 0.5),
                new SumOperator(dense, new ScaledOperator(dense, 2)),
                new BlockOperator(new DenseOperator(symmetric(type, D + 4, 3)), 2, D),
                new KroneckerOperator(symmetric(type, 3, 4), symmetric(type, 4, 5)),
                new EmpiricalFisher(gradients, 0.1),
                new StaticMfac(gradients, 0.1),
                BlockedStaticMfac.cut(gradients, 5, 0.1),
                window,
                new DynamicMfac(D, 3, 0.1, type),
                inverse);
    }

    /** The memory a vector can lie in, filled with something else. */
    private static List<INDArray> places(DataType type) {
        INDArray wide = gaussian(type, 9, D, 3);
        INDArray tall = gaussian(type, 9, 3, D);
        return List.of(
                gaussian(type, 9, D),
                gaussian(type, 9, 1, D),
                gaussian(type, 9, D, 1),
                Nd4j.create(type, new long[] {1, D}, 'f'),
                Nd4j.create(type, new long[] {D, 1}, 'f'),
                wide.getColumn(1),
                wide.getColumn(1, true),
                wide.dup('f').getColumn(2),
                tall.getRow(1),
                tall.getRow(1, true),
                tall.dup('f').getRow(2),
                tall.dup('f').getRow(2, true),
                gaussian(type, 9, 2 * D).get(NDArrayIndex.interval(0, 2, 2 * D)),
                gaussian(type, 9, D + 3).get(NDArrayIndex.interval(3, D + 3)));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void should_read_and_write_vectors_wherever_they_lie(DataType type) {
        INDArray x = gaussian(type, 7, D);
        for (LinearOperator operator : operators(type)) {
            INDArray expected = Nd4j.create(type, D);
            operator.multiply(x, expected);
            for (INDArray out : places(type)) {
                operator.multiply(x, out);
                assertThat(out.dup('c').reshape(D))
                        .as("%s to %s of strides %s", operator.getClass(), out.shapeInfoToString(), out.stride())
                        .isEqualTo(expected);
            }
            for (INDArray in : places(type)) {
                in.assign(x.reshape(in.shape()));
                INDArray out = Nd4j.create(type, D);
                operator.multiply(in, out);
                assertThat(out)
                        .as("%s of %s", operator.getClass(), in.shapeInfoToString())
                        .isEqualTo(expected);
                assertThat(in.dup('c').reshape(D)).isEqualTo(x);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void should_tell_columns_of_one_matrix_apart(DataType type) {
        for (LinearOperator operator : operators(type)) {
            INDArray both = gaussian(type, 7, D, 2);
            INDArray expected = Nd4j.create(type, D);
            operator.multiply(both.getColumn(0).dup(), expected);
            operator.multiply(both.getColumn(0), both.getColumn(1));
            assertThat(both.getColumn(1).dup()).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void should_refuse_matrices_and_shared_memory(DataType type) {
        INDArray memory = gaussian(type, 7, 2 * D);
        INDArray first = memory.get(NDArrayIndex.interval(0, D));
        for (LinearOperator operator : operators(type)) {
            for (char order : new char[] {'c', 'f'}) {
                assertThatThrownBy(() -> operator.multiply(first, Nd4j.create(type, new long[] {3, 4}, order)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("out must be a vector of length 12")
                        .hasMessageContaining("[3, 4]");
            }
            for (INDArray out : List.of(
                    first,
                    memory.get(NDArrayIndex.interval(0, D)),
                    memory.get(NDArrayIndex.interval(D - 1, 2 * D - 1)),
                    memory.get(NDArrayIndex.interval(0, 2, 2 * D)))) {
                INDArray before = memory.dup();
                assertThatThrownBy(() -> operator.multiply(first, out))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("pass a second vector");
                assertThat(memory).isEqualTo(before);
            }
        }
    }
}
