/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/** The side of an updater that is told what the listener has found out about the gradient of an iteration. */
public interface SkippableStep {

    /**
     * Declares that this iteration has no usable gradient or curvature: its step leaves parameters and state as they are,
     * whatever was delivered.
     *
     * @param iteration the iteration about to be stepped, 0-based
     */
    void skipStep(int iteration);

    /**
     * Declares that the gradient of this iteration was found usable, so that it need not be looked at again.
     *
     * @param iteration the iteration about to be stepped, 0-based
     */
    default void gradientChecked(int iteration) {}
}
