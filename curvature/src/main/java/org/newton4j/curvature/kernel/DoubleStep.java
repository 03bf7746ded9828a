/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * One optimizer step with its numbers in DOUBLE, applied to tiles that lie in the first-level cache.
 *
 * <p>A step knows nothing of memory or threads. Its arrays come in a fixed order: the gradient first, then what it
 * writes, then what it only reads. The loops are simple on purpose, one result each, so that C2 turns them into vector
 * instructions; they use no fused multiply-add, so that every kernel gives the same bits.
 */
sealed interface DoubleStep permits LionDouble, DiffGradDouble, AdaHessianDouble, SophiaDouble {

    /** Arrays written, counted from the gradient on. */
    int written();

    /** State arrays right behind the gradient that a left-out coordinate must not change. */
    int untouchedWhenLeftOut();

    /** Whether coordinates are marked to be counted. */
    default boolean marks() {
        return false;
    }

    /**
     * Advances the first {@code n} coordinates.
     *
     * @param tile one array per operand and one more to work in; entries may trade places, operands stay first. If
     *     {@link #marks()}, the array {@link DoubleTiles#MARKS} holds 1 for every coordinate to count and 0 for the others
     *     on return
     * @param n coordinates, at most the length of each array
     */
    void apply(double[][] tile, int n);
}
