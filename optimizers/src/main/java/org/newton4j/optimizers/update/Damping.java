/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * A damping that is constant or follows a schedule.
 *
 * @param constant value without a schedule, finite and greater than 0; not used with one
 * @param schedule value for every iteration and epoch, or null
 */
public record Damping(double constant, @Nullable ISchedule schedule) {

    /**
     * A damping as a configuration keeps it.
     *
     * @param constant finite and greater than 0, or null with a schedule
     * @param schedule value for every iteration and epoch, or null
     * @return both in one
     */
    public static Damping of(@Nullable Double constant, @Nullable ISchedule schedule) {
        return new Damping(constant == null ? Double.NaN : constant, schedule);
    }

    /**
     * Damping of an iteration.
     *
     * @param iteration 0-based
     * @param epoch 0-based
     * @return finite and greater than 0
     * @throws IllegalStateException if the schedule's value is not
     */
    public double at(int iteration, int epoch) {
        double value = schedule == null ? constant : schedule.valueAt(iteration, epoch);
        if (!Range.POSITIVE.contains(value)) {
            throw new IllegalStateException("the damping is " + value + " at iteration " + iteration + ", epoch "
                    + epoch + ", but must be " + Range.POSITIVE.text() + "; check the schedule " + schedule);
        }
        return value;
    }

    /**
     * Names the hyper-parameter for a configuration.
     *
     * @param to receives {@code damping} or {@code dampingSchedule}
     */
    public void describe(BiConsumer<String, Object> to) {
        if (schedule == null) {
            to.accept("damping", constant);
        } else {
            to.accept("dampingSchedule", schedule);
        }
    }

    /**
     * A schedule as a builder takes it.
     *
     * @param schedule given by the user
     * @param defaultDamping for the message
     * @return the schedule
     * @throws IllegalArgumentException if it is null
     */
    public static ISchedule checkSchedule(@Nullable ISchedule schedule, double defaultDamping) {
        if (schedule == null) {
            throw new IllegalArgumentException("dampingSchedule = null, but must be a schedule;"
                    + " leave it out for the default damping " + defaultDamping);
        }
        return schedule;
    }
}
