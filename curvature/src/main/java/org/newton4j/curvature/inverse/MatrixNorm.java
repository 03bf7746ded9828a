/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The matrix norms a {@link Stabilizer} can test; MKOR's paper does not say which one it means.
 */
public enum MatrixNorm {
    /** max_ij |M_ij|, the one of MKOR's released code. */
    MAX_ABS_ENTRY {
        @Override
        public double of(INDArray matrix) {
            return matrix.amaxNumber().doubleValue();
        }
    },
    /** max_i sum_j |M_ij|, an upper bound of the largest eigenvalue of a symmetric M. */
    INF_ROW_SUM {
        @Override
        public double of(INDArray matrix) {
            return matrix.norm1(1).maxNumber().doubleValue();
        }
    },
    /** sqrt(sum_ij M_ij^2). */
    FROBENIUS {
        @Override
        public double of(INDArray matrix) {
            return matrix.norm2Number().doubleValue();
        }
    };

    /**
     * The norm of a matrix.
     *
     * @param matrix M, square; Not modified
     * @return at least 0
     */
    public abstract double of(INDArray matrix);
}
