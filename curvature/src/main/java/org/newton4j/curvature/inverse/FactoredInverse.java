/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The damped inverse of a Kronecker product, ready to be applied to a gradient V.
 *
 * <pre>
 * U = left V right                                              without divisors
 * U = left [ (left' V right)_ij / divisors_ij ] right'          with
 * </pre>
 *
 * @param left shape [nOut, nOut]
 * @param right shape [K, K]
 * @param divisors shape [nOut, K], or null
 */
public record FactoredInverse(
        INDArray left, INDArray right, @Nullable INDArray divisors) {

    /**
     * Applies the inverse.
     *
     * @param gradient V, shape [nOut, K], the type of the factors; Not modified
     * @return U, shape [nOut, K]
     * @throws IllegalArgumentException when the shape or the type is wrong
     */
    public INDArray precondition(INDArray gradient) {
        INDArray quotients = divisors;
        if (quotients == null) {
            return KroneckerGradient.sandwich(left, gradient, right);
        }
        INDArray rotated = KroneckerGradient.sandwich(left.transpose(), gradient, right);
        return KroneckerGradient.sandwich(left, rotated.divi(quotients), right.transpose());
    }
}
