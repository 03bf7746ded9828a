/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

/**
 * State as it was before one update, in case the step that needed the update cannot be made. Exactly one of the two methods
 * is called, once.
 */
public interface KeptState {

    /** Goes back to it, bit for bit. */
    void takeBack();

    /** Gives its memory back; the update stays. */
    void release();
}
