/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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
    void one_bad_coordinate_should_not_move_and_not_harm_the_state(OptimizerConfig config) {
        FusedUpdater updater = Steps.updater(config, 3);
        Steps.run(updater, 0, 3, 3);
        double momentum = updater.getState().get("M").getDouble(1);

        double[] update = Steps.step(updater, 3, new double[] {1, Double.NaN, 1}, new double[] {1, 1, 1});

        assertThat(update[1]).isZero();
        assertThat(update[0]).isNotZero();
        assertThat(updater.getState().get("M").getDouble(1)).isEqualTo(momentum);
        for (INDArray vector : updater.getState().values()) {
            assertThat(vector.toDoubleVector()).doesNotContain(Double.NaN);
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

        assertThat(log.lines().filter(line -> line.contains("NaN or infinite"))).hasSize(4);
        assertThat(log)
                .contains("Lion: 2 of 3 gradient values are NaN or infinite at iteration 0.")
                .contains("the optimizer's state is unharmed")
                .contains("at iteration 1.")
                .contains("at iteration 3.")
                .contains("at iteration 7.");
    }

    @Test
    void finite_gradients_should_be_stepped_in_silence() {
        FusedUpdater updater = Steps.updater(new Lion(), 3);
        assertThat(standardErrorOf(() -> Steps.run(updater, 0, 4, 3))).doesNotContain("NaN or infinite");
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
