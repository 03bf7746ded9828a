/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The command line as given, and what it means. */
final class Options {
    private static final int EVALUATIONS = 10;
    private static final int LOSS_INTERVAL = 10;

    /** Lines of the log for a run that is not counted in epochs. */
    private static final int LINES = 3;

    @Option(
            names = "--optimizers",
            split = ",",
            paramLabel = "NAME",
            description = "Optimizers to compare, separated by commas. Default: all.")
    List<String> optimizers = new ArrayList<>();

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "cnn",
            description = "Network: cnn (small, convolutional), mlp (784-256-128-10), autoencoder (deep, tanh). "
                    + "Default: ${DEFAULT-VALUE}.")
    String model = "cnn";

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training images. Default: cnn 2.")
    @Nullable
    Integer epochs;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Steps of a run, instead of --epochs. Default: mlp 600, autoencoder 500.")
    @Nullable
    Integer steps;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Images in a step. Default: cnn 32, mlp 128, autoencoder 200.")
    @Nullable
    Integer batch;

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
            names = "--set",
            paramLabel = "NAME.PARAMETER=VALUE",
            description = "Another hyper-parameter of one optimizer, for example adahessian.epsilon=1e-2; repeatable.")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--target",
            paramLabel = "ACC",
            description = "Test accuracy to reach, between 0 and 1. Default: cnn 0.78.")
    @Nullable
    Double target;

    @Option(
            names = "--target-loss",
            paramLabel = "auto|LOSS",
            description = "Training loss to reach, instead of --target; auto is the loss that Adam has at 90 %% of its "
                    + "steps, seed by seed. Default: mlp and autoencoder auto.")
    @Nullable
    String targetLoss;

    @Option(
            names = "--evaluations",
            paramLabel = "N",
            description = "Evaluations per epoch; steps to the target are counted at this resolution. "
                    + "Default with --target: 10.")
    @Nullable
    Integer evaluations;

    @Option(
            names = "--every",
            paramLabel = "N",
            description =
                    "Steps from one evaluation to the next, instead of --evaluations. Default with --target-loss: 10.")
    @Nullable
    Integer every;

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
            description =
                    "Try seven learning rates for each optimizer on two seeds of its own and append the trials that "
                            + "are not there yet to tuning.csv in --out.")
    boolean tune;

    @Option(names = "--verbose", description = "Print the stack trace of a failure.")
    boolean verbose;

    Model chosenModel() {
        for (Model known : Model.values()) {
            if (known.label().equals(model)) {
                return known;
            }
        }
        throw new BadInput("--model " + model + ": must be one of " + Model.labels());
    }

    List<Contestant> contestants() {
        Set<Contestant> contestants = new LinkedHashSet<>();
        if (optimizers.isEmpty()) {
            contestants.addAll(Contestants.ALL);
        }
        for (String name : optimizers) {
            if (!contestants.add(Contestants.named(name))) {
                throw new BadInput("--optimizers: '" + name + "' is named twice");
            }
        }
        return List.copyOf(contestants);
    }

    /** Contestants with learning rates and settings; each has been built once, so a refused setting costs no training. */
    List<Entry> entries(Model chosen) {
        List<Contestant> contestants = contestants();
        Map<Contestant, Double> rates = new LinkedHashMap<>();
        learningRates.forEach((name, rate) -> {
            String given = "--lr " + name + "=" + rate;
            if (!(rate > 0 && rate < Double.POSITIVE_INFINITY)) {
                throw new BadInput(given + ": must be a finite number above 0");
            }
            rates.put(among(contestants, name, given), rate);
        });
        Map<Contestant, Map<String, String>> sets = new LinkedHashMap<>();
        settings.forEach((key, value) -> {
            String given = "--set " + key + "=" + value;
            int dot = key.lastIndexOf('.');
            if (dot <= 0 || dot == key.length() - 1) {
                throw new BadInput(
                        given + ": must look like NAME.PARAMETER=VALUE, for example adahessian.epsilon=1e-2");
            }
            sets.computeIfAbsent(among(contestants, key.substring(0, dot), given), c -> new LinkedHashMap<>())
                    .put(key.substring(dot + 1), value);
        });
        List<Entry> entries = contestants.stream()
                .map(c -> entry(c.tuned(chosen), rates.get(c), sets.getOrDefault(c, Map.of())))
                .toList();
        entries.forEach(entry -> entry.contestant().updater(chosen, entry));
        return entries;
    }

    private static Contestant among(List<Contestant> contestants, String name, String given) {
        Contestant contestant = Contestants.named(name);
        if (!contestants.contains(contestant)) {
            throw new BadInput(given + ": " + name + " is not among --optimizers");
        }
        return contestant;
    }

    private static Entry entry(Entry tuned, @Nullable Double rate, Map<String, String> set) {
        if (rate == null && set.isEmpty()) {
            return tuned;
        }
        Map<String, String> all = new LinkedHashMap<>(tuned.settings());
        all.putAll(set);
        StringJoiner source = new StringJoiner(" and ");
        source.add(rate == null ? tuned.source() : Entry.GIVEN);
        if (!set.isEmpty()) {
            source.add(Entry.SET);
        }
        return new Entry(tuned.contestant(), rate == null ? tuned.learningRate() : rate, all, source.toString());
    }

    /** Checks all numbers before any data is read. */
    void check() {
        atLeastOne("--epochs", epochs);
        atLeastOne("--steps", steps);
        atLeastOne("--batch", batch);
        atLeastOne("--seeds", seeds);
        atLeastOne("--evaluations", evaluations);
        atLeastOne("--every", every);
        atLeastOne("--limit", limit);
        notBoth("--epochs", epochs, "--steps", steps);
        notBoth("--evaluations", evaluations, "--every", every);
        notBoth("--target", target, "--target-loss", targetLoss);
        if (tune && !(learningRates.isEmpty() && settings.isEmpty() && target == null && targetLoss == null)) {
            throw new BadInput("--tune: takes no --lr, --set, --target or --target-loss; it tries the grid at the "
                    + "optimizers' defaults and judges by the loss after the last step");
        }
    }

    private Goal goal(Model chosen) {
        if (target != null) {
            if (!(target > 0 && target < 1)) {
                throw new BadInput("--target " + target + ": must be between 0 and 1, for example 0.8");
            }
            if (!chosen.hasAccuracy()) {
                throw new BadInput("--target " + target + ": " + chosen.label()
                        + " has no accuracy; use --target-loss auto or --target-loss LOSS");
            }
            return Goal.accuracy(target);
        }
        return targetLoss == null ? chosen.goal() : lossGoal(targetLoss);
    }

    private static Goal lossGoal(String text) {
        if (text.equals("auto")) {
            return Goal.baselineLoss();
        }
        try {
            double value = Double.parseDouble(text);
            if (value > 0 && value < Double.POSITIVE_INFINITY) {
                return Goal.loss(value);
            }
        } catch (NumberFormatException word) {
            // Said below.
        }
        throw new BadInput("--target-loss " + text + ": must be auto or a finite number above 0");
    }

    /** Checks what depends on the network, still before any data is read. */
    void check(Model chosen, List<Contestant> contestants) {
        if (goal(chosen).automatic()
                && !tune
                && contestants.stream().noneMatch(c -> c.name().equals(Goal.BASELINE))) {
            throw new BadInput(
                    "--target-loss auto: is the loss of " + Goal.BASELINE + ", which is not among --optimizers");
        }
    }

    Setting setting(ImageData images, Model chosen) {
        ImageData used = limit == null ? images : images.limit(limit);
        int size = batch == null ? chosen.batch() : batch;
        Setting.checkBatch(used, size);
        List<Long> list =
                tune ? Tuning.SEEDS : LongStream.rangeClosed(1, seeds).boxed().toList();
        Goal goal = goal(chosen);
        return new Setting(used, chosen, budget(chosen, goal, used.train().count() / size), size, list, goal);
    }

    private Budget budget(Model chosen, Goal goal, int perEpoch) {
        int passes = epochs != null ? epochs : steps != null || tune ? 0 : chosen.epochs();
        int ordinary = tune ? chosen.tuningSteps() : chosen.steps();
        int total = passes > 0 ? Math.multiplyExact(passes, perEpoch) : steps != null ? steps : ordinary;
        int lines = passes > 0 ? perEpoch : Math.max(1, total / LINES);
        if (every != null || (evaluations == null && (tune || goal.metric() == Metric.LOSS))) {
            // A trial is judged by its end alone.
            int interval = every != null ? every : tune ? total : LOSS_INTERVAL;
            return new Budget(total, interval, 1, lines);
        }
        return new Budget(total, perEpoch, evaluations == null ? EVALUATIONS : evaluations, lines);
    }

    private static void atLeastOne(String option, @Nullable Integer value) {
        if (value != null && value < 1) {
            throw new BadInput(option + " " + value + ": must be at least 1");
        }
    }

    private static void notBoth(String one, @Nullable Object first, String other, @Nullable Object second) {
        if (first != null && second != null) {
            throw new BadInput(one + " and " + other + ": give one of them");
        }
    }
}
