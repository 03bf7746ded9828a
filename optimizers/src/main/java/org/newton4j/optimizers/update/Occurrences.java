/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/**
 * Counts something that may happen at every step, and says when to report it: at the 1st, 2nd, 4th, 8th, … time, so that a
 * lasting trouble does not fill the log. Not thread-safe.
 */
public final class Occurrences {

    private long count;

    /** Starts at 0. */
    public Occurrences() {}

    /**
     * Counts one more.
     *
     * @return whether this one is to be reported
     */
    public boolean add() {
        count++;
        return Long.bitCount(count) == 1;
    }

    /**
     * How often it happened.
     *
     * @return at least 0
     */
    public long count() {
        return count;
    }

    /**
     * After a reported one: the number of the next to be reported.
     *
     * @return twice the count
     */
    public long nextReport() {
        return 2 * count;
    }

    /**
     * Goes on from a checkpoint.
     *
     * @param count how often it happened, at least 0
     * @throws IllegalArgumentException if it is negative
     */
    public void restore(long count) {
        if (count < 0) {
            throw new IllegalArgumentException(
                    "count = " + count + ", but must be at least 0; the checkpoint is damaged");
        }
        this.count = count;
    }
}
