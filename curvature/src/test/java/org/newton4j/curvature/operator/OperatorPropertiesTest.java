/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.newton4j.curvature.testing.TestMatrices.apply;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.relativeToMax;
import static org.newton4j.curvature.testing.TestMatrices.symmetric;

import java.util.function.BiFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Every operator against the matrix written out from its definition; symmetry, linearity and definiteness. */
class OperatorPropertiesTest {

    /** An operator, its matrix built another way, and whether it must be positive semi-definite. */
    record Case(String name, LinearOperator operator, INDArray matrix, boolean semiDefinite) {
        @Override
        public String toString() {
            return name + " d=" + matrix.size(0) + " " + matrix.dataType();
        }
    }

    @Provide
    Arbitrary<Case> cases() {
        Arbitrary<BiFunction<DataType, Long, Case>> kinds = Arbitraries.of(
                OperatorPropertiesTest::dense,
                OperatorPropertiesTest::scaled,
                OperatorPropertiesTest::damped,
                OperatorPropertiesTest::sum,
                OperatorPropertiesTest::kronecker,
                OperatorPropertiesTest::fisher,
                OperatorPropertiesTest::block);
        return Combinators.combine(
                        kinds,
                        Arbitraries.of(DataType.FLOAT, DataType.DOUBLE),
                        Arbitraries.longs().between(1, 1_000_000))
                .as((kind, type, seed) -> kind.apply(type, seed));
    }

    @Property(tries = 200)
    void should_equal_its_matrix(@ForAll("cases") Case given, @ForAll long seed) {
        INDArray x = vector(given, seed);
        INDArray expected = given.matrix.mmul(x.reshape(x.length(), 1)).reshape(x.length());
        double scale =
                given.matrix.norm2Number().doubleValue() * x.norm2Number().doubleValue() + 1e-30;
        assertThat(apply(given.operator, x).sub(expected).amaxNumber().doubleValue() / scale)
                .isLessThan(tolerance(given));
    }

    @Property(tries = 100)
    void should_be_symmetric(@ForAll("cases") Case given, @ForAll long seed) {
        INDArray x = vector(given, seed);
        INDArray y = vector(given, seed + 1);
        double scale = given.matrix.norm2Number().doubleValue()
                        * x.norm2Number().doubleValue()
                        * y.norm2Number().doubleValue()
                + 1e-30;
        assertThat(Math.abs(dot(x, apply(given.operator, y)) - dot(y, apply(given.operator, x))) / scale)
                .isLessThan(tolerance(given));
    }

    @Property(tries = 100)
    void should_be_linear(@ForAll("cases") Case given, @ForAll long seed) {
        INDArray x = vector(given, seed);
        INDArray y = vector(given, seed + 1);
        INDArray together = apply(given.operator, x.mul(2).sub(y));
        INDArray apart = apply(given.operator, x).mul(2).sub(apply(given.operator, y));
        double scale = given.matrix.norm2Number().doubleValue()
                        * (2 * x.norm2Number().doubleValue() + y.norm2Number().doubleValue())
                + 1e-30;
        assertThat(together.sub(apart).amaxNumber().doubleValue() / scale).isLessThan(tolerance(given));
    }

    @Property(tries = 100)
    void should_be_positive_semi_definite(@ForAll("cases") Case given, @ForAll long seed) {
        INDArray x = vector(given, seed);
        double scale = given.matrix.norm2Number().doubleValue() * dot(x, x);
        if (given.semiDefinite) {
            assertThat(dot(x, apply(given.operator, x))).isGreaterThan(-tolerance(given) * scale);
        } else {
            double[] values = SymmetricEigen.of(given.matrix).values();
            double quotient = dot(x, apply(given.operator, x)) / dot(x, x);
            double slack = tolerance(given) * scale / dot(x, x);
            assertThat(quotient).isBetween(values[0] - slack, values[values.length - 1] + slack);
        }
    }

    @Property(tries = 50)
    void should_not_touch_its_input(@ForAll("cases") Case given, @ForAll long seed) {
        INDArray x = vector(given, seed);
        INDArray before = x.dup();
        apply(given.operator, x);
        assertThat(x).isEqualTo(before);
    }

    @Property(tries = 50)
    void should_write_into_a_view(@ForAll("cases") Case given, @ForAll long seed) {
        INDArray x = vector(given, seed);
        INDArray wide = Nd4j.ones(x.dataType(), 3, x.length());
        given.operator.multiply(x.reshape(1, x.length()), wide.get(NDArrayIndex.interval(1, 2), NDArrayIndex.all()));
        assertThat(wide.getRow(1).dup()).isEqualTo(apply(given.operator, x));
        assertThat(wide.getRow(0).sumNumber().doubleValue()).isEqualTo(x.length());
        assertThat(wide.getRow(2).sumNumber().doubleValue()).isEqualTo(x.length());
    }

