/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

/** What a run is judged by. */
enum Metric {
    /** Share of the test images recognised; more is better. */
    ACCURACY,
    /** Mean loss on a fixed part of the training images; less is better. */
    LOSS
}
