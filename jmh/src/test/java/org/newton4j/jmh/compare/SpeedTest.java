/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

class SpeedTest {
    private static final List<SpeedSection> SECTIONS = new SpeedPlan(2).sections();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    private int run(String... arguments) {
        return Main.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void should_name_benchmarks_that_exist_with_all_their_parameters() throws ReflectiveOperationException {
        List<SpeedJob> jobs = SpeedSection.jobs(SECTIONS);
        assertThat(jobs).doesNotHaveDuplicates();
        for (SpeedJob job : jobs) {
            int dot = job.benchmark().lastIndexOf('.');
            Class<?> type = Class.forName(SpeedJob.PACKAGE + job.benchmark().substring(0, dot));
            Method method = method(type, job);
            assertThat(method.isAnnotationPresent(Benchmark.class))
                    .as(job.toString())
                    .isTrue();
            assertThat(job.rounds() > 0).as(job.toString()).isEqualTo(method.getParameterCount() > 0);
            // A parameter left out would run with each of its values.
            assertThat(job.parameters().keySet())
                    .as(job.toString())
                    .containsExactlyInAnyOrderElementsOf(Arrays.stream(type.getFields())
                            .filter(field -> field.isAnnotationPresent(Param.class))
                            .map(Field::getName)
                            .toList());
        }
    }

    private static Method method(Class<?> type, SpeedJob job) {
        String name = job.benchmark().substring(job.benchmark().lastIndexOf('.') + 1);
        return Arrays.stream(type.getMethods())
                .filter(method -> method.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(job + " is no benchmark"));
    }

    @Test
    void should_ask_for_contestants_that_the_benchmark_counts() throws ClassNotFoundException {
        int asked = 0;
        for (SpeedSection section : SECTIONS) {
            for (SpeedSection.Line line : section.lines()) {
                for (Quantity ratio : line.ratios()) {
                    if (ratio instanceof Quantity.InRounds rounds) {
                        Class<?> type = Class.forName(
                                SpeedJob.PACKAGE + rounds.job().benchmark().split("\\.", 2)[0]);
                        assertThat(Arrays.stream(method(type, rounds.job())
                                                .getParameterTypes()[0]
                                                .getFields())
                                        .map(Field::getName))
                                .containsAll(Stream.of(rounds.plus(), rounds.minus(), rounds.under())
                                        .filter(Objects::nonNull)
                                        .toList());
                        asked++;
                    }
                }
            }
        }
        assertThat(asked).isPositive();
    }

    @Test
    void should_have_a_ratio_for_each_column_and_a_bound_on_one_of_them() {
        for (SpeedSection section : SECTIONS) {
            for (SpeedSection.Line line : section.lines()) {
                assertThat(line.ratios()).as(line.name()).hasSameSizeAs(section.columns());
                if (line.bound() != null) {
                    assertThat(line.ratios().get(line.bound().column()))
                            .as(line.name())
                            .isNotNull();
                }
            }
        }
    }

    @Test
    void should_put_errors_together() {
        Score ratio = new Score(3, 0.3).over(new Score(2, 0.1), 4);
        assertThat(ratio.value()).isEqualTo(6);
        assertThat(ratio.error()).isCloseTo(6 * Math.sqrt(0.01 + 0.0025), within(1e-12));
        assertThat(new Score(0.1234, 0.0567).text()).isEqualTo("0.123 ± 0.06");
        assertThat(new Score(812.4, 12.34).text()).isEqualTo("812 ± 12");
        assertThat(new Score(2, Double.NaN).text()).isEqualTo("2");
        assertThat(Score.UNKNOWN.text()).isEqualTo(Text.MISS);
    }

    /** Whatever a round is slowed by, Adam's step takes two gradients of it, and AdaHessian's four. */
    private static final Outcome CONTESTANTS = new Outcome(
            new Score(1, 1),
            Map.ofEntries(
                    Map.entry("gradient", new double[] {1, 0.5, 5}),
                    Map.entry("stepAdam", new double[] {2, 1, 10}),
                    Map.entry("stepAdamListened", new double[] {2, 1, 10}),
                    Map.entry("stepWithoutEstimate", new double[] {2, 1, 10}),
                    Map.entry("stepAdaHessian", new double[] {4, 2, 20}),
                    Map.entry("stepAdaHessianCentral", new double[] {6, 3, 30}),
                    Map.entry("stepAdaHessianEveryFifth", new double[] {3, 1.5, 15}),
                    Map.entry("stepSophia", new double[] {2, 1, 10}),
                    Map.entry("productFast", new double[] {1, 0.5, 5}),
                    Map.entry("productCentral", new double[] {2, 1, 10}),
                    Map.entry("productGaussNewton", new double[] {2, 1, 10}),
                    Map.entry("products", new double[] {1, 0.5, 5}),
                    Map.entry("step", new double[] {1.125, 0.5625, 5.625}),
                    Map.entry("stepEveryTenth", new double[] {1.25, 0.625, 6.25}),
                    Map.entry("update", new double[] {0.125, 0.0625, 0.625}),
                    Map.entry("between", new double[] {1, 0.5, 5}),
                    Map.entry("refresh", new double[] {8, 4, 40})));

    /** Every job takes 2 ms, triad 1 ms; so each step has half of triad's time per byte, times its bytes. */
    @Test
    void should_print_shares_of_triad_and_verdicts() throws IOException {
        Map<SpeedJob, Outcome> outcomes = new HashMap<>();
        for (SpeedJob job : SpeedSection.jobs(SECTIONS)) {
            outcomes.put(
                    job,
                    job.rounds() > 0
                            ? CONTESTANTS
                            : Outcome.of(new Score(job.benchmark().endsWith("triad") ? 1 : 2, 0.02)));
        }
        Scoreboard board = new Scoreboard(SECTIONS, outcomes, Map.of("command", "test"));
        List<String> text = board.text().lines().toList();
        // Lion: 16 bytes against 12.
        assertThat(text)
                .filteredOn(line -> line.startsWith("  Lion, Vector API"))
                .first()
                .asString()
                .contains("2 ± 0.02", "0.667 ± 0.01", "1 ± 0.01", "≥ 0.85 missed");
        assertThat(text)
                .filteredOn(line -> line.startsWith("  diffGrad, Vector API"))
                .first()
                .asString()
                .contains("1.33 ± 0.03", "≥ 0.85 met");
        assertThat(text)
                .filteredOn(line -> line.contains("AdaHessian, k = 1"))
                .first()
                .asString()
                .contains("4 [2, 20]", "2 [2, 2]", "≤ 2.2 met");
        assertThat(text)
                .filteredOn(line -> line.contains("first Hessian product, one-sided"))
                .first()
                .asString()
                .contains("2 [1, 10]", "2 [2, 2]", "≤ 1.2 missed");
        // With one thread, then with all.
        assertThat(text)
                .filteredOn(line -> line.contains("784 → 256: MKOR's step"))
                .satisfiesExactly(
                        line -> assertThat(line).contains("≤ 1.15 met"),
                        line -> assertThat(line).contains("tenth", "≤ 1.15 missed"),
                        line -> assertThat(line).contains("≤ 1.15 met"),
                        line -> assertThat(line).contains("tenth", "≤ 1.15 missed"));
        assertThat(SECTIONS)
                .extracting(SpeedSection::title)
                .contains("MKOR and K-FAC on one layer, one thread", "MKOR and K-FAC on one layer, threads 2");
        assertThat(board.markdown())
                .startsWith("* command: test\n")
                .contains("| Lion, Vector API | 2 ± 0.02 | 0.667 ± 0.01 |");
        JsonNode lion = new ObjectMapper().readTree(board.json()).at("/sections/0/rows/0");
        assertThat(lion.at("/ratios/of triad/value").asDouble()).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(lion.at("/parameters/kernel").asText()).isEqualTo("vector");
        assertThat(lion.at("/goal").asText()).isEqualTo("≥ 0.85 missed");
    }

    @Test
    void should_doubt_a_verdict_when_the_interval_lies_on_both_sides() {
        SpeedJob job = new SpeedJob("Some.rounds", Map.of(), 3);
        Quantity ratio = new Quantity.InRounds(job, "a", null, null);
        Map<SpeedJob, Outcome> outcomes = Map.of(job, new Outcome(Score.UNKNOWN, Map.of("a", new double[] {1, 2, 4})));
        for (Map.Entry<Double, String> expected : Map.of(
                        0.5, "≤ 0.5 missed", 1.5, "≤ 1.5 missed?", 3.0, "≤ 3 met?", 4.0, "≤ 4 met")
                .entrySet()) {
            SpeedSection.Bound bound = new SpeedSection.Bound(0, false, expected.getKey());
            assertThat(new SpeedSection.Line("row", ratio, List.of(ratio), bound).verdict(outcomes))
                    .isEqualTo(expected.getValue());
        }
    }

    @Test
    void should_show_what_failed_and_not_invent_a_ratio() throws IOException {
        Scoreboard board = new Scoreboard(SECTIONS, Map.of(), Map.of());
        assertThat(board.text()).contains("failed", "not measured").doesNotContain("NaN", " met", " missed");
        assertThat(board.json()).doesNotContain("NaN");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "speed --iterations 0      | --iterations 0: must be at least 1",
                "speed --millis 0          | --millis 0: must be at least 1",
                "speed --only (            | --only (:",
                "speed --only no-such-row  | --only no-such-row: matches no row",
                "speed --model mlp         | --model",
                "fast                      | fast",
            })
    void should_answer_a_bad_argument_with_one_line_and_exit_code_2(String arguments, String message) {
        assertThat(run(arguments.split(" ", -1))).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .hasSize(1)
                .first()
                .asString()
                .contains(message);
        assertThat(out.size()).isZero();
    }

    @Test
    void should_measure_in_forks_and_write_the_scoreboard() throws IOException {
        // Other builds on the machine may run benchmarks, too; here nobody looks at the times.
        System.setProperty("jmh.ignoreLock", "true");
        Path report = folder.resolve("report");
        int code = run("speed", "--only", "copy", "--iterations", "1", "--millis", "10", "--out", report.toString());
        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(code).as(text + err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(text).contains("[ 1/2] MemoryBenchmark.copy").contains("[ 2/2] MemoryBenchmark.triad");
        assertThat(Files.readString(report.resolve("speed.txt")))
                .contains("copy")
                .contains("of triad");
        assertThat(Files.readString(report.resolve("speed.md")))
                .contains("`./compare speed --only copy --iterations 1 --millis 10 --out report`")
                .doesNotContain(folder.toString());
        JsonNode json = new ObjectMapper().readTree(Files.readString(report.resolve("speed.json")));
        assertThat(json.at("/sections/0/rows/0/millis/value").asDouble()).isPositive();
    }
}
