/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

/**
 * What is known of a product just computed.
 *
 * @param error the estimate of its error
 * @param good whether that is within the limits of the kind of product asked for
 */
record Product(ProductError error, boolean good) {

    /** That with the zero vector. */
    static final Product EXACT = new Product(ProductError.NONE, true);

    Product dividedBy(double divisor) {
        return new Product(error.dividedBy(divisor), good);
    }
}
