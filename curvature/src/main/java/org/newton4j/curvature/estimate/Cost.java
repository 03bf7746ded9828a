/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.newton4j.curvature.operator.LinearOperator;

/**
 * What an estimate cost and what it stands on.
 *
 * @param products operator products used
 * @param seconds wall-clock time
 * @param productError largest |error| / |A x| of a product, as {@link LinearOperator#productError()} estimates it; error bars do
 *     not contain it
 */
public record Cost(long products, double seconds, double productError) {

    static Cost since(long begun, long products, LinearOperator a) {
        return new Cost(products, (System.nanoTime() - begun) / 1e9, a.productError());
    }
}
