/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An operator that may rely on what it multiplies: vectors of rank 1 without gaps, in memory of their own.
 *
 * <p>Rows, columns and strided views of larger arrays are taken and written wherever they lie, by way of a copy where
 * neighbours are not one element apart. Matrices are refused whatever their length, as they hold a flat vector in C or
 * in F order and do not say which; so are vectors that share memory.
 */
public abstract class FlatOperator implements LinearOperator {

    /** Nothing to set up. */
    protected FlatOperator() {}

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException when a vector is none or has another length or type, or the two share memory
     */
    @Override
    public final void multiply(INDArray in, INDArray out) {
        requireVectors(in, out);
        Arguments.apart("in", in, "out", out);
        INDArray target = Arguments.flat(out);
        INDArray y = Arguments.isDense(target) ? target : target.ulike();
        product(Arguments.dense(in), y);
        if (y != target) {
            target.assign(y);
        }
    }

    /**
     * Checks shapes and types; unless overridden, vectors of length d and one type, FLOAT or DOUBLE.
     *
     * @param in x; Not modified
     * @param out y; Not modified
     * @throws IllegalArgumentException when the operator cannot work with them
     */
    protected void requireVectors(INDArray in, INDArray out) {
        Arguments.vector("in", in, dimension());
        Arguments.vector("out", out, dimension());
        Arguments.sameType("in", in, "out", out);
    }

    /**
     * Computes {@code y = A x}.
     *
     * @param x shape [d], without gaps; Not modified
     * @param y shape [d], without gaps, other memory than x; Modified, previous content ignored
     */
    protected abstract void product(INDArray x, INDArray y);
}
