/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Combinations of vectors against loops over single numbers, which are such that nothing is rounded. */
class ElementwiseTest {

    static Stream<Arguments> cases() {
        return Stream.of(1, 7, 8, 65, 4099, 140_003)
                .flatMap(n -> KernelChoice.vectorObstacle() == null
                        ? Stream.of(
                                Arguments.of(n, "operations", DataType.FLOAT),
                                Arguments.of(n, "operations", DataType.DOUBLE),
                                Arguments.of(n, "1 thread", DataType.FLOAT),
                                Arguments.of(n, "3 threads", DataType.FLOAT))
                        : Stream.of(
                                Arguments.of(n, "operations", DataType.FLOAT),
                                Arguments.of(n, "operations", DataType.DOUBLE)));
    }

    private static Elementwise.Team team(String who) {
        return who.equals("operations")
                ? null
                : ((HostKernels) KernelChoice.vector(new Workers(who.charAt(0) - '0'), HostKernels.WINDOW)).team();
    }

    private static double[] random(int n, int seed) {
        Random random = new Random(seed);
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextInt(2001) / 64.0 - 16;
        }
        return values;
    }

    /** Exactly what a loop says, and nothing beside the view. */
    private static void assertEach(GuardedView to, double[] x, double[] y, DoubleBinaryOperator expected) {
        double[] all = new double[x.length];
        Arrays.setAll(all, i -> expected.applyAsDouble(x[i], y[i]));
        assertThat(to.values()).containsExactly(all);
        to.assertNeighboursUntouched();
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("cases")
    void every_entry_should_be_what_the_formula_says(int n, String who, DataType type) {
        Elementwise.Team team = team(who);
        double[] x = random(n, 1);
        double[] y = random(n, 2);
        GuardedView a = GuardedView.of(type, x);
        GuardedView b = GuardedView.of(type, y);
        GuardedView to = GuardedView.of(type, new double[n]);

        Elementwise.quotient(team, a.view(), 8, to.view());
        assertEach(to, x, y, (p, q) -> p / 8);
        Elementwise.sum(team, a.view(), -0.25, b.view(), to.view());
        assertEach(to, x, y, (p, q) -> p - q / 4);
        Elementwise.difference(team, a.view(), b.view(), 4, to.view());
        assertEach(to, x, y, (p, q) -> 4 * (p - q));
        Elementwise.product(team, a.view(), b.view(), to.view());
        assertEach(to, x, y, (p, q) -> p * q);

        assertEach(a, x, y, (p, q) -> p);
        assertEach(b, x, y, (p, q) -> q);
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("cases")
    void the_result_may_lie_where_the_first_operand_was(int n, String who, DataType type) {
        Elementwise.Team team = team(who);
        double[] x = random(n, 1);
        double[] y = random(n, 2);
        GuardedView a = GuardedView.of(type, x);
        GuardedView b = GuardedView.of(type, y);
        Elementwise.product(team, a.view(), b.view(), a.view());
        assertEach(a, x, y, (p, q) -> p * q);
        Elementwise.quotient(team, b.view(), -2, b.view());
        assertEach(b, x, y, (p, q) -> q / -2);
        GuardedView c = GuardedView.of(type, x);
        Elementwise.difference(team, c.view(), GuardedView.of(type, y).view(), 0.5, c.view());
        assertEach(c, x, y, (p, q) -> (p - q) / 2);
        GuardedView d = GuardedView.of(type, x);
        Elementwise.sum(team, d.view(), 0.5, GuardedView.of(type, y).view(), d.view());
        assertEach(d, x, y, (p, q) -> p + q / 2);
    }

    /** Deeplearning4j divides the gradient itself, and what is done ahead of it has to have the same bits. */
    @Test
    void a_quotient_should_have_the_bits_of_nd4j() {
        INDArray x = Nd4j.rand(DataType.FLOAT, 1001);
        INDArray to = x.ulike();
        Elementwise.quotient(x, 37, to);
        assertThat(to.toFloatVector()).containsExactly(x.div(37).toFloatVector());
    }

    @Test
    void what_lies_otherwise_should_go_to_operations() {
        INDArray x = Nd4j.rand(DataType.FLOAT, 9);
        assertThat(Elementwise.accepts(x, x)).isTrue();
        assertThat(Elementwise.accepts(x, x.castTo(DataType.DOUBLE))).isFalse();
        assertThat(Elementwise.accepts(Nd4j.rand(DataType.FLOAT, 9, 2).getColumn(1)))
                .isFalse();
        INDArray half = x.castTo(DataType.HALF);
        INDArray to = half.ulike();
        Elementwise.quotient(half, 2, to);
        assertThat(to.castTo(DataType.FLOAT))
                .isEqualTo(half.castTo(DataType.FLOAT).div(2));
    }
}
