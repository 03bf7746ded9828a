/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The command line as given, and what it means. */
final class Options {
    @Option(
            names = "--optimizers",
            split = ",",
            paramLabel = "NAME",
            description = "Optimizers to compare, separated by commas. Default: all.")
    List<String> optimizers = new ArrayList<>();

    @Option(
            names = "--model",
            paramLabel = "cnn|mlp",
            defaultValue = "cnn",
            description = "Network: a small convolutional one or a multilayer perceptron. Default: ${DEFAULT-VALUE}.")
    String model = "cnn";

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "2",
            description = "Passes over the training images. Default: ${DEFAULT-VALUE}.")
    int epochs;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "32",
            description = "Images in a step. Default: ${DEFAULT-VALUE}.")
    int batch;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "2",
            description = "Runs per optimizer, with seeds 1 to N. Default: ${DEFAULT-VALUE}.")
    int seeds;

    @Option(
            names = "--lr",
            paramLabel = "NAME=VALUE",
            description = "Learning rate of one optimizer instead of the tuned one; repeatable.")
    Map<String, Double> learningRates = new LinkedHashMap<>();

    @Option(
            names = "--target",
            paramLabel = "ACC",
            defaultValue = "0.78",
            description = "Test accuracy to reach, between 0 and 1. Default: ${DEFAULT-VALUE}.")
    double target;

    @Option(
            names = "--evaluations",
            paramLabel = "N",
            defaultValue = "10",
            description =
                    "Evaluations per epoch; steps to the target are counted at this resolution. Default: ${DEFAULT-VALUE}.")
    int evaluations;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder of IDX files, plain or .gz: train-images-idx3-ubyte, train-labels-idx1-ubyte, "
                    + "and the same with t10k for the test. Default: 10,000 embedded Fashion-MNIST images.")
    @Nullable
    Path data;

    @Option(names = "--limit", paramLabel = "N", description = "Use only the first N training images.")
    @Nullable
    Integer limit;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "report",
            description = "Folder for the report. Default: ${DEFAULT-VALUE}.")
    Path out = Path.of("report");

    @Option(
            names = "--tune",
            hidden = true,
            description = "Try seven learning rates for each optimizer on two seeds of its own and write tuning.csv.")
    boolean tune;

    @Option(names = "--verbose", description = "Print the stack trace of a failure.")
    boolean verbose;

    Model chosenModel() {
        for (Model known : Model.values()) {
            if (known.label().equals(model)) {
                return known;
            }
        }
        throw new BadInput("--model " + model + ": must be cnn or mlp");
    }

    List<Entry> entries(Model chosen) {
        Set<Contestant> contestants = new LinkedHashSet<>();
        if (optimizers.isEmpty()) {
            contestants.addAll(Contestants.ALL);
        }
        for (String name : optimizers) {
            if (!contestants.add(Contestants.named(name))) {
                throw new BadInput("--optimizers: '" + name + "' is named twice");
            }
        }
        Map<Contestant, Double> given = new LinkedHashMap<>();
        learningRates.forEach((name, rate) -> {
            Contestant contestant = Contestants.named(name);
            if (!(rate > 0 && rate < Double.POSITIVE_INFINITY)) {
                throw new BadInput("--lr " + name + "=" + rate + ": must be a finite number above 0");
            }
            if (!contestants.contains(contestant)) {
                throw new BadInput("--lr " + name + "=" + rate + ": " + name + " is not among --optimizers");
            }
            given.put(contestant, rate);
        });
        return contestants.stream()
                .map(c -> given.containsKey(c)
                        ? new Entry(c, given.get(c), Entry.GIVEN)
                        : new Entry(c, c.rate(chosen).tuned(), Entry.TUNED))
                .toList();
    }

    /** Checks all numbers before any data is read. */
    void check() {
        atLeastOne("--epochs", epochs);
        atLeastOne("--batch", batch);
        atLeastOne("--seeds", seeds);
        atLeastOne("--evaluations", evaluations);
        if (limit != null) {
            atLeastOne("--limit", limit);
        }
        if (!(target > 0 && target < 1)) {
            throw new BadInput("--target " + target + ": must be between 0 and 1, for example 0.8");
        }
    }

    Setting setting(ImageData images, Model chosen) {
        ImageData used = limit == null ? images : images.limit(limit);
        List<Long> list =
                tune ? Tuning.SEEDS : LongStream.rangeClosed(1, seeds).boxed().toList();
        return new Setting(used, chosen, epochs, batch, list, evaluations, target);
    }

    private static void atLeastOne(String option, int value) {
        if (!(value >= 1)) {
            throw new BadInput(option + " " + value + ": must be at least 1");
        }
    }
}
