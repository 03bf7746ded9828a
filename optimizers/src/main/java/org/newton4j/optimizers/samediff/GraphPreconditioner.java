/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.guava.collect.MapMaker;
import org.newton4j.curvature.inverse.DynamicMfac;
import org.newton4j.curvature.inverse.KeptState;
import org.newton4j.curvature.inverse.MfacPlan;
import org.newton4j.curvature.kernel.NotFinite;
import org.newton4j.optimizers.update.MfacSettings;
import org.newton4j.optimizers.update.NonFiniteException;
import org.newton4j.optimizers.update.PreconditionerConfig;
import org.newton4j.optimizers.update.Preconditioning;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The M-FAC window of one graph.
 *
 * <p>SameDiff updates a variable as soon as its gradient is known, while others are still being computed; M-FAC needs all
 * of them before the first step. So the gradient is evaluated once more, ahead of the iteration: with the same data, the
 * same random numbers and the same code it has the same bits.
 *
 * <p>The window belongs to the graph: it is kept by the graph's identity, weakly, not by the listener.
 */
final class GraphPreconditioner {

    private static final Logger log = LoggerFactory.getLogger(SameDiffCurvatureListener.class);

    private static final ConcurrentMap<SameDiff, GraphPreconditioner> ALL =
            new MapMaker().weakKeys().makeMap();

    private @Nullable Window window;

    /** The window before the present iteration, as long as what was inserted may have to be taken back. */
    private @Nullable KeptState kept;

    /** A window and what it was made for. */
    private record Window(MfacPlan plan, GraphLayout layout, DynamicMfac mfac) {}

    private GraphPreconditioner() {}

    /** The one object of a graph. */
    static GraphPreconditioner of(SameDiff graph) {
        return ALL.computeIfAbsent(graph, key -> new GraphPreconditioner());
    }

    /**
     * Preconditions the gradient of this iteration.
     *
     * @param graph in training; Not modified
     * @param data of this iteration by name of the placeholder; Not modified
     * @param settings of the preconditioner
     * @param coldStart whether it may start in the middle of training
     * @return for each variable with a gradient its flat part, in its own type
     * @throws NonFiniteException if no step can be made; the window is then as before
     * @throws UnsupportedOperationException if the method needs the layers of a network
     * @throws IllegalStateException if the window was lost
     */
    Map<String, INDArray> precondition(
            SameDiff graph, Map<String, INDArray> data, Preconditioning settings, boolean coldStart) {
        if (!(settings instanceof MfacSettings mfac)) {
            throw new UnsupportedOperationException(
                    settings.method() + " needs the inputs and deltas of layers, which a"
                            + " SameDiff graph does not have. Use M-FAC, AdaHessian, Sophia, Lion or DiffGrad here, or build a"
                            + " MultiLayerNetwork or ComputationGraph");
        }
        TrainingConfig config = graph.getTrainingConfig();
        if (config.getUpdater() instanceof PreconditionerConfig updater && updater.hasLearningRate()) {
            updater.stepLearningRate(config.getIterationCount(), config.getEpochCount());
        }
        GraphLayout layout = GraphLayout.of(graph).onlyDifferentiable();
        DynamicMfac current = window(mfac, layout, config, coldStart);
        INDArray flat = Nd4j.createUninitialized(type(layout), layout.length());
        layout.flatten(regularized(graph, config, LiveGraph.here(graph, data, layout)), flat);
        requireUsable(mfac, "gradient", flat);
        kept = current.keep();
        try {
            current.setDamping(mfac.damping().at(config.getIterationCount(), config.getEpochCount()));
            current.insert(flat);
            current.multiplyNewest(flat);
            requireUsable(mfac, "preconditioned gradient", flat);
        } catch (ArithmeticException e) {
            takeBack();
            throw e instanceof NonFiniteException ready
                    ? ready
                    : new NonFiniteException(mfac.method() + ": " + e.getMessage(), e);
        }
        Map<String, INDArray> parts = new LinkedHashMap<>();
        for (GraphLayout.Variable variable : layout.variables()) {
            parts.put(variable.name(), variable.of(flat).castTo(variable.type()));
        }
        return parts;
    }

    private static void requireUsable(MfacSettings settings, String what, INDArray flat) {
        long unusable = NotFinite.countBeyond(flat, NotFinite.squareLimit(flat.dataType()));
        if (unusable > 0) {
            throw new NonFiniteException(settings.method() + ": the " + what + " has " + unusable
                    + " entries that are not finite or too large to be squared in " + flat.dataType());
        }
    }

    /** Undoes what the present iteration has done to the window, if anything. */
    void takeBack() {
        KeptState before = kept;
        kept = null;
        if (before != null) {
            before.takeBack();
        }
    }

    /** The step is made: nothing will be taken back any more. */
    void settle() {
        KeptState before = kept;
        kept = null;
        if (before != null) {
            before.release();
        }
    }

    private DynamicMfac window(MfacSettings settings, GraphLayout layout, TrainingConfig config, boolean coldStart) {
        MfacPlan plan = settings.plan(layout.length(), type(layout));
        double damping = settings.damping().at(config.getIterationCount(), config.getEpochCount());
        Window current = window;
        if (current == null || !current.plan().equals(plan) || !current.layout().equals(layout)) {
            if (config.getIterationCount() > 0 && !coldStart) {
                throw new IllegalStateException(settings.method() + " has no state although the graph is at iteration "
                        + config.getIterationCount()
                        + ": a file written by SameDiff.save, and a copy of a graph, do not"
                        + " carry it, and a changed graph cannot use it. To go on with an empty window, use"
                        + " SameDiffCurvatureListener.builder().coldStart(true)");
            }
            if (settings.gradients() == null) {
                log.info("{}, chosen by memoryBudget {}", plan.describe(), settings.memoryBudget());
            }
            current = new Window(plan, layout, new DynamicMfac(plan, damping));
            window = current;
        }
        return current.mfac();
    }

    /** What SameDiff does to a gradient before it is handed to the updater. */
    private static Map<String, INDArray> regularized(
            SameDiff graph, TrainingConfig config, Map<String, INDArray> gradients) {
        List<Regularization> all = config.getRegularization();
        if (all == null || all.isEmpty()) {
            return gradients;
        }
        IUpdater updater = config.getUpdater();
        int iteration = config.getIterationCount();
        int epoch = config.getEpochCount();
        double learningRate = updater.hasLearningRate() ? updater.getLearningRate(iteration, epoch) : 1;
        Map<String, INDArray> result = new HashMap<>();
        gradients.forEach((name, gradient) -> {
            INDArray copy = gradient.dup();
            for (Regularization regularization : all) {
                if (regularization.applyStep() == Regularization.ApplyStep.BEFORE_UPDATER) {
                    regularization.apply(graph.getVariable(name).getArr(), copy, learningRate, iteration, epoch);
                }
            }
            result.put(name, copy);
        });
        return result;
    }

    private static DataType type(GraphLayout layout) {
        return layout.variables().stream().anyMatch(variable -> variable.type() == DataType.DOUBLE)
                ? DataType.DOUBLE
                : DataType.FLOAT;
    }
}
