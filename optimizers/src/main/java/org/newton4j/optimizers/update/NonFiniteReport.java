/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns about gradients of one block that cannot be used, at the 1st, 2nd, 4th, 8th, … step that has some. */
final class NonFiniteReport {

    private static final Logger LOG = LoggerFactory.getLogger(FusedUpdater.class);

    private final Occurrences occurrences = new Occurrences();

    void add(String optimizer, int iteration, long count, long total) {
        if (count == 0) {
            return;
        }
        if (occurrences.add()) {
            LOG.warn(
                    "{}: {} of {} gradient values are NaN or infinite at iteration {}. These"
                            + " {} parameters were not moved and their state is unharmed. If it goes on, lower the"
                            + " learning rate or look for bad input; with a CurvatureListener the whole network skips"
                            + " such a step. (Occurrence {}, the next report is at {}.)",
                    optimizer,
                    count,
                    total,
                    iteration,
                    total,
                    occurrences.count(),
                    occurrences.nextReport());
        }
    }

    void addTooLarge(String optimizer, int iteration, long count, long total) {
        if (occurrences.add()) {
            LOG.warn(
                    "{}: {} of {} gradient values are too large to be squared at iteration {}. The step is made as the official"
                            + " implementation makes it: where its state holds squares they become infinite, and these"
                            + " parameters do not move any more. Lower the learning rate or look for bad input; with a"
                            + " CurvatureListener the whole network skips such a step. (Occurrence {}, the next report is"
                            + " at {}.)",
                    optimizer,
                    count,
                    total,
                    iteration,
                    occurrences.count(),
                    occurrences.nextReport());
        }
    }
}
