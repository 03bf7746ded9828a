/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.newton4j.it.fixture.Tolerance;

/** What one case compared: for each named quantity the worst error in units of the tolerance. */
final class Checks {

    private final Map<String, Double> worst = new LinkedHashMap<>();

    /** Compares two vectors. */
    void compare(String quantity, Tolerance tolerance, double[] actual, double[] expected) {
        record(quantity, tolerance.worst(actual, expected));
    }

    /** Compares ||actual - expected|| / ||expected|| with a limit. */
    void compareNorm(String quantity, double limit, double[] actual, double[] expected) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        record(quantity, error == 0 ? 0 : Math.sqrt(error / norm) / limit);
    }

    /** Notes an error that is already in units of the tolerance; NaN counts as infinite. */
    void record(String quantity, double ratio) {
        worst.merge(quantity, Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio, Math::max);
    }

    /** Worst error over tolerance of each quantity, in the order first seen. */
    Map<String, Double> worst() {
        return worst;
    }

    /** Fails if any quantity is outside its tolerance, or nothing was compared. */
    void verify() {
        if (worst.isEmpty()) {
            throw new AssertionError("nothing was compared");
        }
        StringBuilder outside = new StringBuilder();
        worst.forEach((quantity, ratio) -> {
            if (!(ratio <= 1)) {
                outside.append(String.format(Locale.ROOT, "%n  %s: %.3g times the tolerance", quantity, ratio));
            }
        });
        if (!outside.isEmpty()) {
            throw new AssertionError("outside the tolerance:" + outside);
        }
    }
}
