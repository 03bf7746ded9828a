/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Locale;
import org.deeplearning4j.nn.api.Model;
import org.newton4j.optimizers.update.Occurrences;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log how exact the Hessian products of a training are. */
final class ProductReports {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private final Occurrences inexact = new Occurrences();

    /**
     * One line for a network's first estimate, and one at the 1st, 2nd, 4th … that missed its limits.
     *
     * @param model the network; Not modified
     * @param error the worst of the estimate's products
     * @param good whether all of them are within the limits of {@code products}
     */
    void tell(Model model, int iteration, HessianProducts products, ProductError error, boolean good) {
        if (OncePerNetwork.isNew(model, "product error")) {
            log.info(
                    "Hessian products by {}: those of iteration {} are off by about {} of their size",
                    products,
                    iteration,
                    size(error));
        }
        if (!good && inexact.add()) {
            log.warn(
                    "The Hessian product of iteration {} may be off by {} of its size, more than {} allows (for the {}. time, the next"
                            + " report is at {}): rounding of the gradient is too much for it. The estimate is used; "
                            + "take HessianProducts.EXACT or a network in DOUBLE for a better one.",
                    iteration,
                    size(error),
                    products,
                    inexact.count(),
                    inexact.nextReport());
        }
    }

    private static String size(ProductError error) {
        return String.format(Locale.ROOT, "%.1e", error.relative());
    }
}
