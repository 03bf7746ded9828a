/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

/** Mean and standard error of a stream of numbers (Welford 1962). */
final class RunningMean {

    private int count;
    private double mean;
    /** Root of the sum of squares about the mean, which overflows later than the sum. */
    private double spread;

    void add(double value) {
        count++;
        double change = value - mean;
        mean += change / count;
        spread = Math.hypot(spread, Math.sqrt(Math.abs(change)) * Math.sqrt(Math.abs(value - mean)));
    }

    int count() {
        return count;
    }

    double mean() {
        return mean;
    }

    /** sqrt(sample variance / count); NaN for fewer than two numbers. */
    double standardError() {
        return count < 2 ? Double.NaN : spread / Math.sqrt((count - 1.0) * count);
    }
}
