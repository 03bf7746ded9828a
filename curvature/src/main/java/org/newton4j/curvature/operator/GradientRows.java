/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

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
 * <p>A FLOAT stack is widened piece by piece: an m x m system built from single-precision dot products of 25 million
 * terms is wrong by about 1e-6 of its largest entry, which exceeds a damping of 1e-5.
 */
public final class GradientRows {

    /** Doubles widened at a time: 256 KB, half of a common second-level cache. */
    private static final long PIECE = 32_768;

    /** Short rows are widened together, so many doubles at a time: the fixed cost of a call would outweigh the cache. */
    private static final long BLOCK = 262_144;

    private final INDArray rows;
    private final INDArray flat;
    private final long m;
    private final long d;

    /**
     * Wraps a stack.
     *
     * @param rows G, shape [m, d], FLOAT or DOUBLE, contiguous in C order; kept by reference, Not modified
     * @throws IllegalArgumentException when it is no such matrix
     */
    public GradientRows(INDArray rows) {
        Arguments.floating("gradients", rows);
        if (!(rows.rank() == 2)) {
            throw new IllegalArgumentException("gradients must be a matrix [m, d], but have rank " + rows.rank());
        }
        m = rows.size(0);
        d = rows.size(1);
        // A stride over an axis of length 1 says nothing about the memory.
        boolean contiguous = (d == 1 || rows.stride(1) == 1) && (m == 1 || rows.stride(0) == d);
        if (!contiguous) {
            throw new IllegalArgumentException("gradients must be contiguous in C order, but have strides "
                    + Arrays.toString(rows.stride()) + "; use dup('c')");
        }
        this.rows = rows;
        this.flat = rows.reshape(new long[] {Math.multiplyExact(m, d)});
    }

    /**
     * Number of gradients.
     *
     * @return m
     */
    public long count() {
        return m;
    }

    /**
     * Length of a gradient.
     *
     * @return d
     */
    public long dimension() {
        return d;
    }

    /**
     * Type of the stack.
     *
     * @return FLOAT or DOUBLE
     */
    public DataType dataType() {
        return rows.dataType();
    }

    /**
     * Computes G x in double.
     *
     * @param x length d, the type of the stack; Not modified
     * @return m dot products
     * @throws IllegalArgumentException when x has another length or type
     */
    public double[] dots(INDArray x) {
        Arguments.vector("x", x, d);
        Arguments.sameType("x", x, "gradients", rows);
        INDArray vector = Arguments.flat(x);
        double[] result = new double[(int) m];
        if (dataType() == DataType.DOUBLE) {
            INDArray product = Nd4j.createUninitialized(DataType.DOUBLE, m);
            Matrices.multiply(rows, vector, product);
            return product.toDoubleVector();
        }
        if (d > PIECE) {
            for (long from = 0; from < d; from += PIECE) {
                long to = Math.min(d, from + PIECE);
                INDArray piece = vector.get(NDArrayIndex.interval(from, to)).castTo(DataType.DOUBLE);
                INDArray wide = piece.ulike();
                for (int i = 0; i < m; i++) {
                    wide.assign(flat.get(NDArrayIndex.interval(i * d + from, i * d + to)));
                    result[i] += Nd4j.getBlasWrapper().dot(wide, piece);
                }
            }
            return result;
        }
        INDArray wideX = vector.castTo(DataType.DOUBLE);
        long step = Math.max(1, BLOCK / d);
        for (long from = 0; from < m; from += step) {
            long to = Math.min(m, from + step);
            INDArray product = Nd4j.createUninitialized(DataType.DOUBLE, to - from);
            Matrices.multiply(wideRows(from, to), wideX, product);
            System.arraycopy(product.toDoubleVector(), 0, result, (int) from, (int) (to - from));
        }
        return result;
    }

    /**
     * Computes {@code out = scale x + G' c}, summed in double and rounded once.
     *
     * @param scale factor of x, ignored without x
     * @param x length d, the type of the stack, or null for none; may be {@code out}; Not modified unless it is
     * @param coefficients c, m numbers
     * @param out length d, the type of the stack; Modified, previous content ignored
     * @throws IllegalArgumentException when a length or a type is wrong
     */
    public void combine(double scale, @Nullable INDArray x, double[] coefficients, INDArray out) {
        Arguments.vector("out", out, d);
        Arguments.sameType("out", out, "gradients", rows);
        if (coefficients.length != m) {
            throw new IllegalArgumentException("expected " + m + " coefficients, but got " + coefficients.length);
        }
        if (x != null) {
            Arguments.vector("x", x, d);
            Arguments.sameType("x", x, "gradients", rows);
        }
        INDArray target = Arguments.flat(out);
        INDArray start = x == null ? null : Arguments.flat(x);
        if (dataType() == DataType.FLOAT && d > PIECE) {
            for (long from = 0; from < d; from += PIECE) {
                long to = Math.min(d, from + PIECE);
                INDArray sum = start == null
                        ? Nd4j.zeros(DataType.DOUBLE, to - from)
                        : start.get(NDArrayIndex.interval(from, to))
                                .castTo(DataType.DOUBLE)
                                .muli(scale);
                INDArray wide = sum.ulike();
                for (int i = 0; i < m; i++) {
                    if (coefficients[i] != 0) {
                        wide.assign(flat.get(NDArrayIndex.interval(i * d + from, i * d + to)));
                        Nd4j.getBlasWrapper().level1().axpy(to - from, coefficients[i], wide, sum);
                    }
                }
                target.get(NDArrayIndex.interval(from, to)).assign(sum);
            }
            return;
        }
        INDArray sum = start == null
                ? Nd4j.zeros(DataType.DOUBLE, d)
                : start.dataType() == DataType.DOUBLE
                        ? start.mul(scale)
                        : start.castTo(DataType.DOUBLE).muli(scale);
        INDArray c = Nd4j.createFromArray(coefficients);
        long step = dataType() == DataType.DOUBLE ? m : Math.max(1, BLOCK / d);
        for (long from = 0; from < m; from += step) {
            long to = Math.min(m, from + step);
            INDArray part = Nd4j.createUninitialized(DataType.DOUBLE, d);
            INDArray block = dataType() == DataType.DOUBLE ? rows : wideRows(from, to);
            Matrices.multiply(block.transpose(), c.get(NDArrayIndex.interval(from, to)), part);
            sum.addi(part);
        }
        target.assign(sum);
    }

    private INDArray wideRows(long from, long to) {
        return flat.get(NDArrayIndex.interval(from * d, to * d))
                .castTo(DataType.DOUBLE)
                .reshape('c', to - from, d);
    }
}
