/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The weights of one layer that its inputs are multiplied with, and how large those were at θ.
 *
 * @param start first flat index
 * @param end one past the last
 * @param fanIn f, weights of one unit
 * @param unitsLast whether the weights of one unit lie together, one unit after the other
 * @param input A, the largest rms of an example's inputs
 * @param bent whether a bent function is applied to the sums
 */
record WeightReach(long start, long end, long fanIn, boolean unitsLast, double input, boolean bent) {

    double rms(INDArray flat) {
        return Norms.of(of(flat)) / Math.sqrt((double) (end - start));
    }

    /** The largest norm of one unit's weights. */
    double largestUnit(INDArray flat) {
        INDArray part = of(flat);
        if (!unitsLast) {
            return Norms.of(part);
        }
        return part.reshape('c', (end - start) / fanIn, fanIn)
                .norm2(1)
                .maxNumber()
                .doubleValue();
    }

    private INDArray of(INDArray flat) {
        return flat.get(NDArrayIndex.interval(start, end));
    }
}
