/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.databind.annotation.JsonDeserialize;

/**
 * An updater configuration that is its class and a list of named settings: equality, hash and text are made of them, and
 * files are read by their names.
 */
@JsonDeserialize(using = SettingsReader.class)
abstract class NamedSettings implements IUpdater {

    /** Names what every optimizer of the kind has, before {@link #describe}. */
    abstract void describeFirst(BiConsumer<String, Object> to);

    /**
     * Names every other hyper-parameter: equality, hash, text and reports are made of this list.
     *
     * @param to receives name and value
     */
    protected abstract void describe(BiConsumer<String, Object> to);

    /**
     * Every hyper-parameter by name; the learning rate, its schedule, or the base updater comes first.
     *
     * @return a new map in the order of the builder
     */
    public final Map<String, Object> hyperParameters() {
        Map<String, Object> all = new LinkedHashMap<>();
        describeFirst(all::put);
        describe(all::put);
        return all;
    }

    /**
     * Learning rate a step is made with.
     *
     * @param iteration 0-based
     * @param epoch 0-based
     * @return finite and at least 0
     * @throws IllegalStateException if the schedule's value is not
     */
    public final double stepLearningRate(int iteration, int epoch) {
        double learningRate = getLearningRate(iteration, epoch);
        if (!Range.LEARNING_RATE.contains(learningRate)) {
            throw new IllegalStateException(name() + ": the learning rate is " + learningRate + " at iteration "
                    + iteration + ", epoch " + epoch + ", but must be " + Range.LEARNING_RATE.text()
                    + "; check the schedule of " + this);
        }
        return learningRate;
    }

    /**
     * Lets a learning rate through that may replace the present one.
     *
     * @param lr of a call of setLearningRate
     * @param lrSchedule wins over it, or null
     * @throws IllegalArgumentException if there is no schedule and {@code lr} is not a learning rate
     */
    static void checkLearningRate(double lr, @Nullable ISchedule lrSchedule) {
        if (lrSchedule == null && !Range.LEARNING_RATE.contains(lr)) {
            throw new IllegalArgumentException("lr = " + lr + " without a schedule, but must be "
                    + Range.LEARNING_RATE.text() + "; give a learning rate or a schedule");
        }
    }

    /** Copies field by field. */
    @Override
    public NamedSettings clone() {
        try {
            return (NamedSettings) super.clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError("IUpdater is Cloneable", e);
        }
    }

    /**
     * Deeplearning4j glues neighbouring variables with equal updaters into one block.
     *
     * @param other anything
     * @return true if the class and every hyper-parameter are the same
     */
    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof NamedSettings that && identity().equals(that.identity());
    }

    @Override
    public final int hashCode() {
        return identity().hashCode();
    }

    private List<Object> identity() {
        return List.of(getClass(), hyperParameters());
    }

    @Override
    public final String toString() {
        return hyperParameters().entrySet().stream()
                .map(Object::toString)
                .collect(Collectors.joining(", ", name() + "(", ")"));
    }

    final String name() {
        return getClass().getSimpleName();
    }
}
