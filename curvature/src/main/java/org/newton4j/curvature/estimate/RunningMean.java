/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

/** Mean and standard error of a stream of numbers (Welford 1962). */
final class RunningMean {

    private int count;
    private double mean;
    private double squares;

    void add(double value) {
        count++;
        double change = value - mean;
        mean += change / count;
        squares += change * (value - mean);
    }

    int count() {
        return count;
    }

    double mean() {
        return mean;
    }

    /** sqrt(sample variance / count); NaN for fewer than two numbers. */
    double standardError() {
        return count < 2 ? Double.NaN : Math.sqrt(squares / (count - 1) / count);
    }
}
