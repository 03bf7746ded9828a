/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.KroneckerFactors;

/**
 * What one layer saw in one backward pass, example by example.
 *
 * <p>Row n R + r belongs to position r (pixel in row-major order, time step) of example n, R = {@link #positions}. The
 * gradient of the summed loss by the layer's matrix is exactly {@code deltas' inputs}.
 *
 * @param layer which one
 * @param examples N
 * @param inputs [N R, K], what the weights were multiplied with (after preprocessor and dropout; patches of a convolution
 *     in the order channel, row, column, 1-D: position, channel), 1 in the last column with a bias; own array
 * @param deltas [N R, nOut], gradients of the summed loss by the pre-activations; own array
 */
public record LayerStatistics(KroneckerLayer layer, long examples, INDArray inputs, INDArray deltas) {

    /**
     * Positions at which the weights are used per example.
     *
     * @return R, at least 1
     */
    public long positions() {
        return inputs.size(0) / examples;
    }

    /**
     * Rows whose mean outer product is the factor A.
     *
     * @param sharing how positions count
     * @return [N R, K], the very {@link #inputs}, or [N, K]
     */
    public INDArray inputs(WeightSharing sharing) {
        return sharing == WeightSharing.EXPAND || positions() == 1
                ? inputs
                : byExample(inputs).mean(1);
    }

    /**
     * Rows whose mean outer product is the factor G.
     *
     * @param sharing how positions count
     * @return for EXPAND √R times {@link #deltas}, [N R, nOut], so that the mean over rows is the sum over positions; for
     *     REDUCE [N, nOut]
     */
    public INDArray deltas(WeightSharing sharing) {
        if (positions() == 1) {
            return deltas;
        }
        return sharing == WeightSharing.EXPAND
                ? deltas.mul(Math.sqrt((double) positions()))
                : byExample(deltas).sum(1);
    }

    /**
     * Feeds a pair of factors.
     *
     * @param factors of this layer, in the type of the arrays; Modified
     * @param sharing how positions count
     * @param decay share of the past, in [0, 1)
     * @throws IllegalArgumentException as {@link KroneckerFactors#update}
     */
    public void update(KroneckerFactors factors, WeightSharing sharing, double decay) {
        factors.update(inputs(sharing), deltas(sharing), decay);
    }

    private INDArray byExample(INDArray rows) {
        return rows.reshape('c', examples, positions(), rows.size(1));
    }
}
