/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import org.newton4j.optimizers.training.frozen.Smooth;

/** GELU in the logistic form with the constant 1.702 rounded to single precision, as ND4J's op has it. */
@Smooth
final class GeluSigmoidFloatConstant extends ExactActivation {

    private static final long serialVersionUID = 1;
    private static final double SLOPE = 1.702f;

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
