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
     * Computes H v.
     *
     * @param direction v, flat, rank 1, not zero, any floating type; Not modified
     * @param out H v, same length; Modified
     */
    void along(INDArray direction, INDArray out);

    /** Gradients evaluated since construction. */
    long evaluations();
}
