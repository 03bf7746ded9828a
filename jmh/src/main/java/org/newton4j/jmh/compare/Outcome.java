/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Map;

/**
 * What one run of a benchmark gave.
 *
 * @param mean time of a call in milliseconds
 * @param rounds contestant → its time in each round in milliseconds; empty if the benchmark has no contestants
 */
record Outcome(Score mean, Map<String, double[]> rounds) {

    /** Of a benchmark without contestants. */
    static Outcome of(Score mean) {
        return new Outcome(mean, Map.of());
    }
}
