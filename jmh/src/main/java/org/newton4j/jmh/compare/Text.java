/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers for people. */
final class Text {
    /** Shown where there is no number. */
    static final String MISS = "—";

    /** Shown where a run never got there. */
    static final String NOT_REACHED = "not reached";

    private Text() {}

    /** At most three significant digits, without trailing zeros or exponent. */
    static String number(double value) {
        if (!Double.isFinite(value)) {
            return MISS;
        }
        if (value == 0) {
            return "0";
        }
        return significant(value, 3);
    }

    /** A finite number with so many significant digits, without trailing zeros or exponent. */
    static String significant(double value, int digits) {
        return new BigDecimal(value)
                .round(new MathContext(digits))
                .stripTrailingZeros()
                .toPlainString();
    }

    static String fixed(double value, int digits) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + digits + "f", value) : MISS;
    }

    /** A count; a median of an even number of counts may end in a half. */
    static String count(double value) {
        return fixed(value, value == Math.rint(value) ? 0 : 1);
    }

    static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        return bytes < 1 << 20
                ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                : String.format(Locale.ROOT, "%.2f MiB", bytes / 1048576.0);
    }
}
