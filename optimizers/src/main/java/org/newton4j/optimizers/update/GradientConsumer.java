/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The side of a preconditioned updater that the listener sees: at every iteration it is handed the preconditioned
 * gradient, which takes the place of the gradient in the step.
 *
 * <p>A step without a delivery for its own iteration fails with a message that names {@code CurvatureListener}.
 */
public interface GradientConsumer extends SkippableStep {

    /**
     * Which preconditioner this updater stands behind.
     *
     * @return settings; equal ones share a preconditioner
     */
    Preconditioning preconditioning();

    /**
     * Hands over what the base updater is to see in the step of this iteration.
     *
     * @param gradient preconditioned, regularised; flat, length and type of this updater's block, all entries finite;
     *     Not modified; read until the step of this iteration is over
     * @param iteration the iteration about to be stepped, 0-based
     * @throws IllegalArgumentException if {@code gradient} is not flat
     */
    void acceptGradient(INDArray gradient, int iteration);

    /**
     * Refuses an iteration before the preconditioner has taken anything in.
     *
     * @param iteration the iteration about to be stepped, 0-based
     * @param epoch 0-based
     * @throws IllegalStateException if the schedule's learning rate is not finite or negative
     */
    void requireLearningRate(int iteration, int epoch);
}
