/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

/**
 * How far a Hessian product may be from the derivative it stands for, as estimated when it was computed.
 *
 * @param absolute estimate of |error|, in units of H v
 * @param relative the same beside |H v|; infinite if the product came out as zero and its error did not
 * @param measured true if differences of several points were compared, false if the estimate rests on a single difference:
 *     on the size of its step and on the rounding seen in the loss
 */
public record ProductError(double absolute, double relative, boolean measured) {

    /** Of a product that is exact, such as that with the zero vector. */
    static final ProductError NONE = new ProductError(0, 0, true);

    /**
     * An estimate.
     *
     * @param absolute of the error
     * @param length |H v|
     */
    static ProductError of(double absolute, double length, boolean measured) {
        double relative = absolute == 0 ? 0 : length > 0 ? absolute / length : Double.POSITIVE_INFINITY;
        return new ProductError(absolute, relative, measured);
    }

    /** The same of a product divided by a number. */
    ProductError dividedBy(double divisor) {
        return new ProductError(absolute / divisor, relative, measured);
    }

    /** The larger of two, beside the product. */
    ProductError worst(ProductError other) {
        return other.relative > relative ? other : this;
    }
}
