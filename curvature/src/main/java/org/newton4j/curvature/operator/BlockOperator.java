/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * An operator restricted to a range of indices: one diagonal block, for example one layer.
 *
 * <p>Symbols: A on vectors of length n, P picks the entries first, ..., first + d - 1.
 *
 * <pre>
 * out = P A P' in
 * </pre>
 *
 * <p>One product of A each. The block of a positive definite A is positive definite.
 */
public final class BlockOperator extends FlatOperator {

    private final LinearOperator operator;
    private final long first;
    private final long length;

    /**
     * Restricts an operator.
     *
     * @param operator A
     * @param first first index of the block, in [0, n)
     * @param length d, at least 1, first + d at most n
     * @throws IllegalArgumentException when the range is empty or reaches outside [0, n)
     */
    public BlockOperator(LinearOperator operator, long first, long length) {
        this.operator = operator;
        this.first = Arguments.count("first", first, 0, operator.dimension() - 1);
        this.length = Arguments.count("length", length, 1, operator.dimension() - first);
    }

    @Override
    public long dimension() {
        return length;
    }

    @Override
    protected void product(INDArray in, INDArray out) {
        INDArray wide = Nd4j.zeros(in.dataType(), operator.dimension());
        INDArray result = wide.ulike();
        wide.get(NDArrayIndex.interval(first, first + length)).assign(in);
        operator.multiply(wide, result);
        out.assign(result.get(NDArrayIndex.interval(first, first + length)));
    }

    @Override
    public double productError() {
        return operator.productError();
    }
}
