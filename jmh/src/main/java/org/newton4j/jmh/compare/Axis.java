/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * A range of values laid along a line of pixels.
 *
 * @param from smallest value
 * @param to largest value
 * @param start pixel of the smallest
 * @param end pixel of the largest
 * @param logarithmic whether equal ratios, not equal differences, take equal space
 */
record Axis(double from, double to, double start, double end, boolean logarithmic) {
    private static final double[] LOG_STEPS = {1, 1.5, 2, 3, 4, 5, 7};

    double pixel(double value) {
        double share = logarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
        return start + share * (end - start);
    }

    /** Round values inside the range, about {@code wanted} of them. */
    List<Double> ticks(int wanted) {
        List<Double> ticks = new ArrayList<>();
        if (logarithmic) {
            for (double decade = Math.pow(10, Math.floor(Math.log10(from))); decade <= to; decade *= 10) {
                for (double step : to / from < 12 ? LOG_STEPS : new double[] {1, 2, 5}) {
                    add(ticks, decade * step);
                }
            }
        } else {
            double step = niceStep((to - from) / wanted);
            for (double k = 0.0 + Math.ceil(from / step - 1e-9); k * step <= to * (1 + 1e-9); k++) {
                add(ticks, k * step);
            }
        }
        return ticks;
    }

    private void add(List<Double> ticks, double value) {
        double slack = 1e-9 * (to - from);
        if (value >= from - slack && value <= to + slack) {
            ticks.add(value);
        }
    }

    private static double niceStep(double rough) {
        double decade = Math.pow(10, Math.floor(Math.log10(rough)));
        double ratio = rough / decade;
        return decade * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
    }
}
