/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.RankOneInverse;
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.curvature.kernel.SymmetricKernels;

/** One of the two symmetric matrices around the gradient of a layer, as something that multiplies. */
interface SymmetricFactor {

    /**
     * Computes M b.
     *
     * @param b matrix in F order without gaps; Modified
     * @param spare memory of the same shape; Modified
     * @param typed gives a matrix the type of b
     * @return the one of the two that holds the product
     */
    INDArray left(INDArray b, INDArray spare, UnaryOperator<INDArray> typed);

    /**
     * Computes b M.
     *
     * @param b matrix in F order without gaps; Modified
     * @param spare memory of the same shape; Modified
     * @param typed gives a matrix the type of b
     * @return the one of the two that holds the product
     */
    INDArray right(INDArray b, INDArray spare, UnaryOperator<INDArray> typed);

    /**
     * A matrix.
     *
     * @param matrix M, any floating type, as {@link SymmetricKernels} keep it; Not modified
     * @return what multiplies by it
     */
    static SymmetricFactor of(INDArray matrix) {
        return new SymmetricFactor() {
            @Override
            public INDArray left(INDArray b, INDArray spare, UnaryOperator<INDArray> typed) {
                INDArray m = typed.apply(matrix);
                Kernels.symmetric(m).left(m, b, spare);
                return spare;
            }

            @Override
            public INDArray right(INDArray b, INDArray spare, UnaryOperator<INDArray> typed) {
                INDArray m = typed.apply(matrix);
                Kernels.symmetric(m).right(b, m, spare);
                return spare;
            }
        };
    }

    /**
     * A factor as it is now: its matrix, or the history that stands for it, which has the type of b already.
     *
     * @param factor M; Not modified
     * @return what multiplies by it until its next update
     */
    static SymmetricFactor of(RankOneInverse factor) {
        if (!factor.thin()) {
            return of(factor.upper());
        }
        return new SymmetricFactor() {
            @Override
            public INDArray left(INDArray b, INDArray spare, UnaryOperator<INDArray> typed) {
                return factor.left(b, spare);
            }

            @Override
            public INDArray right(INDArray b, INDArray spare, UnaryOperator<INDArray> typed) {
                return factor.right(b, spare);
            }
        };
    }
}
