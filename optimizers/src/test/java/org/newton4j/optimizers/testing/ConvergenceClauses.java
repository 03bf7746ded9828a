/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.GradientUpdater;

/** What is promised about minima: they are found. */
final class ConvergenceClauses {

    private final UpdaterContract contract;

    ConvergenceClauses(UpdaterContract contract) {
        this.contract = contract;
    }

    private record Problem(
            String name,
            double target,
            double[] start,
            ToDoubleFunction<double[]> value,
            Function<double[], double[]> gradient,
            Function<double[], double[]> hessianDiagonal) {}

    /** Sum of a_i x_i^2 / 2 with curvatures 1 to 100. */
    private static final Problem QUADRATIC = new Problem(
            "the quadratic",
            1e-6,
            new double[] {1, -1, 0.5},
            x -> (x[0] * x[0] + 10 * x[1] * x[1] + 100 * x[2] * x[2]) / 2,
            x -> new double[] {x[0], 10 * x[1], 100 * x[2]},
            x -> new double[] {1, 10, 100});

    /** (1 - x)^2 + 100 (y - x^2)^2, minimum 0 at (1, 1). */
    private static final Problem ROSENBROCK = new Problem(
            "Rosenbrock's function",
            1e-3,
            new double[] {-0.5, 0.5},
            x -> Math.pow(1 - x[0], 2) + 100 * Math.pow(x[1] - x[0] * x[0], 2),
            x -> new double[] {-2 * (1 - x[0]) - 400 * x[0] * (x[1] - x[0] * x[0]), 200 * (x[1] - x[0] * x[0])},
            x -> new double[] {2 - 400 * x[1] + 1200 * x[0] * x[0], 200});

    void quadratic() {
        minimize(QUADRATIC, contract.quadratic());
    }

    void rosenbrock() {
        minimize(ROSENBROCK, contract.rosenbrock());
    }

    private void minimize(Problem problem, Budget budget) {
        Trial trial = new Trial(contract, DataType.DOUBLE);
        double[] x = problem.start.clone();
        assertThat(problem.value.applyAsDouble(x)).isGreaterThan(1000 * problem.target);
        GradientUpdater<?> updater = trial.start(budget.updater(contract::updater), x.length);
        for (int iteration = 0; iteration < budget.steps(); iteration++) {
            double[] update =
                    trial.step(updater, iteration, 0, problem.gradient.apply(x), problem.hessianDiagonal.apply(x));
            for (int i = 0; i < x.length; i++) {
                x[i] -= update[i];
            }
        }
        assertThat(problem.value.applyAsDouble(x))
                .as("%s after %d steps", problem.name, budget.steps())
                .isLessThan(problem.target);
    }
}
