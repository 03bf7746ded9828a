/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.OptionalInt;

/**
 * One optimizer trained from one seed.
 *
 * @param entry optimizer and its settings
 * @param seed of weights and batches
 * @param points evaluations in order, the first before any step
 * @param stepMillis time of each step
 * @param memory what the optimizer keeps beside the parameters
 * @param divergedAt step at which the loss stopped being a finite number; empty if it never did
 */
record Run(Entry entry, long seed, List<Point> points, List<Double> stepMillis, Memory memory, OptionalInt divergedAt) {

    Point last() {
        return points.get(points.size() - 1);
    }

    boolean diverged() {
        return divergedAt.isPresent();
    }
}
