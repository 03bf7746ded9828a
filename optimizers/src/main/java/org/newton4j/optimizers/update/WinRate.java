/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Locale;

/**
 * How many coordinates a step moved by less than the full learning rate, because curvature and not clipping decided.
 *
 * <p>The authors of Sophia (whose only optimizer this is about) watch this number: 0.1 to 0.5 is healthy by their
 * README. Near 0 the optimizer is the sign of its momentum: raise rho. Near 1 it hardly clips: lower rho.
 *
 * @param unclipped coordinates stepped and not clipped, at least 0
 * @param stepped coordinates stepped: all but those whose gradient was not finite, at least {@code unclipped}
 */
public record WinRate(long unclipped, long stepped) {

    /** No step has been taken, or the optimizer does not clip. */
    public static final WinRate NONE = new WinRate(0, 0);

    /**
     * The share.
     *
     * @return {@code unclipped / stepped} in [0, 1]; NaN if nothing was stepped
     */
    public double value() {
        return stepped == 0 ? Double.NaN : (double) unclipped / (double) stepped;
    }

    /**
     * The rate of two parts of a network together.
     *
     * @param other the other part
     * @return the sum of both
     */
    public WinRate plus(WinRate other) {
        return new WinRate(unclipped + other.unclipped, stepped + other.stepped);
    }

    /**
     * The rate without coordinates that never move: with a gradient of zero they count as not clipped.
     *
     * @param still how many there are among those stepped, at least 0
     * @return the rate of the others
     */
    public WinRate without(long still) {
        return new WinRate(Math.max(0, unclipped - still), Math.max(0, stepped - still));
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.3f (%d of %d)", value(), unclipped, stepped);
    }
}
