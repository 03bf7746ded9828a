/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Products with a symmetric matrix and its symmetric rank-one update, which touch half of it where memory is in reach.
 *
 * <p>Symbols: M is symmetric, n x n, FLOAT or DOUBLE. In native memory only its upper triangle is read and written; below
 * the diagonal anything may stand until {@link #complete}. All arrays of a call have the type of M; vectors have rank 1 and
 * may be views, matrices lie in F order without gaps.
 *
 * <pre>
 * multiply        out = M x
 * left            out = M b
 * right           out = b M
 * update          M = scale M + factor u u' + shift I
 * form            M = factor C C' + shift I
 * </pre>
 *
 * <p>Get one from {@link Kernels#symmetric}. Arguments are checked by whoever calls. Stateless.
 */
public interface SymmetricKernels {

    /**
     * Computes {@code out = M x}.
     *
     * @param m M; Not modified
     * @param x length n; Not modified
     * @param out length n, another array than x; Modified, previous content ignored
     */
    void multiply(INDArray m, INDArray x, INDArray out);

    /**
     * Computes {@code out = M b}.
     *
     * @param m M; Not modified
     * @param b shape [n, columns]; Not modified
     * @param out shape of b, another array; Modified, previous content ignored
     */
    void left(INDArray m, INDArray b, INDArray out);

    /**
     * Computes {@code out = b M}.
     *
     * @param b shape [rows, n]; Not modified
     * @param m M; Not modified
     * @param out shape of b, another array; Modified, previous content ignored
     */
    void right(INDArray b, INDArray m, INDArray out);

    /**
     * Computes {@code M = scale M + factor u u' + shift I} in one pass.
     *
     * @param m M; Modified
     * @param scale any finite number
     * @param factor any finite number
     * @param u length n; Not modified
     * @param shift any finite number
     */
    void update(INDArray m, double scale, double factor, INDArray u, double shift);

    /**
     * Computes {@code M = factor C C' + shift I}.
     *
     * @param columns C, shape [n, count], F order without gaps, other memory than M; Not modified
     * @param factor any finite number
     * @param shift any finite number
     * @param m M; Modified, previous content ignored
     */
    void form(INDArray columns, double factor, double shift, INDArray m);

    /**
     * Writes the lower triangle, for readers of the whole matrix.
     *
     * @param m M; Modified below the diagonal
     */
    void complete(INDArray m);

    /**
     * The largest entry of a positive semidefinite matrix.
     *
     * @param m M; Not modified
     * @return max_i |M_ii|
     */
    double largestOfDiagonal(INDArray m);

    /**
     * Computes x'y, summed in double.
     *
     * @param x length n; Not modified
     * @param y length n; Not modified
     * @return the inner product
     */
    double dot(INDArray x, INDArray y);

    /**
     * The largest entry of a vector.
     *
     * @param x length n; Not modified
     * @return max_i |x_i|
     */
    double largest(INDArray x);
}
