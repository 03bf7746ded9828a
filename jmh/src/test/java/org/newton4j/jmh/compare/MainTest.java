/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** The command from its arguments to its files. */
class MainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    private Path data;

    @BeforeEach
    void write_images() throws IOException {
        data = Files.createDirectory(folder.resolve("images"));
        TinyFolder.write(data, 192, 60, 14);
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Main.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private int compare(String... more) {
        String[] base = {
            "--data", data.toString(), "--out", folder.resolve("report").toString(), "--epochs", "1"
        };
        return run(Stream.concat(Arrays.stream(base), Arrays.stream(more)).toArray(String[]::new));
    }

    private String report(String file) throws IOException {
        return Files.readString(folder.resolve("report").resolve(file));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--optimizers adam,sgdd         | unknown optimizer 'sgdd'",
                "--optimizers adam,adam         | named twice",
                "--lr adam=NaN                  | --lr adam=NaN: must be a finite number above 0",
                "--lr adam=0                    | --lr adam=0.0: must be",
                "--lr adam=-1                   | --lr adam=-1.0: must be",
                "--lr adam=Infinity             | --lr adam=Infinity: must be",
                "--lr adam=fast                 | fast",
                "--lr adam                      | adam",
                "--lr nobody=1                  | unknown optimizer 'nobody'",
                "--optimizers lion --lr adam=1  | adam is not among --optimizers",
                "--epochs 0                     | --epochs 0: must be at least 1",
                "--batch -3                     | --batch -3: must be at least 1",
                "--batch 99999                  | --batch 99999 is more than the 8000 training images",
                "--seeds 0                      | --seeds 0: must be at least 1",
                "--evaluations 0                | --evaluations 0: must be at least 1",
                "--limit 0                      | --limit 0: must be at least 1",
                "--target 0                     | --target 0.0: must be between 0 and 1",
                "--target 1                     | --target 1.0: must be between 0 and 1",
                "--target 85                    | --target 85.0: must be between 0 and 1",
                "--target NaN                   | --target NaN: must be between 0 and 1",
                "--model resnet                 | --model resnet: must be one of cnn, mlp, autoencoder",
                "--data nowhere                 | --data nowhere: no such folder",
                "--epochs many                  | many",
                "--colour red                   | --colour",
                "--epochs 1 --steps 5           | --epochs and --steps: give one of them",
                "--every 1 --evaluations 5      | --evaluations and --every: give one of them",
                "--target 0.5 --target-loss 1   | --target and --target-loss: give one of them",
                "--steps 0                      | --steps 0: must be at least 1",
                "--every 0                      | --every 0: must be at least 1",
                "--target-loss soon             | --target-loss soon: must be auto or a finite number above 0",
                "--target-loss 0                | --target-loss 0: must be auto or",
                "--target-loss NaN              | --target-loss NaN: must be auto or",
                "--target-loss auto --optimizers lion | --target-loss auto: is the loss of adam, which is not among",
                "--model autoencoder --target 0.8 | --target 0.8: autoencoder has no accuracy",
                "--set epsilon=1                | --set epsilon=1: must look like NAME.PARAMETER=VALUE",
                "--set .epsilon=1               | --set .epsilon=1: must look like",
                "--set adam.=1                  | --set adam.=1: must look like",
                "--set nobody.epsilon=1         | unknown optimizer 'nobody'",
                "--set lion.epsilon=1           | --set lion.epsilon=1: lion has beta1, beta2",
                "--set lion.learningRate=1      | use --lr lion=1",
                "--set AdaHessian.epsilon=-1    | --set adahessian.epsilon=-1: epsilon = -1.0",
                "--set AdaHessian.epsilon=NaN   | --set adahessian.epsilon=NaN: must be a finite number",
                "--set adam.beta1=NaN           | --set adam.beta1=NaN: must be a finite number",
                "--set adahessian.updateInterval=1.5 | must be a whole number",
                "--set adahessian.updateInterval=0 | updateInterval = 0",
                "--set adahessian.spatialAveraging=maybe | must be true or false",
                "--set lion.beta1=0.5 --optimizers adam | lion is not among --optimizers",
                "--tune --lr adam=1             | --tune: takes no --lr",
                "--tune --set lion.beta1=0.5    | --tune: takes no --lr",
            })
    void should_answer_a_bad_argument_with_one_line_and_exit_code_2(String arguments, String message) {
        int code = run(arguments.split(" ", -1));
        assertThat(code).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .hasSize(1)
                .first()
                .asString()
                .contains(message);
        assertThat(out.size()).isZero();
    }

    @Test
    void should_refuse_an_output_that_is_a_file() throws IOException {
        Path file = Files.createFile(folder.resolve("taken"));
        assertThat(run("--data", data.toString(), "--out", file.toString())).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("is a file, not a folder");
    }

    @Test
    void should_refuse_images_too_small_for_the_network() throws IOException {
        TinyFolder.write(data, 20, 10, 10);
        assertThat(compare("--batch", "5")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("at least 13×13")
                .contains("--model mlp");
    }

    @Test
    void should_print_help_and_version() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("--optimizers")
                .doesNotContain("--tune");
        assertThat(run("--version")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("Newton4J compare ");
    }

    @Test
    void should_train_print_and_report() throws IOException {
        assertThat(compare("--optimizers", "adam,nesterovs,adahessian", "--evaluations", "3", "--target", "0.5"))
                .as(err.toString(StandardCharsets.UTF_8))
                .isZero();

        assertThat(err.size()).isZero();
        String text = out.toString(StandardCharsets.UTF_8);
        // A line per optimizer, seed and epoch; a heading, a rule and a line per optimizer.
        assertThat(text.lines().filter(line -> line.contains("step    6/6"))).hasSize(6);
        assertThat(text.lines().filter(line -> line.startsWith("Adam "))).hasSize(1);

        List<String> results = report("results.csv").lines().toList();
        assertThat(results).hasSize(1 + 3 * 2 * 4);
        assertThat(results).allSatisfy(line -> assertThat(line.split(",", -1)).hasSize(8));
        assertThat(results.get(4)).startsWith("adam,").contains(",1,6,6,");
        List<String> summary = report("summary.csv").lines().toList();
        assertThat(summary).hasSize(4);
        assertThat(summary).allSatisfy(line -> assertThat(line.split(",", -1)).hasSize(22));

        JsonNode json = new ObjectMapper().readTree(report("report.json"));
        assertThat(json.at("/setting/data").asText()).isEqualTo("images");
        assertThat(json.at("/setting/steps").asInt()).isEqualTo(6);
        assertThat(json.at("/runs")).hasSize(6);
        assertThat(json.at("/runs/0/evaluations")).hasSize(4);
        assertThat(json.at("/command").asText())
                .startsWith("./compare --data images --out report")
                .doesNotContain(folder.toString());
        assertThat(json.at("/summary/0/gradientEvaluations").asInt()).isEqualTo(6);
        assertThat(json.at("/summary/2/gradientEvaluations").asInt())
                .as("a curvature estimate costs gradients")
                .isGreaterThan(6);
    }

    @Test
    void should_write_a_page_that_needs_nothing_else() throws IOException {
        assertThat(compare("--optimizers", "adam", "--seeds", "1")).isZero();
        String page = report("index.html");
        assertThat(page)
                .doesNotContain("http:", "https:", "//", "<script", "<link", "src=", "@import", "{{")
                .doesNotContain(folder.toString())
                .contains("Adam")
                .endsWith("</html>\n");
        assertThat(page.split("<svg ", -1)).hasSize(1 + 6);
        assertThat(page).doesNotContain("NaN", "Infinity");
    }

    @Test
    void should_report_a_diverged_run_and_go_on() throws IOException {
        assertThat(compare("--optimizers", "nesterovs,adam", "--lr", "nesterovs=1e30", "--seeds", "1"))
                .isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("nesterovs").contains("diverged at step");
        JsonNode json = new ObjectMapper().readTree(report("report.json"));
        assertThat(json.at("/summary/0/diverged").asInt()).isEqualTo(1);
        assertThat(json.at("/summary/0/testAccuracy").isNull()).isTrue();
        assertThat(json.at("/summary/1/diverged").asInt()).isZero();
        assertThat(report("index.html")).contains("diverged at step");
    }

    @Test
    void should_try_the_same_number_of_rates_and_go_on_after_an_interruption() throws IOException {
        assertThat(compare("--tune", "--optimizers", "adam")).isZero();
        List<String> first = report("tuning.csv").lines().toList();
        assertThat(first).hasSize(1 + Tuning.TRIALS * Tuning.SEEDS.size()).startsWith(Trials.HEADER);
        assertThat(first.get(4)).startsWith("cnn,adam,learningRate,0.01,1000,32,6,");
        // Lost in an interruption: the last two trials. Adam's others are not made again, lion's are added.
        Files.write(folder.resolve("report").resolve("tuning.csv"), first.subList(0, first.size() - 2));
        assertThat(compare("--tune", "--optimizers", "adam,lion")).isZero();
        List<String> second = report("tuning.csv").lines().toList();
        assertThat(second).hasSize(1 + 2 * Tuning.TRIALS * Tuning.SEEDS.size()).doesNotHaveDuplicates();
        assertThat(second.subList(0, first.size() - 2)).isEqualTo(first.subList(0, first.size() - 2));
        assertThat(second).containsAll(first);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("| Lion | learningRate | 0.0001: ");
        assertThat(compare("--tune", "--optimizers", "adam,lion")).isZero();
        assertThat(report("tuning.csv").lines()).isEqualTo(second);
    }

    @Test
    void should_show_settings_that_are_not_the_default() throws IOException {
        assertThat(compare("--optimizers", "adam,adahessian", "--set", "AdaHessian.epsilon=1e-2", "--seeds", "1"))
                .isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("settings").contains("epsilon 1e-2");
        assertThat(report("index.html")).contains("<td>epsilon 1e-2</td>").contains("(tuned and --set)");
        assertThat(report("summary.csv")).contains(",epsilon 1e-2,");
        JsonNode json = new ObjectMapper().readTree(report("report.json"));
        assertThat(json.at("/summary/1/settings/epsilon").asText()).isEqualTo("1e-2");
        assertThat(json.at("/summary/0/settings")).isEmpty();
    }

    @Test
    void should_report_a_network_that_has_a_loss_and_no_accuracy() throws IOException {
        String[] arguments = {
            "--data",
            data.toString(),
            "--out",
            folder.resolve("report").toString(),
            "--model",
            "autoencoder",
            "--optimizers",
            "adam,nesterovs,lion",
            "--batch",
            "16",
            "--steps",
            "30",
            "--seeds",
            "2",
            // Too small to get anywhere.
            "--lr",
            "lion=1e-9",
            "--lr",
            "adam=0.003",
            "--lr",
            "nesterovs=0.003"
        };
        assertThat(run(arguments)).as(err.toString(StandardCharsets.UTF_8)).isZero();
        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(text).contains("steps ÷ Adam's").doesNotContain("accuracy", "NaN");
        assertThat(text.lines().filter(line -> line.startsWith("Lion ")))
                .hasSize(1)
                .first()
                .asString()
                .contains("not reached (0/2)");
        String page = report("index.html");
        assertThat(page)
                .doesNotContain("NaN", "Infinity", "{{", "test accuracy", "Test accuracy")
                .contains("not reached");
        assertThat(page.split("<svg ", -1)).hasSize(1 + 3);
        assertThat(page).contains("class='target'");
        assertThat(report("summary.csv"))
                .doesNotContain("NaN")
                .contains(",loss,")
                .contains("Infinity");
        assertThat(report("results.csv").lines().skip(1))
                .allSatisfy(line -> assertThat(line).endsWith(","));
        JsonNode json = new ObjectMapper().readTree(report("report.json"));
        assertThat(json.at("/target/metric").asText()).isEqualTo("loss");
        assertThat(json.at("/target/baseline").asText()).isEqualTo("adam");
        assertThat(json.at("/target/bySeed/1").isNumber()).isTrue();
        assertThat(json.at("/summary/0/stepsToTargetByAdams").asDouble()).isEqualTo(1);
        assertThat(json.at("/summary/2/stepsToTarget").isNull()).isTrue();
        assertThat(json.at("/summary/0/testAccuracy").isNull()).isTrue();
        assertThat(json.at("/runs/0/evaluations")).hasSize(4);
    }

    @Test
    void should_aim_at_a_given_loss() throws IOException {
        assertThat(compare("--optimizers", "lion", "--target-loss", "1.0", "--seeds", "1"))
                .isZero();
        JsonNode json = new ObjectMapper().readTree(report("report.json"));
        assertThat(json.at("/target/value").asDouble()).isEqualTo(1);
        assertThat(json.at("/summary/0/stepsToTargetByAdams").isNull()).isTrue();
        assertThat(report("index.html")).contains("Test accuracy").contains("loss\u00a01");
    }

    @Test
    void should_keep_the_old_report_if_saving_fails() throws IOException {
        ReportFolder report = new ReportFolder(folder.resolve("report"));
        report.save(java.util.Map.of("a.txt", "old"));
        java.util.Map<String, String> files = new java.util.LinkedHashMap<>();
        files.put("a.txt", "new");
        files.put("missing/b.txt", "cannot be written");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> report.save(files))
                .isInstanceOf(IOException.class);
        assertThat(report("a.txt")).isEqualTo("old");
        try (Stream<Path> left = Files.list(folder.resolve("report"))) {
            assertThat(left).hasSize(1);
        }
    }
}
