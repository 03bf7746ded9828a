/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/** How the rows that make up the two Kronecker factors of a layer are scaled. */
public enum FactorScale {
    /**
     * The Fisher matrix of one example: deltas are gradients of the loss of each example, G sums over the positions at
     * which weights are shared, A averages over them (Martens and Grosse 2015; Grosse and Martens 2016 for convolutions).
     */
    PER_EXAMPLE,
    /**
     * As kfac-pytorch does by default: deltas are gradients of the mean loss, so G is N^2 smaller than per example, and a
     * convolution's rows, its bias entry included, are divided by the number of positions.
     */
    REFERENCE
}
