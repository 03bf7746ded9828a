/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import org.newton4j.optimizers.training.frozen.Smooth;

/**
 * GELU in the tanh form. ND4J 1.0.0-M2.1's PreciseGELU cubes 0.044715 x instead of multiplying the cube by 0.044715, and
 * its derivative op is a third formula with six-digit constants, so neither reproduces this.
 */
@Smooth
final class GeluTanh extends ExactActivation {

    private static final long serialVersionUID = 1;
    private static final double ROOT = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    /** z/2 (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3))). */
    @Override
    double value(double z) {
        return 0.5 * z * (1 + Math.tanh(ROOT * (z + CUBIC * z * z * z)));
    }

    @Override
    double derivative(double z) {
        double t = Math.tanh(ROOT * (z + CUBIC * z * z * z));
        return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * ROOT * (1 + 3 * CUBIC * z * z);
    }
}
