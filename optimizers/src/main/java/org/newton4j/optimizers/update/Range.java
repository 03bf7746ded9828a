/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.jspecify.annotations.Nullable;

/** The legal values of a hyper-parameter; NaN is in none of them. */
public enum Range {
    /** Finite, 0 included: schedules warm up from 0 and end at 0. */
    LEARNING_RATE("finite and at least 0", 0, true, Double.MAX_VALUE, true),
    /** Decay of a moving average; 0 keeps nothing, 1 would never learn anything. */
    DECAY("in [0, 1)", 0, true, 1, false),
    /** Finite and positive. */
    POSITIVE("finite and greater than 0", 0, false, Double.MAX_VALUE, true),
    /** Exponent between no preconditioning and the full one. */
    EXPONENT("in (0, 1]", 0, false, 1, true),
    /** Positive, with infinity for no limit at all. */
    POSITIVE_OR_INFINITE("greater than 0", 0, false, Double.POSITIVE_INFINITY, true),
    /** A share of something that is never all or nothing. */
    OPEN_UNIT("strictly between 0 and 1", 0, false, 1, false),
    /** A number of iterations. */
    COUNT("at least 1", 1, true, Integer.MAX_VALUE, true),
    /** A number of iterations that may be none. */
    COUNT_OR_NONE("at least 0", 0, true, Integer.MAX_VALUE, true);

    private final String text;
    private final double low;
    private final boolean lowIncluded;
    private final double high;
    private final boolean highIncluded;

    Range(String text, double low, boolean lowIncluded, double high, boolean highIncluded) {
        this.text = text;
        this.low = low;
        this.lowIncluded = lowIncluded;
        this.high = high;
        this.highIncluded = highIncluded;
    }

    /**
     * Lets a legal value through.
     *
     * @param name name of the hyper-parameter
     * @param value its value
     * @param defaultValue what the message recommends
     * @return the value
     * @throws IllegalArgumentException if the value is out of range or NaN; the message names parameter, value, range
     *     and default
     */
    public double check(String name, double value, double defaultValue) {
        return check(name, value, Double.toString(defaultValue));
    }

    /**
     * Lets a legal value through whose default is not a number.
     *
     * @param name name of the hyper-parameter
     * @param value its value
     * @param defaultText the default in words
     * @return the value
     * @throws IllegalArgumentException if the value is out of range or NaN; the message names parameter, value, range
     *     and default
     */
    public double check(String name, double value, String defaultText) {
        if (!contains(value)) {
            throw new IllegalArgumentException(message(name, Double.toString(value), defaultText));
        }
        return value;
    }

    /**
     * Lets a legal value through.
     *
     * @param name name of the hyper-parameter
     * @param value its value
     * @param defaultValue what the message recommends
     * @return the value
     * @throws IllegalArgumentException if the value is out of range; the message names parameter, value, range and
     *     default
     */
    public int check(String name, int value, int defaultValue) {
        if (!contains(value)) {
            throw new IllegalArgumentException(message(name, Integer.toString(value), Integer.toString(defaultValue)));
        }
        return value;
    }

    /**
     * Lets a choice through that is there.
     *
     * @param name name of the hyper-parameter
     * @param value its value
     * @param <T> an enum
     * @return the value
     * @throws IllegalArgumentException if the value is null; the message names the parameter
     */
    public static <T> T given(String name, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(name + " = null, but must be chosen; leave it out for the default");
        }
        return value;
    }

    boolean contains(double value) {
        return (value > low || (lowIncluded && value == low)) && (value < high || (highIncluded && value == high));
    }

    String text() {
        return text;
    }

    private String message(String name, String value, String defaultValue) {
        return name + " = " + value + ", but must be " + text + "; leave it out for the default " + defaultValue;
    }
}
