/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/**
 * What a listener does with a mini-batch of which no step can be made, whatever the optimizer.
 *
 * <p>Such a mini-batch has a loss, a gradient or curvature with a NaN or an infinity, a gradient or curvature so large
 * that its square is not finite in the type of the parameters (beyond 1.8e19 in FLOAT, 1.3e154 in DOUBLE, a gradient beyond
 * 255 in HALF), or one from which a preconditioner cannot compute a finite result. Gradients are judged as means over the
 * examples, before clipping.
 */
public enum NonFinite {

    /**
     * Default: the step is left out, counted and reported at the 1st, 2nd, 4th, 8th, … time. Parameters, updater state,
     * the state of preconditioners and the statistics of batch normalisation are then bit for bit what they were before
     * the mini-batch; only the iteration number moves on.
     */
    SKIP,

    /**
     * Training ends with a {@link NonFiniteException}, everything being as before the mini-batch, the iteration number
     * included.
     */
    FAIL
}
