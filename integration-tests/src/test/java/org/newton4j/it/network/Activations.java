/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;

/** Activation functions by the names golden cases use. */
final class Activations {

    private Activations() {}

    static IActivation named(String name) {
        return switch (name) {
            case "identity" -> Activation.IDENTITY.getActivationFunction();
            case "tanh" -> Activation.TANH.getActivationFunction();
            case "relu" -> Activation.RELU.getActivationFunction();
            case "sigmoid" -> Activation.SIGMOID.getActivationFunction();
            case "softmax" -> Activation.SOFTMAX.getActivationFunction();
            case "softplus" -> Activation.SOFTPLUS.getActivationFunction();
            case "elu" -> Activation.ELU.getActivationFunction();
            case "swish" -> Activation.SWISH.getActivationFunction();
            case "gelu_tanh" -> new GeluTanh();
            case "gelu_sigmoid" -> new GeluSigmoid();
            case "gelu_sigmoid_f32const" -> new GeluSigmoidFloatConstant();
            default -> throw new IllegalArgumentException("unknown activation '" + name + "'");
        };
    }
}
