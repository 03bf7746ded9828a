/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * What a step that clips counts on its way through memory.
 *
 * @param leftOut coordinates left out because the gradient is not finite
 * @param unclipped coordinates stepped whose ratio was below 1, so that clipping did not touch them
 */
public record StepCounts(long leftOut, long unclipped) {

    // A part of memory (at most HostKernels.WINDOW coordinates) returns both in one long, so that parts can be added up
    // as plain numbers: leftOut in the low half, unclipped in the high half.
    private static final int HALF = 32;

    /** The counts of a part, to be added to others. */
    static long packed(int leftOut, int unclipped) {
        return ((long) unclipped << HALF) + leftOut;
    }

    /** These counts and those of one more part. */
    StepCounts plus(long packed) {
        return new StepCounts(leftOut + (packed & 0xFFFFFFFFL), unclipped + (packed >>> HALF));
    }
}
