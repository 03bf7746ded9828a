/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The passes over a tall stack of rows that M-FAC and its kin are made of, summed in double whatever the type of the rows.
 *
 * <p>Symbols: G is [m, d] in C order, FLOAT, DOUBLE or BFLOAT16; vectors have length d and are FLOAT or DOUBLE, whatever
 * G is.
 *
 * <pre>
 * dots(k, x)             = first k entries of G x
 * insert(s, x, k)        : row s of G becomes x rounded to the type of G;  first k entries of G row_s
 * combine(a, x, c, out)  : out = a x + sum_i c_i row_i,  i over the entries of c
 * </pre>
 *
 * <p>Beside BFLOAT16 rows, x in dots and c are rounded to 45 bits, relatively 2^-45 at most, so that each product is exact:
 * a fused multiply-add then gives the same bits as two operations.
 *
 * <p>Rounding of rows is to nearest, ties to even. A finite number that would round to infinity becomes the largest finite one.
 * Each call is one pass over the rows it needs. The kernels on native memory give the same bits whatever the number of
 * threads, with and without the Vector API: sums run over fixed blocks of columns in a fixed order.
 *
 * <p>Get one from {@link Kernels#rows}. Not thread-safe against writers of the same rows.
 */
public interface RowProducts {

    /**
     * Columns that are summed before the sum is added to what came before; part of what fixes the bits. As many as lie in
     * half of a second-level cache of 256 KB: the longer a stretch of a row, the better the processor fetches ahead.
     */
    int BLOCK = 1 << 14;

    /**
     * Computes the first entries of {@code G x}.
     *
     * @param count k, in [1, m]
     * @param x length d, FLOAT or DOUBLE; Not modified
     * @return k sums
     */
    double[] dots(int count, INDArray x);

    /**
     * Stores a row and multiplies it with others, itself as stored.
     *
     * @param slot s, the row replaced, in [0, m)
     * @param x length d, FLOAT or DOUBLE, finite; Not modified
     * @param count k, in [1, m]
     * @return k sums
     */
    double[] insert(int slot, INDArray x, int count);

    /**
     * Computes {@code out = scale x + sum_i c_i row_i}.
     *
     * @param scale factor of x, ignored without x
     * @param x length d, FLOAT or DOUBLE, or null for none; may be {@code out}; Not modified unless it is
     * @param coefficients c, at most m numbers
     * @param out length d, FLOAT or DOUBLE, may be one of the rows; Modified, previous content ignored
     */
    void combine(double scale, @Nullable INDArray x, double[] coefficients, INDArray out);
}
