/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.newton4j.curvature.kernel.NotFinite;

/**
 * The updater of every optimizer in this library: it binds state views, checks lengths, receives curvature and calls the
 * optimizer's {@link OptimizerConfig#step}.
 *
 * <p>State lives in the view that Deeplearning4j hands out, nowhere else: Deeplearning4j creates updaters anew and
 * restores the view afterwards, so nothing derived from the view is kept and all counters come from the iteration.
 * State starts at zero. Not safe for use by several threads at once.
 */
public final class FusedUpdater implements GradientUpdater<OptimizerConfig>, CurvatureConsumer {

    private final OptimizerConfig config;
    private final StateLayout layout;
    private final Optional<CurvatureRequest> request;
    private final NonFiniteReport nonFinite = new NonFiniteReport();
    private final FlatView flatView = new FlatView();

    private @Nullable Map<String, INDArray> state;
    private @Nullable Delivery delivery;

    /** True once a non-zero state was seen; saves the scan from then on. */
    private boolean warm;

    private WinRate winRate = WinRate.NONE;

    /** The iteration whose step waits for curvature; -1 for none. */
    private int waiting = -1;

    /** The iteration whose gradient was found usable, or is to be left out; -1 for none. */
    private int checked = -1;

    private int skipped = -1;

    /** Curvature for one iteration. */
    private record Delivery(int iteration, INDArray diagonal) {}

    FusedUpdater(OptimizerConfig config) {
        this.config = config;
        this.layout = config.layout();
        this.request = config.curvatureRequest();
        if (request.isPresent() != layout.curvatureSlot().isPresent()) {
            throw new IllegalStateException(config.name() + ": curvatureRequest() and the layout's curvatureSlot must"
                    + " both be there or both be empty, but are " + request + " and " + layout.curvatureSlot());
        }
    }

    @Override
    public OptimizerConfig getConfig() {
        return config;
    }

    /**
     * Takes state over: into the bound view if there is one, else by reference.
     *
     * @param stateMap one array for each key of the layout, values in C order; Modified if {@code initialize}
     * @param initialize whether to write the initial state, zeros
     * @throws IllegalArgumentException if the keys are others, or the lengths or types differ
     */
    @Override
    public void setState(Map<String, INDArray> stateMap, boolean initialize) {
        if (!stateMap.keySet().equals(new LinkedHashSet<>(layout.slots()))) {
            throw new IllegalArgumentException(config.name() + ": the state has the keys " + stateMap.keySet()
                    + ", but must have exactly " + layout.slots());
        }
        Map<String, INDArray> taken = new LinkedHashMap<>();
        @Nullable
        INDArray first = state == null ? null : state.get(layout.slots().get(0));
        for (String slot : layout.slots()) {
            INDArray given = stateMap.get(slot);
            if (given == null) {
                throw new IllegalArgumentException(config.name() + ": the state of " + slot + " is null");
            }
            INDArray flat = given.rank() == 1 ? given : given.reshape('c', new long[] {given.length()});
            first = first == null ? flat : first;
            if (!(flat.length() == first.length() && flat.dataType() == first.dataType())) {
                throw new IllegalArgumentException(config.name() + ": the state of " + slot + " is " + flat.length()
                        + " x " + flat.dataType() + ", but must be " + first.length() + " x " + first.dataType());
            }
            taken.put(slot, flat);
        }
        if (initialize) {
            taken.values().forEach(vector -> vector.assign(0));
        }
        if (state == null) {
            state = taken;
        } else {
            // The bound vectors are views of the network's state; replacing them would cut the updater off from it.
            state.forEach((slot, vector) -> vector.assign(taken.get(slot)));
        }
        warm = false;
    }

    /**
     * The state vectors by key.
     *
     * @return rank-1 views, in the order of the layout; empty if no state was bound
     */
    @Override
    public Map<String, INDArray> getState() {
        return state == null ? new LinkedHashMap<>() : new LinkedHashMap<>(state);
    }

    /**
     * Binds this updater to a state view.
     *
     * @param viewArray {@code [n]} or {@code [1, n]}; null leaves an updater for a block without parameters. Modified
     *     if {@code initialize}
     * @param gradientShape shape of the gradients to come; their values are matched with the state in C order
     * @param gradientOrder not needed, the order of each gradient is looked at
     * @param initialize whether to write the initial state, zeros
     * @throws IllegalArgumentException if the length does not fit the gradient's shape
     */
    @Override
    public void setStateViewArray(
            @Nullable INDArray viewArray, long[] gradientShape, char gradientOrder, boolean initialize) {
        if (viewArray == null) {
            state = null;
            return;
        }
        long gradientLength = 1;
        for (long size : gradientShape) {
            gradientLength *= size;
        }
        long expected = layout.size(config.name(), gradientLength);
        if (!(viewArray.length() == expected)) {
            throw new IllegalArgumentException(config.name() + ": the state view has " + viewArray.length()
                    + " values, but a gradient of " + gradientLength + " values needs " + expected);
        }
        bind(viewArray, initialize);
    }

    void bind(INDArray view, boolean initialize) {
        state = layout.split(config.name(), view);
        warm = false;
        if (initialize) {
            view.assign(0);
        }
    }

    @Override
    public Optional<CurvatureRequest> curvatureRequest() {
        return request;
    }

