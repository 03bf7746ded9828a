/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The directional derivative of a network's gradient, H v for the summed loss.
 *
 * <p>The point, the batch and what is random are set before. A product is a function of these and the direction: the same bits
 * whatever was asked before. Directions are zero, and results are meaningless,
 * where the network is not trainable.
 */
interface GradientDerivative {

    /**
     * Computes H v / divisor.
     *
     * @param direction v, flat, rank 1, finite, any floating type; Not modified
     * @param signs whether the entries of v are random signs or zero: such a direction is no direction of meaning, along which the
     *     gradient bends more than along others
     * @param divisor greater than 0
     * @param out H v / divisor, flat, rank 1, same length; Modified
     * @return what is known of the product
     * @throws IllegalArgumentException if the size of {@code direction} is not finite
     */
    Product along(INDArray direction, boolean signs, double divisor, INDArray out);

    /** Gradients evaluated since construction. */
    long evaluations();
}
