/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns about gradients that are not finite, at the 1st, 2nd, 4th, 8th, … step that has some. */
final class NonFiniteReport {

    private static final Logger LOG = LoggerFactory.getLogger(FusedUpdater.class);

    private final Occurrences occurrences = new Occurrences();

    void add(String optimizer, int iteration, long count, long total) {
        if (count == 0) {
            return;
        }
        if (occurrences.add()) {
            LOG.warn(
                    "{}: {} of {} gradient values are NaN or infinite at iteration {}. These parameters were not"
                            + " moved and the optimizer's state is unharmed. If it goes on, lower the learning rate,"
                            + " clip the gradient or look for bad input. (Occurrence {}, the next report is at {}.)",
                    optimizer,
                    count,
                    total,
                    iteration,
                    occurrences.count(),
                    occurrences.nextReport());
        }
    }
}
