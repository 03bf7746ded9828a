/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.newton4j.curvature.testing.TestMatrices.withSpectrum;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.estimate.PowerIteration.Rule;
import org.newton4j.curvature.operator.DenseOperator;

/** Pairs at the edges: nothing left, ranks below k, repeated and opposite eigenvalues, any scale. */
class PowerIterationTest {

    private static Eigenpairs find(Rule rule, INDArray matrix, int k) {
        return new PowerIteration(rule, 400, 1e-9).find(new DenseOperator(matrix), new Probes(matrix.dataType(), 1), k);
    }

    private static INDArray diagonal(DataType type, double... values) {
        return Nd4j.diag(Nd4j.createFromArray(values)).castTo(type);
    }

    private static void shouldBeOrthonormal(INDArray vectors, double tolerance) {
        INDArray gram = vectors.castTo(DataType.DOUBLE);
        gram = gram.mmul(gram.transpose());
        assertThat(gram.sub(Nd4j.eye(gram.size(0)).castTo(DataType.DOUBLE))
                        .amaxNumber()
                        .doubleValue())
                .isLessThan(tolerance);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void should_return_zero_pairs_beyond_the_rank(DataType type) {
        double rounding = type == DataType.FLOAT ? 1e-5 : 1e-7;
        for (Rule rule : Rule.values()) {
            double bias = rule == Rule.PYHESSIAN ? 1e-5 : rounding;
            Eigenpairs pairs = find(rule, diagonal(type, 5, 2, 0, 0), 4);
            assertThat(pairs.values()).containsExactly(new double[] {5, 2, 0, 0}, within(5 * bias));
            assertThat(pairs.converged()).isTrue();
            assertThat(pairs.residuals()[2]).isLessThan(5 * bias);
            shouldBeOrthonormal(pairs.vectors(), rule == Rule.PYHESSIAN ? 1e-3 : 1e-5);
            Eigenpairs rotated = find(rule, withSpectrum(type, 3, 7, -3, 1, 0, 0, 0, 0, 0), 6);
            assertThat(rotated.values()).containsExactly(new double[] {7, -3, 1, 0, 0, 0}, within(20 * bias));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void should_return_unit_vectors_for_a_zero_operator(DataType type) {
        for (Rule rule : Rule.values()) {
            Eigenpairs pairs = find(rule, diagonal(type, 0, 0, 0), 3);
            assertThat(pairs.values()).containsExactly(0, 0, 0);
            assertThat(pairs.residuals()).containsExactly(0, 0, 0);
            assertThat(pairs.converged()).isTrue();
            shouldBeOrthonormal(pairs.vectors(), 1e-5);
        }
        assertThat(find(Rule.EXACT, diagonal(type, -7), 1).values()).containsExactly(-7);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void should_find_repeated_eigenvalues_at_any_scale(DataType type) {
        double rounding = type == DataType.FLOAT ? 1e-4 : 1e-8;
        for (double scale : new double[] {1e-30, 1, 1e30, type == DataType.DOUBLE ? 1e-200 : 1, 1e30}) {
            Eigenpairs pairs = find(
                    Rule.EXACT,
                    withSpectrum(DataType.DOUBLE, 1, 5, 5, 1, 0, 0).mul(scale).castTo(type),
                    4);
            assertThat(pairs.values())
                    .containsExactly(new double[] {5 * scale, 5 * scale, scale, 0}, within(rounding * scale));
            assertThat(pairs.converged()).isTrue();
            assertThat(pairs.multiplicitiesResolved()).isTrue();
            shouldBeOrthonormal(pairs.vectors(), 1e-5);
        }
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void should_not_call_a_mixture_of_opposite_eigenvalues_converged(Rule rule) {
        Eigenpairs pairs = find(rule, diagonal(DataType.DOUBLE, 5, -5, 1), 1);
        assertThat(pairs.residuals()[0]).isGreaterThan(1);
        assertThat(pairs.converged()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void should_replace_a_start_within_the_span_of_the_pairs(Rule rule) {
        INDArray starts = Nd4j.createFromArray(new double[][] {{1, 0, 0}, {1, 0, 0}, {0, 0, 1}});
        Eigenpairs pairs =
                new PowerIteration(rule, 400, 1e-9).find(new DenseOperator(diagonal(DataType.DOUBLE, 3, 2, 1)), starts);
        assertThat(pairs.values()).containsExactly(new double[] {3, 2, 1}, within(1e-4));
        shouldBeOrthonormal(pairs.vectors(), 1e-3);
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void should_check_all_starts_before_the_first_product(Rule rule) {
        INDArray starts = Nd4j.createFromArray(new double[][] {{1, 0}, {0, Double.NaN}});
        assertThatThrownBy(() -> new PowerIteration(rule, 5, 1e-3)
                        .find(new DenseOperator(diagonal(DataType.DOUBLE, 3, 2)), starts))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("start vector 1 of norm NaN");
    }
}
