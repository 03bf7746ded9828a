/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import org.newton4j.optimizers.training.frozen.Smooth;

/** GELU in the logistic form. ND4J's own op rounds the constant 1.702 to single precision, even for doubles. */
@Smooth
final class GeluSigmoid extends ExactActivation {

    private static final long serialVersionUID = 1;
    private static final double SLOPE = 1.702;

    /** z / (1 + exp(-SLOPE z)). */
    @Override
    double value(double z) {
        return z / (1 + Math.exp(-SLOPE * z));
    }

    @Override
    double derivative(double z) {
        double s = 1 / (1 + Math.exp(-SLOPE * z));
        return s + SLOPE * z * s * (1 - s);
    }
}
