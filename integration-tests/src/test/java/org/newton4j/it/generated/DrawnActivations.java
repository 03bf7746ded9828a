/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;

/** Draws activations: every one of Deeplearning4j's, the usual ones more often. */
final class DrawnActivations {

    private DrawnActivations() {}

    static IActivation any(Draw draw) {
        if (draw.chance(0.5)) {
            return draw.oneOf(
                            Activation.RELU, Activation.RELU, Activation.TANH, Activation.SIGMOID, Activation.LEAKYRELU)
                    .getActivationFunction();
        }
        return switch (draw.between(0, 12)) {
            case 0 -> new ActivationELU(0.5);
            case 1 -> new ActivationGELU(true);
            case 2 -> new ActivationLReLU(0.3);
            case 3 -> new ActivationThresholdedReLU(0.2);
            default -> draw.oneOf(Activation.values()).getActivationFunction();
        };
    }

    /** Bounded, so that recurrent layers stay finite. */
    static IActivation bounded(Draw draw) {
        return draw.oneOf(
                        Activation.TANH,
                        Activation.SIGMOID,
                        Activation.SOFTSIGN,
                        Activation.HARDTANH,
                        Activation.RATIONALTANH,
                        Activation.RECTIFIEDTANH)
                .getActivationFunction();
    }

    static IActivation gate(Draw draw) {
        return draw.oneOf(Activation.SIGMOID, Activation.SIGMOID, Activation.HARDSIGMOID)
                .getActivationFunction();
    }
}
