/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.GradientUpdater;

/** What is promised about single steps: late ones, bad ones, in either precision. */
final class StepClauses {

    private static final int N = Trial.N;

    /** Bias corrections that count from the iteration differ by orders of magnitude, the epsilons by much less. */
    private static final double COLD_START_TOLERANCE = 1e-3;

    private static final double FLOAT_TOLERANCE = 1e-4;

    private final UpdaterContract contract;

    StepClauses(UpdaterContract contract) {
        this.contract = contract;
    }

    void nonFiniteGradient() {
        Trial trial = new Trial(contract, DataType.DOUBLE);
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            GradientUpdater<?> updater = trial.start(contract.updater(), N);
            trial.run(updater, 0, 3, N);
            double[] gradient = Trial.sample(3, N);
            gradient[2] = bad;
            try {
                assertFinite(trial.step(updater, 3, gradient), "update of a gradient with " + bad);
            } catch (RuntimeException refused) {
                assertThat(refused.getMessage())
                        .as("message about a gradient with %s", bad)
                        .isNotBlank();
            }
            updater.getState().forEach((key, vector) -> assertFinite(Trial.values(vector), "state " + key));
            for (double[] later : trial.run(updater, 4, 8, N)) {
                assertFinite(later, "update after a gradient with " + bad);
                assertThat(later).as("update after a gradient with %s", bad).doesNotContain(0);
            }
        }
    }

    void lateIteration() {
        Trial trial = new Trial(contract, DataType.DOUBLE);
        for (int iteration : new int[] {1000, 1_000_000, Integer.MAX_VALUE - 3}) {
            GradientUpdater<?> updater = trial.start(contract.updater(), N);
            trial.run(updater, 0, 3, N);
            for (double[] update : trial.run(updater, iteration, iteration + 3, N)) {
                assertFinite(update, "update of iteration " + iteration);
                assertThat(update).as("update of iteration %d", iteration).doesNotContain(0);
            }
        }
    }

    void coldStart() {
        Trial trial = new Trial(contract, DataType.DOUBLE);
        double[] gradient = Trial.sample(1, N);
        double[] curvature = Trial.sample(2, N);
        double[] first = trial.step(trial.start(contract.updater(), N), 0, 0, gradient, curvature);
        for (int iteration : new int[] {1, 10, 5000, 1_000_000_000}) {
            double[] late = trial.step(trial.start(contract.updater(), N), iteration, 0, gradient, curvature);
            Traces.assertClose(
                    late,
                    first,
                    COLD_START_TOLERANCE * Traces.largest(List.of(first)),
                    "the first update of an updater swapped in at iteration " + iteration);
        }
    }

    void dataTypes() {
        List<double[]> asDouble = new Trial(contract, DataType.DOUBLE).trace(contract.updater());
        List<double[]> asFloat = new Trial(contract, DataType.FLOAT).trace(contract.updater());
        for (int i = 0; i < asDouble.size(); i++) {
            Traces.assertClose(
                    asFloat.get(i),
                    asDouble.get(i),
                    FLOAT_TOLERANCE * Traces.largest(asDouble),
                    "the update of iteration " + i + " in FLOAT, compared with DOUBLE");
        }
    }

    private static void assertFinite(double[] values, String name) {
        assertThat(Arrays.stream(values).allMatch(Double::isFinite))
                .as("%s is finite: %s", name, Arrays.toString(values))
                .isTrue();
    }
}
