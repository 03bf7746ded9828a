/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Learning rate and number of steps in which an updater has to reach a minimum. */
public final class Budget {

    /** What a decaying learning rate has become after the last step, as a share of the first. */
    private static final double LAST_SHARE = 1e-4;

    private final double learningRate;
    private final @Nullable ISchedule schedule;
    private final int steps;
    private final @Nullable IUpdater other;

    private Budget(double learningRate, @Nullable ISchedule schedule, int steps, @Nullable IUpdater other) {
        if (!(steps >= 1)) {
            throw new IllegalArgumentException("steps = " + steps + ", but must be at least 1");
        }
        this.learningRate = learningRate;
        this.schedule = schedule;
        this.steps = steps;
        this.other = other;
    }

    /**
     * A constant learning rate.
     *
     * @param learningRate of every step
     * @param steps number of steps, at least 1
     * @return the budget
     * @throws IllegalArgumentException if there is no step
     */
    public static Budget constant(double learningRate, int steps) {
        return new Budget(learningRate, null, steps, null);
    }

    /**
     * A learning rate that falls exponentially to 1e-4 of its first value, for updaters whose steps do not shrink by
     * themselves near a minimum.
     *
     * @param learningRate of the first step
     * @param steps number of steps, at least 1
     * @return the budget
     * @throws IllegalArgumentException if there is no step
     */
    public static Budget decaying(double learningRate, int steps) {
        ISchedule schedule =
                new ExponentialSchedule(ScheduleType.ITERATION, learningRate, Math.pow(LAST_SHARE, 1.0 / steps));
        return new Budget(Double.NaN, schedule, steps, null);
    }

    /**
     * The same budget for an updater with other hyper-parameters than those of {@link UpdaterContract#updater}.
     *
     * @param updater whose learning rate is replaced by that of this budget
     * @return the budget
     */
    public Budget with(IUpdater updater) {
        return new Budget(learningRate, schedule, steps, updater);
    }

    int steps() {
        return steps;
    }

    IUpdater updater(Supplier<IUpdater> usual) {
        IUpdater updater = other == null ? usual.get() : other.clone();
        updater.setLrAndSchedule(learningRate, schedule);
        return updater;
    }
}
