/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * AdaHessian's spatial averaging: |D| is replaced by its mean over the window of each convolution kernel.
 *
 * <p>The reference (image_classification/optim_adahessian.py, {@code get_trace}) takes the absolute value first and
 * averages afterwards, for 2-D kernels only; here 1-D, 3-D, depthwise, separable and transposed kernels follow the same
 * rule. Variables that are no kernels get |D|, which is the same to an optimizer that squares D.
 */
final class SpatialAverage {

    private SpatialAverage() {}

    /**
     * Averages in place.
     *
     * @param diagonal the variable's part of the diagonal estimate, a flat view; Modified
     * @param window how kernels lie in it
     */
    static void apply(INDArray diagonal, ParameterLayout.Window window) {
        Transforms.abs(diagonal, false);
        if (window.size() == 1) {
            return;
        }
        long kernels = diagonal.length() / window.size();
        if (window.leading()) {
            INDArray columns = diagonal.reshape('c', window.size(), kernels);
            columns.assign(columns.mean(true, 0).broadcast(window.size(), kernels));
        } else {
            INDArray rows = diagonal.reshape('c', kernels, window.size());
            rows.assign(rows.mean(true, 1).broadcast(kernels, window.size()));
        }
    }
}
