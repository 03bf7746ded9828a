/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Map;

/**
 * A measured number.
 *
 * @param value a time in milliseconds or a ratio; NaN if it is not known
 * @param error half the width of JMH's 99.9 % confidence interval, for a ratio put together from both; NaN if there were
 *     too few iterations
 */
record Score(double value, double error) implements Figure {
    static final Score UNKNOWN = new Score(Double.NaN, Double.NaN);

    /** This number divided by another and multiplied by a factor, errors taken as independent. */
    Score over(Score other, double factor) {
        double ratio = factor * value / other.value;
        return new Score(ratio, Math.abs(ratio) * Math.hypot(error / value, other.error / other.value));
    }

    @Override
    public String text() {
        String own = Text.number(value);
        return Double.isFinite(error) ? own + " ± " + rounded(error) : own;
    }

    @Override
    public Map<String, Double> numbers() {
        return Map.of("value", value, "error", error);
    }

    private static String rounded(double error) {
        return error == 0 ? "0" : Text.significant(error, error >= 1 ? 2 : 1);
    }
}
