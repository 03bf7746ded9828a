/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.curvature.kernel.RowProducts;

/**
 * The two products with a tall stack of gradients, accumulated in double whatever the type of the stack.
 *
 * <p>Symbols: G is [m, d], one gradient per row.
 *
 * <pre>
 * dots(x)            = G x
 * combine(s, x, c)   = s x + G' c
 * </pre>
 *
 * <p>Sums in FLOAT would not do: an m x m system built from single-precision dot products of 25 million terms is wrong by
 * about 1e-6 of its largest entry, which exceeds a damping of 1e-5. The type of the vectors is independent of that of the
 * stack. See {@link RowProducts} for rounding and for what is the same bits where.
 */
public final class GradientRows {

    private final INDArray rows;
    private final RowProducts products;

    /**
     * Wraps a stack.
     *
     * @param rows G, shape [m, d], FLOAT, DOUBLE or BFLOAT16, contiguous in C order; kept by reference, Modified by
     *     {@link #insert} only
     * @throws IllegalArgumentException when it is no such matrix
     */
    public GradientRows(INDArray rows) {
        this.rows = rows;
        this.products = Kernels.rows(rows);
    }

    /**
     * Number of gradients.
     *
     * @return m
     */
    public long count() {
        return rows.size(0);
    }

    /**
     * Length of a gradient.
     *
     * @return d
     */
    public long dimension() {
        return rows.size(1);
    }

    /**
     * Type of the stack.
     *
     * @return FLOAT, DOUBLE or BFLOAT16
     */
    public DataType dataType() {
        return rows.dataType();
    }

    /**
     * Computes G x in double.
     *
     * @param x length d, FLOAT or DOUBLE; Not modified
     * @return m dot products
     * @throws IllegalArgumentException when x has another length or type
     */
    public double[] dots(INDArray x) {
        return dots(x, (int) count());
    }

    /**
     * Computes the first entries of G x in double.
     *
     * @param x length d, FLOAT or DOUBLE; Not modified
     * @param first rows that take part, in [1, m]
     * @return dot products
     * @throws IllegalArgumentException when x has another length or type or the rows are out of range
     */
    public double[] dots(INDArray x, int first) {
        Arguments.vector("x", x, dimension());
        Arguments.count("first", first, 1, count());
        return products.dots(first, x);
    }

    /**
     * Replaces a row and multiplies the first rows with it, as it is stored.
     *
     * @param slot the row, in [0, m)
     * @param x length d, FLOAT or DOUBLE, finite; Not modified
     * @param first rows that take part, in [1, m]
     * @return dot products
     * @throws IllegalArgumentException when x has another length or type or a number is out of range
     */
    public double[] insert(int slot, INDArray x, int first) {
        Arguments.vector("x", x, dimension());
        Arguments.count("slot", slot, 0, count() - 1);
        Arguments.count("first", first, 1, count());
        return products.insert(slot, x, first);
    }

    /**
     * Computes {@code out = scale x + G' c}, summed in double and rounded once.
     *
     * @param scale factor of x, ignored without x
     * @param x length d, FLOAT or DOUBLE, or null for none; may be {@code out}; Not modified unless it is
     * @param coefficients c, at most m numbers; rows without one do not take part
     * @param out length d, FLOAT or DOUBLE, may be a row of the stack; Modified, previous content ignored
     * @throws IllegalArgumentException when a length or a type is wrong
     */
    public void combine(double scale, @Nullable INDArray x, double[] coefficients, INDArray out) {
        Arguments.vector("out", out, dimension());
        if (coefficients.length > count()) {
            throw new IllegalArgumentException(
                    "expected at most " + count() + " coefficients, but got " + coefficients.length);
        }
        if (x != null) {
            Arguments.vector("x", x, dimension());
        }
        products.combine(scale, x, coefficients, out);
    }
}
