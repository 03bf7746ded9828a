/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * A preconditioner as Deeplearning4j configures it: an updater that hands a better gradient to its base updater.
 *
 * <p>A concrete preconditioner is a final class with private final fields, a public static {@code builder()}, whose
 * {@link Builder} has one public setter per field of the same name and a {@code build()}, and the two methods left open
 * here. Learning rate and state in Deeplearning4j's view are those of the base
 * updater. The field names and the class name are the file format of saved networks.
 */
public abstract class PreconditionerConfig extends NamedSettings {

    /** The updater that makes a step of the preconditioned gradient; owned by this configuration. */
    private IUpdater base;

    /**
     * Takes over the base updater.
     *
     * @param builder where it was set
     */
    protected PreconditionerConfig(Builder<?> builder) {
        base = builder.base.clone();
    }

    /**
     * The settings of the preconditioner.
     *
     * @return equal settings share one preconditioner
     */
    public abstract Preconditioning preconditioning();

    /**
     * The updater behind the preconditioner.
     *
     * @return the live object; change its learning rate through the network only
     */
    public final IUpdater base() {
        return base;
    }

    @Override
    final void describeFirst(BiConsumer<String, Object> to) {
        to.accept("base", base);
    }

    /**
     * Number of state values, those of the base updater.
     *
     * @param numParams number of parameters, at least 0
     * @return what the base updater says
     */
    @Override
    public final long stateSize(long numParams) {
        return base.stateSize(numParams);
    }

    /**
     * Creates the updater of a block.
     *
     * @param viewArray state view of the base updater, null if it keeps none. Modified if {@code initializeViewArray}
     * @param initializeViewArray whether to write the initial state
     * @return a new updater
     */
    @Override
    public final PreconditionedUpdater instantiate(@Nullable INDArray viewArray, boolean initializeViewArray) {
        return new PreconditionedUpdater(this, base.instantiate(viewArray, initializeViewArray));
    }

    /**
     * Creates an updater from named state vectors, as SameDiff saves them.
     *
     * @param updaterState what the base updater expects
     * @param initializeStateArrays whether to write the initial state
     * @return a new updater
     */
    @Override
    public final PreconditionedUpdater instantiate(Map<String, INDArray> updaterState, boolean initializeStateArrays) {
        return new PreconditionedUpdater(this, base.instantiate(updaterState, initializeStateArrays));
    }

    /**
     * Learning rate of the base updater.
     *
     * @param iteration 0-based
     * @param epoch 0-based
     * @return what the base updater says
     */
    @Override
    public final double getLearningRate(int iteration, int epoch) {
        return base.getLearningRate(iteration, epoch);
    }

    /**
     * Whether the base updater has a learning rate.
     *
     * @return what the base updater says
     */
    @Override
    public final boolean hasLearningRate() {
        return base.hasLearningRate();
    }

    /**
     * Replaces the base updater's learning rate; Deeplearning4j calls it from {@code setLearningRate}.
     *
     * @param lr finite and at least 0; ignored if there is a schedule, so NaN is allowed there
     * @param lrSchedule the schedule, or null for a constant learning rate
     * @throws IllegalArgumentException if there is no schedule and {@code lr} is not a learning rate
     */
    @Override
    public final void setLrAndSchedule(double lr, @Nullable ISchedule lrSchedule) {
        checkLearningRate(lr, lrSchedule);
        base.setLrAndSchedule(lr, lrSchedule);
    }

    /**
     * Copies this configuration and its base updater; schedules, which have no state, are shared.
     *
     * @return an equal configuration with a learning rate of its own
     */
    @Override
    public final PreconditionerConfig clone() {
        PreconditionerConfig copy = (PreconditionerConfig) super.clone();
        copy.base = base.clone();
        return copy;
    }

    /**
     * Common part of the builders, through which files are read, too: what a file leaves out keeps its default, what it
     * holds is checked.
     *
     * @param <B> the concrete builder
     */
    public abstract static class Builder<B extends Builder<B>> {

        private IUpdater base;

        /**
         * Starts from the default.
         *
         * @param defaultBase base updater if none is set
         */
        protected Builder(IUpdater defaultBase) {
            this.base = defaultBase;
        }

        /**
         * This builder, with its concrete type.
         *
         * @return this
         */
        protected abstract B self();

        /**
         * Sets the updater that makes a step of the preconditioned gradient.
         *
         * @param base any updater that works on gradients alone, Deeplearning4j's or ours; copied
         * @return this
         * @throws IllegalArgumentException if it is null, a preconditioner, or an optimizer that needs curvature itself, or
         *     if a number of an updater of Deeplearning4j is out of range
         */
        public B base(IUpdater base) {
            if (base == null) {
                throw new IllegalArgumentException(
                        "base = null, but must be an updater, for example new Nesterovs(0.1)");
            }
            boolean needsCurvature = base instanceof OptimizerConfig config
                    && config.curvatureRequest().isPresent();
            if (base instanceof PreconditionerConfig || needsCurvature) {
                throw new IllegalArgumentException("base = " + base + ", but must work on gradients alone:"
                        + " the curvature it uses would not be that of the preconditioned gradient."
                        + " Use for example Sgd, Nesterovs, Adam or Lion");
            }
            BaseNumbers.check(base);
            this.base = base;
            return self();
        }
    }
}
