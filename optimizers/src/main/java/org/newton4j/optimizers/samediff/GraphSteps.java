/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.shade.guava.collect.MapMaker;
import org.newton4j.curvature.kernel.NotFinite;
import org.newton4j.optimizers.update.NonFinite;
import org.newton4j.optimizers.update.NonFiniteException;
import org.newton4j.optimizers.update.SkippableStep;
import org.newton4j.optimizers.update.SkippedSteps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of one graph, whatever listeners it has: each is served once, and each is made or left out as a whole.
 *
 * <p>SameDiff updates a variable as soon as its gradient is known, while others are still being computed. So each variable
 * and its updater's state are copied just before, and put back if a later gradient or the loss turns out to be unusable.
 *
 * <p>Kept by the graph's identity, weakly. A graph is trained by one thread at a time.
 */
final class GraphSteps {

    private static final Logger log = LoggerFactory.getLogger(SameDiffCurvatureListener.class);

    private static final ConcurrentMap<SameDiff, GraphSteps> ALL =
            new MapMaker().weakKeys().makeMap();

    private final SkippedSteps skipped = new SkippedSteps();

    /** Copies by name of the variable, kept from step to step. */
    private final Map<String, List<Copy>> copies = new HashMap<>();

    /** SameDiff has one such object per call of fit. */
    private WeakReference<@Nullable At> servedFit = new WeakReference<>(null);

    private int servedIteration;
    private boolean warned;

    /** Of the iteration under way. */
    private final Map<String, String> variablesByGradient = new HashMap<>();

    private final Set<String> losses = new LinkedHashSet<>();
    private final Set<String> updated = new LinkedHashSet<>();
    private boolean leftOut;

    private record Copy(INDArray original, INDArray copy) {

        static Copy of(INDArray original) {
            return new Copy(original, original.dup());
        }

        void take() {
            copy.assign(original);
        }

        void putBack() {
            original.assign(copy);
        }
    }

    private GraphSteps() {}

    /** The one object of a graph. */
    static GraphSteps of(SameDiff graph) {
        return ALL.computeIfAbsent(graph, key -> new GraphSteps());
    }

    /** Steps of a graph that were left out. */
    static long skipped(SameDiff graph) {
        GraphSteps known = ALL.get(graph);
        return known == null ? 0 : known.skipped.count();
    }

    /**
     * Begins an iteration, unless another listener has done so; at most one does.
     *
     * @param graph in training; Not modified
     * @param at of iterationStart
     * @return whether the caller serves this iteration
     */
    boolean begin(SameDiff graph, At at) {
        if (servedFit.refersTo(at) && servedIteration == at.iteration()) {
            if (!warned) {
                warned = true;
                log.warn(
                        "This graph has more than one SameDiffCurvatureListener. The first one serves it, the others are"
                                + " ignored; name one in setListeners.");
            }
            return false;
        }
        servedFit = new WeakReference<>(at);
        servedIteration = at.iteration();
        leftOut = false;
        updated.clear();
        variablesByGradient.clear();
        for (SDVariable variable : graph.variables()) {
            if (variable.getVariableType() == VariableType.VARIABLE
                    && variable.dataType().isFPType()
                    && variable.getGradient() != null) {
                variablesByGradient.put(variable.getGradient().name(), variable.name());
            }
        }
        losses.clear();
        losses.addAll(graph.getLossVariables());
        return true;
    }

    /**
     * Looks at what an operation has computed, just before SameDiff makes a step of it.
     *
     * @param graph in training
     * @param name of the operation's result
     * @param value Not modified
     * @param policy when it is unusable
     * @throws NonFiniteException under {@link NonFinite#FAIL}; the graph is then as before the iteration
     */
    void computed(SameDiff graph, String name, INDArray value, NonFinite policy) {
        if (losses.contains(name) && NotFinite.count(flat(value)) > 0) {
            leaveOut(graph, policy, new NonFiniteException("the loss '" + name + "' is not finite"));
        }
        String variable = variablesByGradient.get(name);
        if (variable == null) {
            return;
        }
        if (!leftOut) {
            long unusable = NotFinite.countBeyond(flat(value), NotFinite.squareLimit(value.dataType()));
            if (unusable > 0) {
                leaveOut(
                        graph,
                        policy,
                        new NonFiniteException("the gradient of '" + variable + "' has " + unusable
                                + " entries that are not finite or too large to be squared in " + value.dataType()));
            }
        }
        keep(graph, variable);
        updated.add(variable);
        if (updater(graph, variable) instanceof SkippableStep updater) {
            if (leftOut) {
                updater.skipStep(servedIteration);
            } else {
                updater.gradientChecked(servedIteration);
            }
        }
    }

    /**
     * Leaves the step of this iteration out, or ends training.
     *
     * @param graph in training; under FAIL put back to the state before the iteration
     * @param policy which of the two
     * @param cause why no step can be made
     * @throws NonFiniteException under {@link NonFinite#FAIL}
     */
    void leaveOut(SameDiff graph, NonFinite policy, NonFiniteException cause) {
        if (leftOut) {
            return;
        }
        leftOut = true;
        GraphPreconditioner.of(graph).takeBack();
        if (policy == NonFinite.FAIL) {
            putBack();
        }
        skipped.add(policy, servedIteration, cause, log);
    }

    /** The step of an iteration is over. */
    void end(SameDiff graph) {
        if (leftOut) {
            putBack();
        } else {
            GraphPreconditioner.of(graph).settle();
        }
    }

    private void putBack() {
        for (String name : updated) {
            copies.getOrDefault(name, List.of()).forEach(Copy::putBack);
        }
        updated.clear();
    }

    private void keep(SameDiff graph, String variable) {
        List<INDArray> originals = new ArrayList<>();
        originals.add(graph.getVariable(variable).getArr());
        GradientUpdater<?> updater = updater(graph, variable);
        if (updater != null) {
            Map<String, INDArray> state = updater.getState();
            if (state != null) {
                originals.addAll(new LinkedHashMap<>(state).values());
            }
        }
        List<Copy> known = copies.get(variable);
        if (known == null || !isOf(known, originals)) {
            copies.put(variable, originals.stream().map(Copy::of).toList());
        } else {
            known.forEach(Copy::take);
        }
    }

    private static boolean isOf(List<Copy> copies, List<INDArray> originals) {
        if (copies.size() != originals.size()) {
            return false;
        }
        for (int i = 0; i < copies.size(); i++) {
            if (copies.get(i).original() != originals.get(i)) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable GradientUpdater<?> updater(SameDiff graph, String variable) {
        Map<String, ?> updaters = graph.getUpdaterMap();
        return updaters != null && updaters.get(variable) instanceof GradientUpdater<?> updater ? updater : null;
    }

    /** As a vector, which is counted faster; over the same memory where that is possible. */
    private static INDArray flat(INDArray value) {
        return value.rank() == 1 ? value : value.reshape(value.ordering(), new long[] {value.length()});
    }
}
