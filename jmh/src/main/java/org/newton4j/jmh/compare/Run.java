/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * One optimizer trained from one seed.
 *
 * @param entry optimizer and learning rate
 * @param seed of weights and batches
 * @param points evaluations in order, the first before any step
 * @param stepMillis time of each step
 * @param stateBytes size of the updater's state
 * @param divergedAt step at which the loss stopped being a finite number; empty if it never did
 */
record Run(
        Entry entry, long seed, List<Point> points, List<Double> stepMillis, long stateBytes, OptionalInt divergedAt) {

    Point last() {
        return points.get(points.size() - 1);
    }

    boolean diverged() {
        return divergedAt.isPresent();
    }

    /** Index of the first evaluation at or above the target; empty if there is none. */
    OptionalInt reached(double target) {
        return IntStream.range(0, points.size())
                .filter(i -> points.get(i).testAccuracy() >= target)
                .findFirst();
    }
}
