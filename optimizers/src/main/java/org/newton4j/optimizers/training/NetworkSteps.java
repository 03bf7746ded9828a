/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.concurrent.ConcurrentMap;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.optimize.solvers.BaseOptimizer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.guava.collect.MapMaker;
import org.newton4j.optimizers.update.NonFinite;
import org.newton4j.optimizers.update.NonFiniteException;
import org.newton4j.optimizers.update.SkippableStep;
import org.newton4j.optimizers.update.SkippedSteps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of one network, whatever listeners it has: each is served once, and each is made or left out as a whole.
 *
 * <p>Kept by the network's identity, weakly. A network is trained by one thread at a time.
 */
final class NetworkSteps {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private static final ConcurrentMap<Model, NetworkSteps> ALL =
            new MapMaker().weakKeys().makeMap();

    private final GradientCheck check = new GradientCheck();
    private final SkippedSteps skipped = new SkippedSteps();

    /** Whether a listener has served the gradient that was computed last. */
    private boolean served;

    private @Nullable Before before;

    /** What a step that is left out must not change; there only from the gradient to the end of the iteration. */
    private record Before(INDArray parameters, @Nullable INDArray state) {}

    private NetworkSteps() {}

    /** The one object of a network. */
    static NetworkSteps of(Model model) {
        return ALL.computeIfAbsent(model, key -> new NetworkSteps());
    }

    /** Steps of a network that were left out. */
    static long skipped(Model model) {
        NetworkSteps known = ALL.get(model);
        return known == null ? 0 : known.skipped.count();
    }

    /** A gradient was computed, and nobody has served it yet. */
    void begin() {
        served = false;
        // If the last iteration never ended, an exception has ended it; what came after that is not to be undone.
        before = null;
    }

    /**
     * Whether the caller is the first to serve the present gradient; at most one is.
     *
     * @param model for the warning when it is not
     */
    boolean claim(Model model) {
        if (served) {
            String warning = "This network has more than one CurvatureListener. The first one serves it, the others are"
                    + " ignored; name one in setListeners.";
            if (OncePerNetwork.isNew(model, warning)) {
                log.warn(warning);
            }
            return false;
        }
        served = true;
        return true;
    }

    /**
     * Looks at loss and gradient.
     *
     * @param model inside onGradientCalculation; Not modified
     * @throws NonFiniteException if no step can be made
     */
    void requireUsable(Model model) {
        check.require(model);
        int iteration = Networks.iteration(model);
        for (UpdaterBlock block : MovingBlocks.of(model)) {
            if (block.getGradientUpdater() instanceof SkippableStep updater) {
                updater.gradientChecked(iteration);
            }
        }
    }

    /**
     * Leaves the step of this iteration out, or ends training.
     *
     * <p>A gradient of zero moves nothing that goes by way of it alone, such as batch normalisation's statistics. What else
     * Deeplearning4j adds between gradient and parameters (decay, momentum of its own updaters) is undone by {@link #end}.
     *
     * @param model inside onGradientCalculation; its gradient is Modified
     * @param policy which of the two
     * @param cause why no step can be made
     * @throws NonFiniteException under {@link NonFinite#FAIL}
     */
    void skip(Model model, NonFinite policy, NonFiniteException cause) {
        int iteration = Networks.iteration(model);
        skipped.add(policy, iteration, cause, log);
        if (!takesForeignUpdates(model)) {
            INDArray state = Networks.updater(model).getStateViewArray();
            before = new Before(model.params().dup(), state == null ? null : state.dup());
        }
        Networks.gradient(model).assign(0);
        for (UpdaterBlock block : MovingBlocks.of(model)) {
            if (block.getGradientUpdater() instanceof SkippableStep updater) {
                updater.skipStep(iteration);
            }
        }
    }

    /** With gradient sharing, updates of other workers arrive inside our step, and must stay. */
    private static boolean takesForeignUpdates(Model model) {
        return model.getOptimizer() instanceof BaseOptimizer optimizer && optimizer.getGradientsAccumulator() != null;
    }

    /**
     * The step of an iteration is over.
     *
     * @param model inside iterationDone; its parameters and updater state are Modified if the step was to be left out
     */
    void end(Model model) {
        served = false;
        Before kept = before;
        before = null;
        if (kept == null) {
            return;
        }
        model.params().assign(kept.parameters());
        INDArray state = Networks.updater(model).getStateViewArray();
        INDArray keptState = kept.state();
        if (state != null && keptState != null && state.length() == keptState.length()) {
            state.assign(keptState);
        }
    }
}
