/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.SymmetricKernels;

/**
 * How a {@link RankOneInverse} keeps M: as a matrix, as a matrix of a narrow type, or as the history of its updates.
 *
 * <p>Arguments are checked by whoever calls. Vectors and matrices have the type of the arithmetic.
 */
sealed interface RankOneForm permits DenseForm, NarrowForm, HistoryForm {

    /** Of the stored numbers. */
    DataType type();

    /** Size of M. */
    long dimension();

    /** For vectors that go with M. */
    SymmetricKernels kernels();

    /** The form whose type is that of the arithmetic, with memory of its own or not. */
    default RankOneForm opened() {
        return this;
    }

    /**
     * Ends what {@link #opened} began.
     *
     * @param updated what became of the opened form
     * @return the form to go on with
     */
    default RankOneForm closed(RankOneForm updated) {
        return updated;
    }

    /**
     * Computes {@code out = M x}.
     *
     * @param x length n; Not modified
     * @param out length n, another array; Modified, previous content ignored
     */
    void multiply(INDArray x, INDArray out);

    /** What one {@link #update} and {@link #closed} overwrite. */
    KeptState keep();

    /** The largest diagonal entry, which no entry of a positive definite matrix exceeds. */
    double largestOfDiagonal();

    /**
     * Computes {@code M = scale M + factor u u' + shift I}.
     *
     * @param scale greater than 0
     * @param factor not 0
     * @param u length n; Modified at will
     * @param shift at least 0
     * @return the form to go on with
     */
    RankOneForm update(double scale, double factor, INDArray u, double shift);

    /** M, both triangles: the live array, or a new one where there is none. Not to be modified. */
    INDArray matrix();

    /** M, the upper triangle for {@link SymmetricKernels}: the live array, or a new one where there is none. */
    INDArray upper();

    /**
     * Computes {@code M b}.
     *
     * @param b shape [n, columns], F order without gaps; Modified
     * @param spare memory of the same shape; Modified
     * @return the one of the two that holds the product
     */
    INDArray left(INDArray b, INDArray spare);

    /**
     * Computes {@code b M}.
     *
     * @param b shape [rows, n], F order without gaps; Modified
     * @param spare memory of the same shape; Modified
     * @return the one of the two that holds the product
     */
    INDArray right(INDArray b, INDArray spare);
}
