/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Recorded trials of the search for learning rates, as lines of tuning.csv. */
final class Trials {
    static final String HEADER = "model,optimizer,parameter,value,seed,batch,steps,train_loss";

    private static final int CELLS = HEADER.split(",", -1).length;

    /**
     * One trial.
     *
     * @param model label of the network
     * @param optimizer name
     * @param parameter what was turned
     * @param value where it stood, as printed
     * @param seed of weights and batches
     * @param batch images in a step
     * @param steps parameter updates
     * @param loss after the last step; infinite if it diverged
     */
    record Trial(
            String model,
            String optimizer,
            String parameter,
            String value,
            long seed,
            int batch,
            int steps,
            double loss) {

        /** The same trial, whatever came out. */
        boolean repeats(Trial other) {
            return line(this, "").equals(line(other, ""));
        }
    }

    private final List<Trial> all;

    private Trials(List<Trial> all) {
        this.all = List.copyOf(all);
    }

    /** Those in the jar. */
    static Trials recorded() {
        return Holder.RECORDED;
    }

    private static final class Holder {
        static final Trials RECORDED = read();

        private static Trials read() {
            try (InputStream in = Trials.class.getResourceAsStream("tuning.csv")) {
                if (in == null) {
                    throw new IllegalStateException("tuning.csv is missing from the jar; build it again");
                }
                return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "tuning.csv in the jar");
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
    }

    static Trials parse(String csv, String name) {
        List<Trial> trials = new ArrayList<>();
        List<String> lines = csv.lines().toList();
        if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
            throw new BadInput(name + ": the first line must be " + HEADER);
        }
        for (int i = 1; i < lines.size(); i++) {
            String[] cells = lines.get(i).split(",", -1);
            try {
                if (cells.length != CELLS) {
                    throw new NumberFormatException(cells.length + " values instead of " + CELLS);
                }
                trials.add(new Trial(
                        cells[0],
                        cells[1],
                        cells[2],
                        cells[3],
                        Long.parseLong(cells[4]),
                        Integer.parseInt(cells[5]),
                        Integer.parseInt(cells[6]),
                        Double.parseDouble(cells[7])));
            } catch (NumberFormatException wrong) {
                throw new BadInput(name + ", line " + (i + 1) + ": " + Reason.of(wrong));
            }
        }
        return new Trials(trials);
    }

    static Trial of(Setting setting, Run run) {
        double loss = run.diverged() ? Double.POSITIVE_INFINITY : run.last().trainLoss();
        return planned(setting, run.entry(), run.seed(), loss);
    }

    /** The trial an entry stands for, with a loss. */
    static Trial planned(Setting setting, Entry entry, long seed, double loss) {
        Contestant contestant = entry.contestant();
        String parameter = contestant.knob().parameter();
        return new Trial(
                setting.model().label(),
                contestant.name(),
                parameter,
                entry.settings().getOrDefault(parameter, Text.number(entry.learningRate())),
                seed,
                setting.batch(),
                setting.budget().steps(),
                loss);
    }

    static String line(Trial trial) {
        return line(trial, Double.isFinite(trial.loss()) ? Text.fixed(trial.loss(), 4) : "Infinity");
    }

    private static String line(Trial t, String loss) {
        return t.model() + "," + t.optimizer() + "," + t.parameter() + "," + t.value() + "," + t.seed() + ","
                + t.batch() + "," + t.steps() + "," + loss;
    }

    List<Trial> all() {
        return all;
    }

    boolean contains(Trial trial) {
        return all.stream().anyMatch(trial::repeats);
    }

    /** Value → mean loss over the seeds, in the order of the trials; one diverged seed makes it infinite. */
    Map<String, Double> losses(Model model, Contestant contestant) {
        Map<String, List<Double>> byValue = new LinkedHashMap<>();
        for (Trial trial : all) {
            if (trial.model().equals(model.label()) && trial.optimizer().equals(contestant.name())) {
                byValue.computeIfAbsent(trial.value(), value -> new ArrayList<>())
                        .add(trial.loss());
            }
        }
        Map<String, Double> means = new LinkedHashMap<>();
        byValue.forEach((value, losses) -> means.put(
                value,
                losses.stream().mapToDouble(Double::doubleValue).average().orElseThrow()));
        return means;
    }

    /** The value with the smallest mean loss; empty without a trial that ended. */
    Optional<Double> best(Model model, Contestant contestant) {
        return losses(model, contestant).entrySet().stream()
                .filter(entry -> Double.isFinite(entry.getValue()))
                .min(Map.Entry.comparingByValue())
                .map(entry -> Double.valueOf(entry.getKey()));
    }
}
