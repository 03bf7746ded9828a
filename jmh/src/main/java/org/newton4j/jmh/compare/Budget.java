/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

/**
 * How long a run is and when it is evaluated: spread evenly over each unit, at the end of each unit, and after the last
 * step.
 *
 * @param steps parameter updates of a run
 * @param unit steps of a unit: an epoch, or the distance between evaluations
 * @param evaluations evaluations in a unit
 * @param reports steps between two lines of a log
 */
record Budget(int steps, int unit, int evaluations, int reports) {
    boolean evaluatesAfter(int step) {
        int n = Math.min(evaluations, unit);
        long inUnit = (step - 1L) % unit + 1;
        return step == steps || inUnit * n / unit != (inUnit - 1) * n / unit;
    }

    boolean reportsAfter(int step) {
        return step % reports == 0 || step == steps;
    }
}
