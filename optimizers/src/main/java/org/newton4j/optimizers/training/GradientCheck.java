/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.NotFinite;
import org.newton4j.optimizers.update.FlatView;
import org.newton4j.optimizers.update.NonFiniteException;

/**
 * Whether a step can be made of the loss and the gradient of an iteration.
 *
 * <p>Batch normalisation's statistics and class centres are moved by way of the gradient, too, so that these parts of it
 * are looked at as well; they are never squared.
 */
final class GradientCheck {

    private final FlatView live = new FlatView();

    /**
     * Looks at the network between the gradient and the step.
     *
     * @param model inside onGradientCalculation; Not modified
     * @throws NonFiniteException if loss or gradient are not finite, or the square of a gradient is not
     */
    void require(Model model) {
        INDArray gradient = Networks.gradient(model, live);
        // Updaters see the mean, Deeplearning4j's gradient is the sum.
        double divisor = Networks.lossDivisor(model);
        if (NotFinite.countBeyond(gradient, NotFinite.squareLimit(gradient.dataType()) * divisor) > 0) {
            String found =
                    Unusable.entries(ParameterLayout.of(model), gradient, ParameterLayout.Variable::trainable, divisor);
            if (!found.isEmpty()) {
                throw new NonFiniteException("the gradient has " + found);
            }
        }
        if (!Double.isFinite(model.score())) {
            throw new NonFiniteException("the score is " + model.score());
        }
    }
}
