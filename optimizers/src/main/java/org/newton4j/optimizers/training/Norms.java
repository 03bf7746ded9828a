/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Euclidean norms of flat FLOAT and DOUBLE vectors. */
final class Norms {

    private Norms() {}

    static double of(INDArray vector, long[] range) {
        return range[0] == 0 && range[1] == vector.length()
                ? of(vector)
                : of(vector.get(NDArrayIndex.interval(range[0], range[1])));
    }

    /** BLAS's dot takes half of the time of its nrm2, which scales; far from 1 that is needed in FLOAT. */
    static double of(INDArray vector) {
        double square = Nd4j.getBlasWrapper().dot(vector, vector);
        return square > 1e-20 && square < 1e30
                ? Math.sqrt(square)
                : Nd4j.getBlasWrapper().nrm2(vector);
    }
}
