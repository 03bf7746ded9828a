/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Steps;

class NonFiniteGradientTest {

    static Stream<OptimizerConfig> optimizers() {
        return Steps.optimizers();
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void one_bad_coordinate_should_leave_the_whole_block_as_it_is(OptimizerConfig config) {
        for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
            FusedUpdater updater = Steps.updater(config, 3);
            Steps.run(updater, 0, 3, 3);
            Map<String, INDArray> before = new HashMap<>();
            updater.getState().forEach((slot, vector) -> before.put(slot, vector.dup()));

            double[] update = Steps.step(updater, 3, new double[] {1, bad, 1}, new double[] {1, 1, 1});

            assertThat(update).containsExactly(0, 0, 0);
            assertThat(updater.getState()).isEqualTo(before);
        }
    }

    @Test
    void warnings_should_come_at_powers_of_two() {
        FusedUpdater updater = Steps.updater(new Lion(), 3);
        String log = standardErrorOf(() -> {
            for (int iteration = 0; iteration < 10; iteration++) {
                Steps.step(updater, iteration, new double[] {1, Double.NaN, 1.0 / 0}, new double[3]);
            }
        });

        assertThat(log.lines().filter(line -> line.contains("gradient values"))).hasSize(4);
        assertThat(log)
                .contains("Lion: 2 of 3 gradient values are NaN or infinite at iteration 0.")
                .contains("These 3 parameters were not moved and their state is unharmed")
                .contains("at iteration 1.")
                .contains("at iteration 3.")
                .contains("at iteration 7.");
    }

    /** Golden: what the official implementations do with 1e200, which a listener keeps from coming here. */
    @ParameterizedTest
    @MethodSource("optimizers")
    void squares_that_overflow_should_be_told_and_step_as_the_reference_does(OptimizerConfig config) {
        FusedUpdater updater = Steps.updater(config, 3);
        double[][] update = new double[1][];
        String log = standardErrorOf(
                () -> update[0] = Steps.step(updater, 0, new double[] {1, 1e160, 1}, new double[] {1, 1, 1}));

        assertThat(log).contains("1 of 3 gradient values are too large to be squared at iteration 0.");
        assertThat(update[0][0]).isNotZero();
    }

    @Test
    void finite_gradients_should_be_stepped_in_silence() {
        FusedUpdater updater = Steps.updater(new Lion(), 3);
        assertThat(standardErrorOf(() -> Steps.run(updater, 0, 4, 3))).doesNotContain("gradient values");
    }

    private static String standardErrorOf(Runnable action) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
