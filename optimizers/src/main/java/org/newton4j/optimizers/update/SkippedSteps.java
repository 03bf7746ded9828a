/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.slf4j.Logger;

/** The steps of one network or graph that were left out. Not thread-safe. */
public final class SkippedSteps {

    private final Occurrences occurrences = new Occurrences();

    /** Starts at 0. */
    public SkippedSteps() {}

    /**
     * Counts a step and reports it at powers of two, or ends training.
     *
     * @param policy which of the two
     * @param iteration 0-based
     * @param cause why the step cannot be made
     * @param log of the listener
     * @throws NonFiniteException under {@link NonFinite#FAIL}
     */
    public void add(NonFinite policy, int iteration, NonFiniteException cause, Logger log) {
        if (policy == NonFinite.FAIL) {
            throw new NonFiniteException(
                    "No step can be made at iteration " + iteration + ": " + cause.getMessage()
                            + ". Everything is as it was before this mini-batch. Look for NaN and extreme values in"
                            + " features and labels, or lower the learning rate; NonFinite.SKIP leaves such steps out",
                    cause);
        }
        if (occurrences.add()) {
            log.warn(
                    "The step of iteration {} is skipped: {}. Everything stays as it was before this mini-batch. If it"
                            + " goes on, look for NaN and extreme values in features and labels, or lower the learning"
                            + " rate. (Skipped step {}, the next report is at {}.)",
                    iteration,
                    cause.getMessage(),
                    occurrences.count(),
                    occurrences.nextReport());
        }
    }

    /**
     * How many steps were left out.
     *
     * @return at least 0
     */
    public long count() {
        return occurrences.count();
    }
}
