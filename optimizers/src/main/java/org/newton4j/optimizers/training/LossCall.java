/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/**
 * What Deeplearning4j hands to a loss function when it asks for dL/dz. One row is one example, or one time step or
 * pixel of one; arrays live no longer than the call.
 *
 * @param loss the network's own loss
 * @param labels [rows, columns]; Not modified
 * @param preOutput z, [rows, outputs]; Not modified
 * @param activation the output layer's activation
 * @param mask column [rows, 1] per example or [rows, outputs] per output, or null
 */
record LossCall(
        ILossFunction loss,
        INDArray labels,
        INDArray preOutput,
        IActivation activation,
        @Nullable INDArray mask) {

    /** dL/dz of the network's own loss for other labels. */
    INDArray gradient(INDArray otherLabels) {
        return loss.computeGradient(otherLabels, preOutput, activation, mask);
    }

    /** Activation of the output, a new array. */
    INDArray output() {
        return activation.getActivation(preOutput.dup(), true);
    }
}
