/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function with kinks, as two smooth pieces and the memory of which one is active. */
interface Kink {

    /**
     * Records the pieces at θ.
     *
     * @param z input of the activation at θ; Not modified
     */
    void record(INDArray z, Recording recording);

    /** Whether the pieces can be told from the activation's output alone. */
    boolean readableFromOutput();

    /**
     * Records the pieces at θ from the output of the activation in the main network.
     *
     * @param a output; Not modified
     */
    void recordOutput(INDArray a, Recording recording);

    /** Whether a factor on the output, such as 1/p of dropout, would be misread by {@link #recordOutput}. */
    boolean outputMustBeUnscaled();

    /**
     * The activation on the recorded pieces.
     *
     * @param z input at θ + ε v; Modified, holds the result
     */
    INDArray forward(INDArray z, Recording recording);

    /**
     * Backpropagation on the recorded pieces.
     *
     * @param z input at θ + ε v; Modified, holds the result
     * @param epsilon gradient with respect to the output; Not modified
     */
    INDArray backward(INDArray z, INDArray epsilon, Recording recording);
}
