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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
            assertThat(job.rounds()).as(job.toString()).isPositive();
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
                for (Quantity.InRounds rounds :
                        line.ratios().stream().flatMap(SpeedTest::parts).toList()) {
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
        assertThat(asked).isPositive();
    }

    private static Stream<Quantity.InRounds> parts(@Nullable Quantity ratio) {
        if (ratio instanceof Quantity.Quotient quotient) {
            return Stream.of(quotient.over(), quotient.under());
        }
        return ratio instanceof Quantity.InRounds rounds ? Stream.of(rounds) : Stream.empty();
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

    /** Whatever a round is slowed by, the time of each contestant is slowed alike. */
    private static final Outcome CONTESTANTS = new Outcome(Stream.of(new Object[][] {
                {"gradient", 1.0},
                {"stepAdam", 2.0},
                {"stepAdamListened", 2.0},
                {"stepWithoutEstimate", 2.0},
                {"stepAdaHessian", 4.0},
                {"stepAdaHessianCentral", 6.0},
                {"stepAdaHessianEveryFifth", 3.0},
                {"stepSophiaEveryTenth", 2.0},
                {"productFast", 1.0},
                {"productCentral", 2.0},
                {"productGaussNewton", 2.0},
                {"products", 1.0},
                {"step", 1.125},
                {"stepEveryTenth", 1.25},
                {"update", 0.125},
                {"kfacBetween", 1.0},
                {"kfacRefresh", 8.0},
                {"triad", 1.0},
                {"copy", 1.0},
                {"adam", 2.0},
                {"nesterovs", 2.0},
                {"fresh", 2.0},
                {"between", 2.0},
                {"thin", 0.5},
                {"operations", 8.0},
                {"n5", 1.0},
                {"n6", 1.0},
                {"n7", 1.0},
                {"n8", 1.0},
                {"smallSystem", 0.125},
            })
            .collect(Collectors.toMap(pair -> (String) pair[0], pair -> slowed((double) pair[1]))));

    private static double[] slowed(double time) {
        return new double[] {time, time / 2, 5 * time};
    }

    /** A step takes two triads. */
    @Test
    void should_print_shares_of_triad_and_verdicts() throws IOException {
        Map<SpeedJob, Outcome> outcomes = new HashMap<>();
        SpeedSection.jobs(SECTIONS).forEach(job -> outcomes.put(job, CONTESTANTS));
        Scoreboard board = new Scoreboard(SECTIONS, outcomes, Map.of("command", "test"));
        List<String> text = board.text().lines().toList();
        // Lion: 16 bytes against 12.
        assertThat(text)
                .filteredOn(line -> line.startsWith("  Lion, Vector API"))
                .first()
                .asString()
                .contains("2 [1, 10]", "0.667 [0.667, 0.667]", "1 [1, 1]", "0.25 [0.25, 0.25]", "≥ 0.85 missed");
        assertThat(text)
                .filteredOn(line -> line.startsWith("  diffGrad, Vector API"))
                .first()
                .asString()
                .contains("1.33 [1.33, 1.33]", "≥ 0.85 met");
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
        // FLOAT: a step in 1.125 triads; BFLOAT16: the same in triads half as long.
        assertThat(text)
                .filteredOn(line -> line.contains("BFLOAT16"))
                .allSatisfy(line -> assertThat(line).contains("2 [2, 2]", "≥ 1.6 met"));
        assertThat(text)
                .filteredOn(line -> line.startsWith("  Lion, 10"))
                .satisfiesExactly(
                        line -> assertThat(line).contains("100 [100, 100]"),
                        line -> assertThat(line).contains("10 [10, 10]"),
                        line -> assertThat(line).contains("0.1 [0.1, 0.1]"));
        // With one thread, then with all.
        assertThat(text)
                .filteredOn(line -> line.contains("784 → 256: MKOR's step"))
                .satisfiesExactly(
                        line -> assertThat(line).contains("≤ 1.15 met"),
                        line -> assertThat(line).contains("tenth", "≤ 1.15 missed"),
                        line -> assertThat(line).contains("young", "0.5 [0.5, 0.5]", "≤ 1.15 met"),
                        line -> assertThat(line).contains("≤ 1.15 met"),
                        line -> assertThat(line).contains("tenth", "≤ 1.15 missed"),
                        line -> assertThat(line).contains("young", "0.5 [0.5, 0.5]", "≤ 1.15 met"));
        assertThat(SECTIONS)
                .extracting(SpeedSection::title)
                .contains("MKOR and K-FAC on one layer, one thread", "MKOR and K-FAC on one layer, threads 2");
        assertThat(board.markdown())
                .startsWith("* command: test\n")
                .contains("| Lion, Vector API | 2 [1, 10] | 0.667 [0.667, 0.667] |");
        JsonNode lion = new ObjectMapper().readTree(board.json()).at("/sections/0/rows/0");
        assertThat(lion.at("/ratios/of triad/value").asDouble()).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(lion.at("/parameters/kernel").asText()).isEqualTo("vector");
        assertThat(lion.at("/goal").asText()).isEqualTo("≥ 0.85 missed");
    }

    @Test
    void should_doubt_a_verdict_when_the_interval_lies_on_both_sides() {
        SpeedJob job = new SpeedJob("Some.rounds", Map.of(), 3);
        Quantity ratio = new Quantity.InRounds(job, "a", null, null);
        Map<SpeedJob, Outcome> outcomes = Map.of(job, new Outcome(Map.of("a", new double[] {1, 2, 4})));
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
                "speed --rounds 0          | --rounds 0: must be at least 1",
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
        int code = run("speed", "--only", "10³.*Lion", "--rounds", "10", "--out", report.toString());
        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(code).as(text + err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(text).contains("[ 1/1] StepRoundsBenchmark.small kernel=vector step=lion threads=1: ");
        assertThat(Files.readString(report.resolve("speed.txt"))).contains("÷ Adam");
        assertThat(Files.readString(report.resolve("speed.md")))
                .contains("`./compare speed --only \"10³.*Lion\" --rounds 10 --out report`")
                .doesNotContain(folder.toString());
        JsonNode row = new ObjectMapper()
                .readTree(Files.readString(report.resolve("speed.json")))
                .at("/sections/0/rows/0");
        assertThat(row.at("/millis/value").asDouble()).isPositive();
        assertThat(row.at("/millis/rounds").asInt()).isEqualTo(1);
        assertThat(row.at("/ratios/÷ Adam/value").asDouble()).isPositive();
    }
}
