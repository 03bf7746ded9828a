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
public final class SpatialAverage {

    private SpatialAverage() {}

    /**
     * Averages in place.
     *
     * @param diagonal the variable's part of the diagonal estimate, a flat view; Modified
     * @param window how kernels lie in it
     */
    static void apply(INDArray diagonal, ParameterLayout.Window window) {
        apply(diagonal, window.size(), window.leading() ? diagonal.length() / window.size() : 1);
    }

    /**
     * Averages in place.
     *
     * @param diagonal a variable's part of the diagonal estimate, flat, possibly a view; Modified
     * @param window number of entries of one kernel, 1 for a variable that is no kernel
     * @param inner distance between neighbouring entries of a kernel: the number of kernels where the spatial
     *     dimensions come first, 1 where they come last
     * @throws IllegalArgumentException if the length is no multiple of {@code window * inner}
     */
    public static void apply(INDArray diagonal, long window, long inner) {
        if (!(window >= 1 && inner >= 1 && diagonal.length() % (window * inner) == 0)) {
            throw new IllegalArgumentException("a variable of length " + diagonal.length()
                    + " does not divide into kernels of " + window + " entries, " + inner + " apart");
        }
        Transforms.abs(diagonal, false);
        if (window == 1) {
            return;
        }
        long outer = diagonal.length() / (window * inner);
        INDArray kernels = diagonal.reshape('c', outer, window, inner);
        kernels.assign(kernels.mean(true, 1).broadcast(outer, window, inner));
    }
}
