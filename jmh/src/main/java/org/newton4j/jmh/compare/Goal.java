/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

/**
 * What an optimizer has to reach, as it was asked for.
 *
 * @param metric accuracy or loss
 * @param value to reach; NaN stands for the loss the baseline has late in its own run
 */
record Goal(Metric metric, double value) {
    /** The optimizer whose loss is the automatic target, and whose steps are the unit. */
    static final String BASELINE = "adam";

    /** Share of the baseline's steps after which its loss is taken. */
    static final double BASELINE_SHARE = 0.9;

    static Goal accuracy(double value) {
        return new Goal(Metric.ACCURACY, value);
    }

    static Goal loss(double value) {
        return new Goal(Metric.LOSS, value);
    }

    static Goal baselineLoss() {
        return new Goal(Metric.LOSS, Double.NaN);
    }

    boolean automatic() {
        return Double.isNaN(value);
    }
}
