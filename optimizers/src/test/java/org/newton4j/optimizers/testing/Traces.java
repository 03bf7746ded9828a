/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;

/** Compares updates. */
final class Traces {

    private Traces() {}

    static boolean equal(List<double[]> a, List<double[]> b) {
        return Arrays.deepEquals(a.toArray(), b.toArray());
    }

    /** Names the first coordinate that is too far away. */
    static void assertClose(double[] actual, double[] expected, double tolerance, String name) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("coordinate %d of %s", i, name).isCloseTo(expected[i], within(tolerance));
        }
    }

    static double largest(List<double[]> updates) {
        return updates.stream()
                .flatMapToDouble(Arrays::stream)
                .map(Math::abs)
                .max()
                .orElseThrow();
    }
}
