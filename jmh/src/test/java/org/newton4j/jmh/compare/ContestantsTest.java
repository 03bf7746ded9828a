/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContestantsTest {
    @Test
    void should_have_unique_names_and_colours() {
        assertThat(Contestants.ALL).extracting(Contestant::name).doesNotHaveDuplicates();
        assertThat(Contestants.ALL).extracting(Contestant::colour).doesNotHaveDuplicates();
    }

    @Test
    void should_list_the_names_if_one_is_unknown() {
        assertThatThrownBy(() -> Contestants.named("adams"))
                .isInstanceOf(BadInput.class)
                .hasMessage("unknown optimizer 'adams'; there are adam, nesterovs, lion, diffgrad, adahessian");
    }

    @Test
    void should_hand_the_learning_rate_to_the_updater() {
        for (Contestant contestant : Contestants.ALL) {
            assertThat(contestant.updater().apply(0.0123).getLearningRate(3, 0))
                    .as(contestant.name())
                    .isEqualTo(0.0123);
        }
    }

    /** The recorded trials, the same number for every optimizer, decide the default learning rates. */
    @ParameterizedTest
    @EnumSource(Model.class)
    void should_run_at_the_best_rate_of_the_recorded_trials(Model model) throws IOException {
        for (Contestant contestant : Contestants.ALL) {
            // Learning rate → sum of the losses over the seeds; one diverged seed rules a rate out.
            Map<String, Double> losses = trials().stream()
                    .filter(t -> t[0].equals(model.label()) && t[1].equals(contestant.name()))
                    .collect(Collectors.groupingBy(t -> t[2], Collectors.summingDouble(t -> Double.parseDouble(t[4]))));
            assertThat(losses).as(contestant.name()).hasSize(Tuning.TRIALS);
            String best = Collections.min(losses.entrySet(), Map.Entry.comparingByValue())
                    .getKey();
            assertThat(contestant.rate(model).tuned()).as(contestant.name()).isEqualTo(Double.parseDouble(best));
        }
        assertThat(trials())
                .hasSize(1 + Model.values().length * Contestants.ALL.size() * Tuning.TRIALS * Tuning.SEEDS.size());
    }

    private static List<String[]> trials() throws IOException {
        try (InputStream in = Contestants.class.getResourceAsStream("tuning.csv")) {
            assertThat(in).isNotNull();
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Arrays.stream(text.split("\n", -1))
                    .map(line -> line.split(",", -1))
                    .filter(cells -> cells.length == 5)
                    .toList();
        }
    }
}
