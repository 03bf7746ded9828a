/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiPredicate;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Trains every optimizer from every seed.
 *
 * <p>Per seed all optimizers start from the same weights and see the same batches in the same order. Seeds are the outer
 * loop, so that a machine that gets slower or faster hits all optimizers alike. Only {@code fit} is timed: building
 * batches and evaluating is not. Before its first run each optimizer trains a throw-away network for
 * {@value #WARM_UP_STEPS} steps, so that nobody pays for compilation and for the loading of native code.
 */
final class Race {
    static final int WARM_UP_STEPS = 20;

    private final Setting setting;
    private final Progress progress;
    private final Evaluator evaluator;
    private final Samples train;

    Race(Setting setting, Progress progress) {
        this.setting = setting;
        this.progress = progress;
        this.evaluator = new Evaluator(setting);
        this.train = setting.model().labelled(setting.data().train());
    }

    List<Run> run(List<Entry> entries) {
        return run(entries, (entry, seed) -> true);
    }

    /** Only those pairs of entry and seed that are wanted. */
    List<Run> run(List<Entry> entries, BiPredicate<Entry, Long> wanted) {
        List<Run> runs = new ArrayList<>();
        Set<String> warm = new HashSet<>();
        for (long seed : setting.seeds()) {
            INDArray weights = initialWeights(entries.get(0), seed);
            for (Entry entry : entries) {
                if (!wanted.test(entry, seed)) {
                    continue;
                }
                if (warm.add(entry.contestant().name())) {
                    warmUp(entry, weights, seed);
                }
                runs.add(train(entry, weights, seed));
            }
        }
        return runs;
    }

    /** The weights Deeplearning4j draws from this seed; the updater has no part in them. */
    INDArray initialWeights(Entry any, long seed) {
        MultiLayerNetwork net = new MultiLayerNetwork(setting.model().configuration(train, updater(any), seed));
        net.init();
        return net.params().dup();
    }

    private void warmUp(Entry entry, INDArray weights, long seed) {
        Companion companion = entry.contestant().companion().get();
        MultiLayerNetwork net = network(entry, companion, weights, seed);
        Batches batches = new Batches(train, setting.batch(), seed);
        for (int i = 0; i < Math.min(WARM_UP_STEPS, setting.budget().steps()); i++) {
            net.fit(batches.next());
        }
        evaluator.loss(net);
    }

    private Run train(Entry entry, INDArray weights, long seed) {
        progress.begin(entry, seed);
        Companion companion = entry.contestant().companion().get();
        MultiLayerNetwork net = network(entry, companion, weights, seed);
        Batches batches = new Batches(train, setting.batch(), seed);
        List<Point> points = new ArrayList<>();
        List<Double> millis = new ArrayList<>();
        double seconds = 0;
        Point latest = evaluate(net, 0, 0, 0);
        points.add(latest);
        OptionalInt divergedAt = OptionalInt.empty();
        int step = 0;
        while (step < setting.budget().steps() && divergedAt.isEmpty()) {
            DataSet batch = batches.next();
            long start = System.nanoTime();
            net.fit(batch);
            long nanos = System.nanoTime() - start;
            step++;
            millis.add(nanos / 1e6);
            seconds += nanos / 1e9;
            boolean finite = Double.isFinite(net.score());
            if (finite && setting.budget().evaluatesAfter(step)) {
                long gradients = step + companion.extraGradients().getAsLong();
                latest = evaluate(net, step, gradients, seconds);
                finite = Double.isFinite(latest.trainLoss());
                if (finite) {
                    points.add(latest);
                }
            }
            divergedAt = finite ? OptionalInt.empty() : OptionalInt.of(step);
            progress.step(entry, seed, step, latest);
        }
        INDArray state = net.getUpdater().getStateViewArray();
        Memory memory = new Memory(
                state == null ? 0 : state.length() * state.dataType().width(),
                companion.extraBytes().applyAsLong(net));
        Run run = new Run(entry, seed, List.copyOf(points), List.copyOf(millis), memory, divergedAt);
        progress.end(run);
        return run;
    }

    private Point evaluate(MultiLayerNetwork net, int step, long gradients, double seconds) {
        return new Point(step, gradients, seconds, evaluator.loss(net), evaluator.accuracy(net));
    }

    private MultiLayerNetwork network(Entry entry, Companion companion, INDArray weights, long seed) {
        MultiLayerNetwork net = new MultiLayerNetwork(setting.model().configuration(train, updater(entry), seed));
        net.init(weights.dup(), false);
        net.setListeners(companion.listeners());
        return net;
    }

    private IUpdater updater(Entry entry) {
        return entry.contestant().updater(setting.model(), entry);
    }
}