    @Override
    public boolean wantsCurvature(int iteration) {
        return request.isPresent() && state != null && (request.get().isDue(iteration) || isBlank(state));
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if length or type are not those of the state
     * @throws IllegalStateException if no curvature is wanted for this iteration
     */
    @Override
    public void acceptCurvature(INDArray diagonal, int iteration) {
        Map<String, INDArray> bound = requireWanted(iteration);
        INDArray slot = curvatureState(bound);
        if (!(diagonal.length() == slot.length() && diagonal.dataType() == slot.dataType())) {
            throw new IllegalArgumentException(config.name() + ": the curvature is " + diagonal.length() + " x "
                    + diagonal.dataType() + ", but must be " + slot.length() + " x " + slot.dataType()
                    + " like the gradient of this block");
        }
        delivery = new Delivery(
                iteration, diagonal.rank() == 1 ? diagonal : diagonal.reshape('c', new long[] {diagonal.length()}));
    }

    @Override
    public void skipStep(int iteration) {
        skipped = iteration;
        checked = -1;
    }

    @Override
    public void gradientChecked(int iteration) {
        checked = iteration;
        skipped = -1;
    }

    @Override
    public void awaitCurvature(int iteration) {
        waiting = iteration;
    }

    /**
     * Replaces the gradient by the update that is to be subtracted from the parameters, and advances the state. A gradient
     * with an entry that is not finite, or whose square is not, gives an update of 0 and leaves the state as it is.
     *
     * @param gradient of any shape with the length of the state; Modified
     * @param iteration 0-based
     * @param epoch 0-based
     * @throws IllegalStateException if the state does not fit the gradient, if curvature is due and was not delivered or
     *     was delivered for another iteration, or if the schedule's learning rate is not finite or negative
     */
    @Override
    public void applyUpdater(INDArray gradient, int iteration, int epoch) {
        if (state == null && gradient.length() == 0) {
            return;
        }
        Map<String, INDArray> bound = layout.require(config.name(), state, gradient);
        if (!(iteration >= 0)) {
            throw new IllegalArgumentException("iteration = " + iteration + ", but must be at least 0");
        }
        try {
            if (skipped == iteration || waiting == iteration) {
                winRate = WinRate.NONE;
                gradient.assign(0);
                return;
            }
            INDArray view = flatView.of(gradient);
            INDArray flat = view != null ? view : gradient.dup('c').reshape(gradient.length());
            if (!isUsable(flat, iteration)) {
                gradient.assign(0);
                return;
            }
            UpdaterStep step = new UpdaterStep(
                    flat,
                    bound,
                    iteration,
                    config.stepLearningRate(iteration, epoch),
                    isCold(bound, iteration),
                    curvature(bound, flat, iteration));
            // The kernels leave out what is not finite; only regularisation can have added it here.
            nonFinite.add(config.name(), iteration, config.step(step), gradient.length());
            winRate = step.winRate();
            if (view == null) {
                gradient.assign(flat.reshape('c', gradient.shape()));
            }
        } finally {
            // What was delivered serves one step only; a failed step must not leave it for the next one.
            delivery = null;
            checked = -1;
            skipped = -1;
            waiting = -1;
        }
    }

    /** Without a listener nobody has looked at the gradient yet. */
    private boolean isUsable(INDArray flat, int iteration) {
        if (checked == iteration) {
            return true;
        }
        long beyond = NotFinite.countBeyond(flat, NotFinite.squareLimit(flat.dataType()));
        long unusable = beyond == 0 ? 0 : NotFinite.count(flat);
        if (unusable == 0 && beyond > 0) {
            // As the official implementations do, whose squares become infinite.
            nonFinite.addTooLarge(config.name(), iteration, beyond, flat.length());
        } else {
            nonFinite.add(config.name(), iteration, unusable, flat.length());
        }
        return unusable == 0;
    }

    /**
     * How many coordinates the last step did not clip.
     *
     * @return {@link WinRate#NONE}, whose value is NaN, before the first step of this updater and for optimizers that do
     *     not clip
     */
    public WinRate winRate() {
        return winRate;
    }

    private boolean isCold(Map<String, INDArray> bound, int iteration) {
        // At iteration 0 the first step of a cold and of an ordinary start are the same, which saves the scan.
        if (iteration == 0) {
            return true;
        }
        return isBlank(bound);
    }

    /**
     * Whether no step was ever made with this state: the first one has an estimate, so a state without curvature that
     * holds anything else has met a curvature of zero. Steps without any gradient leave no trace and need no curvature.
     */
    private boolean isBlank(Map<String, INDArray> bound) {
        warm = warm || !bound.values().stream().allMatch(ZeroScan::isZero);
        return !warm;
    }

    private INDArray curvatureState(Map<String, INDArray> bound) {
        return Objects.requireNonNull(bound.get(layout.curvatureSlot().orElseThrow()));
    }

    private Map<String, INDArray> requireWanted(int iteration) {
        if (state == null || !wantsCurvature(iteration)) {
            throw new IllegalStateException(config.name() + ": curvature was not asked for at iteration " + iteration
                    + "; call wantsCurvature(" + iteration + ") first");
        }
        return state;
    }

    private UpdaterStep.Curvature curvature(Map<String, INDArray> bound, INDArray gradient, int iteration) {
        if (request.isEmpty()) {
            return UpdaterStep.Curvature.NONE;
        }
        long estimates = request.get().estimatesAfter(iteration);
        Delivery delivered = delivery;
        if (delivered == null) {
            boolean isNeeded = request.get().isDue(iteration) || (isBlank(bound) && !ZeroScan.isZero(gradient));
            if (isNeeded) {
                throw MissingDelivery.of(config.name(), "curvature", iteration);
            }
            return new UpdaterStep.Curvature(null, false, estimates);
        }
        if (!(delivered.iteration() == iteration)) {
            throw new IllegalStateException(config.name() + ": curvature was delivered for iteration "
                    + delivered.iteration() + ", but the step is that of iteration " + iteration
                    + "; stale curvature is not used. Deliver it between the gradient and the step of one iteration");
        }
        return new UpdaterStep.Curvature(delivered.diagonal(), estimates == 1 || isBlank(bound), estimates);
    }
}
