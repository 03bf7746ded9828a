/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * An optimizer as Deeplearning4j configures it: a learning rate or a schedule, hyper-parameters, a state layout and one
 * step.
 *
 * <p>A concrete optimizer is a final class with private final fields, a public static {@code builder()}, whose {@link
 * Builder} has one public setter per field of the same name and a {@code build()}, and the four methods left open here. The field names and the class name are the file format of saved networks. The
 * learning rate can be replaced ({@code net.setLearningRate}); everything else is immutable.
 */
public abstract class OptimizerConfig extends NamedSettings {

    // One of the two is null. A null field is left out of the JSON, NaN would not be.
    /** Constant learning rate, or null if there is a schedule. */
    private @Nullable Double learningRate;

    /** Schedule of the learning rate, or null if it is constant. */
    private @Nullable ISchedule learningRateSchedule;

    /**
     * Takes over the learning rate or schedule.
     *
     * @param builder where it was set
     */
    protected OptimizerConfig(Builder<?> builder) {
        learningRateSchedule = builder.learningRateSchedule;
        learningRate = learningRateSchedule == null ? builder.learningRate : null;
    }

    /**
     * The state vectors this optimizer keeps.
     *
     * @return always the same layout
     */
    protected abstract StateLayout layout();

    /**
     * Replaces the gradient by the update and advances the state.
     *
     * @param step gradient, state, counters and curvature of this step
     * @return number of coordinates left out because their gradient is not finite
     */
    protected abstract long step(UpdaterStep step);

    /**
     * What this optimizer wants to know about curvature.
     *
     * @return empty if it works on gradients alone
     */
    public Optional<CurvatureRequest> curvatureRequest() {
        return Optional.empty();
    }

    @Override
    final void describeFirst(BiConsumer<String, Object> to) {
        if (learningRateSchedule != null) {
            to.accept("learningRateSchedule", learningRateSchedule);
        } else if (learningRate != null) {
            to.accept("learningRate", learningRate);
        }
    }

    /**
     * Number of state values.
     *
     * @param numParams number of parameters, at least 0
     * @return a fixed number of values per parameter
     * @throws IllegalArgumentException if the number exceeds {@link Integer#MAX_VALUE}, where Deeplearning4j's cast to
     *     int would wrap around silently
     */
    @Override
    public final long stateSize(long numParams) {
        return layout().size(name(), numParams);
    }

    /**
     * Creates the updater of a block.
     *
     * @param viewArray state view, {@code [n]} or {@code [1, n]}; null for a block without parameters. Modified if
     *     {@code initializeViewArray}
     * @param initializeViewArray whether to write the initial state, zeros
     * @return a new updater
     * @throws IllegalArgumentException if the view has another shape or does not divide into the state vectors
     */
    @Override
    public final FusedUpdater instantiate(@Nullable INDArray viewArray, boolean initializeViewArray) {
        FusedUpdater updater = new FusedUpdater(this);
        if (viewArray != null) {
            updater.bind(viewArray, initializeViewArray);
        }
        return updater;
    }

    /**
     * Creates an updater from named state vectors, as SameDiff saves them.
     *
     * @param updaterState one array for each key of the layout, kept by reference
     * @param initializeStateArrays whether to write the initial state, zeros
     * @return a new updater
     * @throws IllegalArgumentException if the keys are others, or the lengths or types differ
     */
    @Override
    public final FusedUpdater instantiate(Map<String, INDArray> updaterState, boolean initializeStateArrays) {
        FusedUpdater updater = new FusedUpdater(this);
        updater.setState(updaterState, initializeStateArrays);
        return updater;
    }

    /**
     * Learning rate at an iteration.
     *
     * @param iteration 0-based
     * @param epoch 0-based
     * @return the schedule's value if there is a schedule, else the learning rate
     */
    @Override
    public final double getLearningRate(int iteration, int epoch) {
        if (learningRateSchedule != null) {
            return learningRateSchedule.valueAt(iteration, epoch);
        }
        return learningRate == null ? Double.NaN : learningRate;
    }

    /**
     * Optimizers of this library have a learning rate.
     *
     * @return true
     */
    @Override
    public final boolean hasLearningRate() {
        return true;
    }

    /**
     * Replaces the learning rate; Deeplearning4j calls it from {@code setLearningRate}.
     *
     * @param lr finite and at least 0; ignored if there is a schedule, so NaN is allowed there
     * @param lrSchedule the schedule, or null for a constant learning rate
     * @throws IllegalArgumentException if there is no schedule and {@code lr} is not a learning rate
     */
    @Override
    public final void setLrAndSchedule(double lr, @Nullable ISchedule lrSchedule) {
        checkLearningRate(lr, lrSchedule);
        learningRate = lrSchedule == null ? lr : null;
        learningRateSchedule = lrSchedule;
    }

    /**
     * Copies this configuration; the schedule, which has no state, is shared.
     *
     * @return an equal configuration with a learning rate of its own
     */
    @Override
    public final OptimizerConfig clone() {
        // Every other field is immutable, so the field-by-field copy of Object is a deep one.
        return (OptimizerConfig) super.clone();
    }

    /**
     * Common part of the builders, through which files are read, too: what a file leaves out keeps its default, what it
     * holds is checked.
     *
     * @param <B> the concrete builder
     */
    public abstract static class Builder<B extends Builder<B>> {

        private final double defaultLearningRate;
        private double learningRate;
        private @Nullable ISchedule learningRateSchedule;

        /**
         * Starts from the default.
         *
         * @param defaultLearningRate learning rate if none is set
         */
        protected Builder(double defaultLearningRate) {
            this.defaultLearningRate = defaultLearningRate;
            this.learningRate = defaultLearningRate;
        }

        /**
         * This builder, with its concrete type.
         *
         * @return this
         */
        protected abstract B self();

        /**
         * Called before a file is read: replaces the default of a setting that a file of an older version cannot name by
         * what that version did. Nothing to do unless an optimizer has such a setting.
         */
        protected void startFromFile() {}

        /**
         * Sets a constant learning rate.
         *
         * @param learningRate finite and at least 0
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public B learningRate(double learningRate) {
            this.learningRate = Range.LEARNING_RATE.check("learningRate", learningRate, defaultLearningRate);
            return self();
        }

        /**
         * Sets a schedule, which wins over a constant learning rate.
         *
         * @param learningRateSchedule learning rate for every iteration and epoch
         * @return this
         * @throws IllegalArgumentException if it is null
         */
        public B learningRateSchedule(ISchedule learningRateSchedule) {
            if (learningRateSchedule == null) {
                throw new IllegalArgumentException("learningRateSchedule = null, but must be a schedule;"
                        + " leave it out for the default learning rate " + defaultLearningRate);
            }
            this.learningRateSchedule = learningRateSchedule;
            return self();
        }
    }
}
