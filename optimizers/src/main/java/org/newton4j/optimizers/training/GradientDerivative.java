/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The directional derivative of a network's gradient, H v for the summed loss.
 *
 * <p>Order of use: {@link #moveTo}, then any number of {@link #along}. Directions are zero, and results are meaningless,
 * where the network is not trainable.
 */
interface GradientDerivative {

    /**
     * Sets the point at which the derivative is taken; the shadow has its batch already.
     *
     * @param parameters flat, rank 1; Not modified; read until the next call
     */
    void moveTo(INDArray parameters);

    /**
     * Computes H v / divisor.
     *
     * @param direction v, flat, rank 1, finite, any floating type; Not modified
     * @param divisor greater than 0
     * @param out H v / divisor, flat, rank 1, same length; Modified
     * @throws IllegalArgumentException if the size of {@code direction} is not finite
     */
    void along(INDArray direction, double divisor, INDArray out);

    /** Gradients evaluated since construction. */
    long evaluations();
}
