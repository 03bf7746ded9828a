/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class FrictionTest {

    /** From 1e-20 to 1e4 in steps of 0.1 percent. */
    private static double[] grid() {
        double[] x = new double[55_000];
        double next = 1e-20;
        for (int i = 0; i < x.length; i++) {
            x[i] = next;
            next *= 1.001;
        }
        return x;
    }

    @Test
    void should_be_within_two_ulp_in_float() {
        double[] grid = grid();
        float[] x = new float[grid.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) grid[i];
        }
        float[] actual = x.clone();
        FrictionFloat.onePlusExpOfMinus(actual, x.length);

        for (int i = 0; i < x.length; i++) {
            double expected = 1 + Math.exp(-(double) x[i]);
            assertThat((double) actual[i]).as("x = %s", x[i]).isCloseTo(expected, within(2.0 * Math.ulp(1f)));
        }
    }

    @Test
    void should_be_within_two_ulp_in_double() {
        double[] x = grid();
        double[] actual = x.clone();
        FrictionDouble.onePlusExpOfMinus(actual, x.length);

        for (int i = 0; i < x.length; i++) {
            assertThat(actual[i]).as("x = %s", x[i]).isCloseTo(1 + Math.exp(-x[i]), within(2 * Math.ulp(1d)));
        }
    }

    @Test
    void should_be_exact_at_the_ends() {
        float[] f = {0, Float.MIN_VALUE, 1e30f, Float.POSITIVE_INFINITY};
        double[] d = {0, Double.MIN_VALUE, 1e300, Double.POSITIVE_INFINITY};

        FrictionFloat.onePlusExpOfMinus(f, f.length);
        FrictionDouble.onePlusExpOfMinus(d, d.length);

        assertThat(f).containsExactly(2, 2, 1, 1);
        assertThat(d).containsExactly(2, 2, 1, 1);
    }
}
