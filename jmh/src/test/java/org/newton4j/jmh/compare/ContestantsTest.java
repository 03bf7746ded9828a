/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Kfac;

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
                .hasMessage("unknown optimizer 'adams'; there are " + Contestants.names());
    }

    @ParameterizedTest
    @EnumSource(Model.class)
    void should_hand_the_learning_rate_to_the_updater(Model model) {
        for (Contestant contestant : Contestants.ALL) {
            Entry entry = new Entry(contestant, 0.0123, Map.of(), Entry.GIVEN);
            assertThat(contestant.updater(model, entry).getLearningRate(3, 0))
                    .as(contestant.name())
                    .isEqualTo(0.0123);
        }
    }

    @Test
    void should_leave_the_defaults_of_the_built_in_updaters_alone() {
        Contestant adam = Contestants.named("adam");
        assertThat(adam.updater(Model.CNN, new Entry(adam, 0.01, Map.of(), Entry.GIVEN)))
                .isEqualTo(new Adam(0.01));
        Contestant nesterovs = Contestants.named("nesterovs");
        assertThat(nesterovs.updater(Model.CNN, new Entry(nesterovs, 0.01, Map.of(), Entry.GIVEN)))
                .isEqualTo(new Nesterovs(0.01, 0.9));
    }

    @Test
    void should_turn_the_knob_of_each_optimizer() {
        Contestant kfac = Contestants.named("kfac");
        Entry entry = kfac.at(0.002, Entry.TRIAL);
        assertThat(entry.learningRate()).isEqualTo(0.1);
        assertThat(kfac.updater(Model.MLP, entry))
                .isEqualTo(Kfac.builder()
                        .klClip(0.002)
                        .base(new Nesterovs(0.1, 0.9))
                        .build());
        assertThat(Tuning.grid(Model.MLP, List.of(kfac)))
                .extracting(e -> e.settings().get("klClip"))
                .hasSize(Tuning.TRIALS)
                .doesNotHaveDuplicates();
        Contestant adam = Contestants.named("adam");
        assertThat(Tuning.grid(Model.MLP, List.of(adam)))
                .extracting(Entry::learningRate)
                .hasSize(Tuning.TRIALS)
                .doesNotHaveDuplicates()
                .contains(0.002);
    }

    @Test
    void should_hand_settings_to_the_builder() {
        Contestant adaHessian = Contestants.named("adahessian");
        Map<String, String> settings = Map.of("epsilon", "1e-2", "updateInterval", "5", "spatialAveraging", "false");
        assertThat(adaHessian.updater(Model.CNN, new Entry(adaHessian, 0.1, settings, Entry.SET)))
                .isEqualTo(AdaHessian.builder()
                        .learningRate(0.1)
                        .epsilon(1e-2)
                        .updateInterval(5)
                        .spatialAveraging(false)
                        .updateClip(0)
                        .build());
    }

    /** The recorded trials, the same number for every optimizer, decide the default learning rates. */
    @ParameterizedTest
    @EnumSource(Model.class)
    void should_run_at_the_best_of_the_recorded_trials(Model model) {
        for (Contestant contestant : Contestants.ALL) {
            List<Trials.Trial> trials = Trials.recorded().all().stream()
                    .filter(t ->
                            t.model().equals(model.label()) && t.optimizer().equals(contestant.name()))
                    .toList();
            String name = model.label() + "/" + contestant.name();
            // Every value of the grid from both seeds, under one protocol; if there is none, run ./compare --tune.
            assertThat(trials)
                    .as(name)
                    .extracting(t -> t.value() + " " + t.seed())
                    .containsExactlyInAnyOrderElementsOf(Tuning.grid(model, List.of(contestant)).stream()
                            .flatMap(e -> Tuning.SEEDS.stream().map(seed -> value(contestant, e) + " " + seed))
                            .toList());
            assertThat(trials)
                    .as(name)
                    .extracting(Trials.Trial::parameter, Trials.Trial::batch, Trials.Trial::steps)
                    .containsOnly(org.assertj.core.groups.Tuple.tuple(
                            contestant.knob().parameter(), model.batch(), model.tuningSteps()));
            Map<String, Double> sums = trials.stream()
                    .collect(Collectors.groupingBy(Trials.Trial::value, Collectors.summingDouble(Trials.Trial::loss)));
            String best = Collections.min(sums.entrySet(), Map.Entry.comparingByValue())
                    .getKey();
            assertThat(value(contestant, contestant.tuned(model))).as(name).isEqualTo(best);
            assertThat(contestant.tuned(model).source()).isEqualTo(Entry.TUNED);
        }
    }

    private static String value(Contestant contestant, Entry entry) {
        return contestant.knob().equals(Contestant.Knob.LEARNING_RATE)
                ? Text.number(entry.learningRate())
                : entry.settings().get(contestant.knob().parameter());
    }

    @Test
    void should_record_no_trial_of_an_unknown_optimizer() {
        assertThat(Trials.recorded().all())
                .allSatisfy(
                        t -> assertThat(Contestants.named(t.optimizer()).name()).isEqualTo(t.optimizer()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model,optimizer                             | the first line must be",
                "HEADER;cnn,adam,learningRate,0.1,1,32,250   | line 2: 7 values instead of 8",
                "HEADER;cnn,adam,learningRate,0.1,1,32,x,0.5 | line 2",
            })
    void should_refuse_a_broken_file_of_trials(String text, String message) {
        String csv = text.replace("HEADER", Trials.HEADER).replace(";", "\n");
        assertThatThrownBy(() -> Trials.parse(csv, "t.csv"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("t.csv")
                .hasMessageContaining(message);
    }

    @Test
    void should_take_the_smallest_mean_and_never_a_value_that_diverged_once() {
        Trials trials = Trials.parse(
                String.join(
                        "\n",
                        Trials.HEADER,
                        "cnn,adam,learningRate,0.1,1000,32,250,0.2",
                        "cnn,adam,learningRate,0.1,1001,32,250,Infinity",
                        "cnn,adam,learningRate,0.2,1000,32,250,0.5",
                        "cnn,adam,learningRate,0.2,1001,32,250,0.3",
                        "cnn,adam,learningRate,0.3,1000,32,250,0.3",
                        "cnn,adam,learningRate,0.3,1001,32,250,0.6"),
                "t.csv");
        assertThat(trials.best(Model.CNN, Contestants.named("adam"))).hasValue(0.2);
        assertThat(trials.best(Model.MLP, Contestants.named("adam"))).isEmpty();
        assertThat(Tuning.markdown(Model.CNN, List.of(Contestants.named("adam")), trials))
                .contains("| Adam | learningRate | 0.1: diverged | **0.2: 0.400** | 0.3: 0.450 |");
    }
}
