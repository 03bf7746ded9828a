/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

/**
 * What an optimizer keeps from one step to the next.
 *
 * @param view bytes in Deeplearning4j's updater state
 * @param outside bytes it keeps elsewhere: gradient windows, Kronecker factors
 */
record Memory(long view, long outside) {
    long bytes() {
        return view + outside;
    }
}