    @Property(tries = 50)
    void should_be_written_out_as_its_matrix(@ForAll("cases") Case given) {
        INDArray written = DenseOperator.write(given.operator, given.matrix.dataType());
        assertThat(written.sub(given.matrix).amaxNumber().doubleValue())
                .isLessThanOrEqualTo(
                        tolerance(given) * given.matrix.norm2Number().doubleValue());
    }

    @Property(tries = 40)
    void should_decompose_into_eigenpairs(@ForAll("cases") Case given) {
        SymmetricEigen eigen = SymmetricEigen.of(given.matrix);
        INDArray wide = given.matrix.castTo(DataType.DOUBLE);
        INDArray q = eigen.vectors();
        INDArray rebuilt =
                q.mmul(Nd4j.diag(Nd4j.createFromArray(eigen.values()))).mmul(q.transpose());
        assertThat(eigen.values()).isSorted();
        assertThat(relativeToMax(rebuilt, wide)).isLessThan(tolerance(given));
    }

    private static Case dense(DataType type, long seed) {
        INDArray matrix = symmetric(type, size(seed), seed);
        return new Case("dense", new DenseOperator(matrix), matrix, false);
    }

    private static Case scaled(DataType type, long seed) {
        INDArray matrix = symmetric(type, size(seed), seed);
        return new Case("scaled", new ScaledOperator(new DenseOperator(matrix), -2.5), matrix.mul(-2.5), false);
    }

    private static Case damped(DataType type, long seed) {
        int n = size(seed);
        INDArray matrix = symmetric(type, n, seed);
        return new Case(
                "damped",
                new DampedOperator(new DenseOperator(matrix), 0.75),
                matrix.add(Nd4j.eye(n).castTo(type).mul(0.75)),
                false);
    }

    private static Case sum(DataType type, long seed) {
        int n = size(seed);
        INDArray a = symmetric(type, n, seed);
        INDArray b = symmetric(type, n, seed + 1);
        INDArray c = symmetric(type, n, seed + 2);
        return new Case(
                "sum",
                new SumOperator(new DenseOperator(a), new DenseOperator(b), new DenseOperator(c)),
                a.add(b).add(c),
                false);
    }

    private static Case kronecker(DataType type, long seed) {
        INDArray a = symmetric(type, size(seed), seed);
        INDArray b = symmetric(type, 1 + (int) (seed % 5), seed + 1);
        int p = a.rows();
        int q = b.rows();
        INDArray matrix = Nd4j.create(type, p * q, p * q);
        for (int i = 0; i < p; i++) {
            for (int k = 0; k < p; k++) {
                for (int j = 0; j < q; j++) {
                    for (int l = 0; l < q; l++) {
                        matrix.putScalar(i * q + j, k * q + l, a.getDouble(i, k) * b.getDouble(j, l));
                    }
                }
            }
        }
        return new Case("kronecker", new KroneckerOperator(a, b), matrix, false);
    }

    private static Case fisher(DataType type, long seed) {
        int d = size(seed);
        int m = 1 + (int) (seed % 4);
        INDArray g = gaussian(type, seed, m, d);
        INDArray matrix =
                g.transpose().mmul(g).divi(m).addi(Nd4j.eye(d).castTo(type).mul(0.1));
        return new Case("fisher", new EmpiricalFisher(g, 0.1), matrix.dup('c'), true);
    }

    private static Case block(DataType type, long seed) {
        int d = size(seed);
        int first = (int) (seed % 3);
        INDArray matrix = symmetric(type, d + first + 2, seed);
        INDArray inner = matrix.get(NDArrayIndex.interval(first, first + d), NDArrayIndex.interval(first, first + d))
                .dup('c');
        return new Case("block", new BlockOperator(new DenseOperator(matrix), first, d), inner, false);
    }

    private static int size(long seed) {
        return 1 + (int) (seed % 11);
    }

    private static INDArray vector(Case given, long seed) {
        return gaussian(given.matrix.dataType(), seed, given.matrix.size(0));
    }

    private static double tolerance(Case given) {
        return given.matrix.dataType() == DataType.FLOAT ? 1e-5 : 1e-13;
    }

    private static double dot(INDArray x, INDArray y) {
        return Nd4j.getBlasWrapper().dot(x.castTo(DataType.DOUBLE), y.castTo(DataType.DOUBLE));
    }
}
