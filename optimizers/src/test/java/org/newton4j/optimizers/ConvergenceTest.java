/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.newton4j.optimizers.update.FusedUpdater;
import org.newton4j.optimizers.update.OptimizerConfig;

/** Optimizers times problems. A new optimizer is one row. */
class ConvergenceTest {

    private static final int STEPS = 4000;

    record Problem(
            String name,
            double[] start,
            ToDoubleFunction<double[]> value,
            Function<double[], double[]> gradient,
            Function<double[], double[]> hessianDiagonal) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Sum of a_i x_i^2 / 2 with curvatures 1 to 100. */
    private static final Problem QUADRATIC = new Problem(
            "quadratic",
            new double[] {1, -1, 0.5},
            x -> (x[0] * x[0] + 10 * x[1] * x[1] + 100 * x[2] * x[2]) / 2,
            x -> new double[] {x[0], 10 * x[1], 100 * x[2]},
            x -> new double[] {1, 10, 100});

    /** (1 - x)^2 + 100 (y - x^2)^2, minimum 0 at (1, 1). */
    private static final Problem ROSENBROCK = new Problem(
            "Rosenbrock",
            new double[] {-0.5, 0.5},
            x -> Math.pow(1 - x[0], 2) + 100 * Math.pow(x[1] - x[0] * x[0], 2),
            x -> new double[] {-2 * (1 - x[0]) - 400 * x[0] * (x[1] - x[0] * x[0]), 200 * (x[1] - x[0] * x[0])},
            x -> new double[] {2 - 400 * x[1] + 1200 * x[0] * x[0], 200});

    static Stream<Arguments> table() {
        return Stream.of(
                Arguments.of(new Lion(decayFrom(0.01)), QUADRATIC, 1e-6),
                Arguments.of(new Lion(decayFrom(0.01)), ROSENBROCK, 1e-3),
                Arguments.of(new DiffGrad(decayFrom(0.05)), QUADRATIC, 1e-6),
                Arguments.of(new DiffGrad(0.02), ROSENBROCK, 1e-3),
                Arguments.of(new AdaHessian(decayFrom(0.15)), QUADRATIC, 1e-6),
                Arguments.of(new AdaHessian(1), ROSENBROCK, 1e-3),
                Arguments.of(new Sophia(decayFrom(0.01)), QUADRATIC, 1e-6),
                Arguments.of(new Sophia(0.05), ROSENBROCK, 1e-3));
    }

    private static ExponentialSchedule decayFrom(double learningRate) {
        return new ExponentialSchedule(ScheduleType.ITERATION, learningRate, Math.pow(1e-4, 1.0 / STEPS));
    }

    @ParameterizedTest
    @MethodSource("table")
    void should_come_close_to_the_minimum(OptimizerConfig config, Problem problem, double target) {
        double[] x = problem.start.clone();
        FusedUpdater updater = Steps.updater(config, x.length);
        for (int iteration = 0; iteration < STEPS; iteration++) {
            double[] update =
                    Steps.step(updater, iteration, problem.gradient.apply(x), problem.hessianDiagonal.apply(x));
            for (int i = 0; i < x.length; i++) {
                x[i] -= update[i];
            }
        }

        assertThat(problem.value.applyAsDouble(problem.start)).isGreaterThan(1000 * target);
        assertThat(problem.value.applyAsDouble(x)).isLessThan(target);
    }
}
