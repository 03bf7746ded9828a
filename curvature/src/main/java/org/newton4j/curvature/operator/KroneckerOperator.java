/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The Kronecker product of two symmetric matrices, applied and never formed.
 *
 * <p>Symbols: A is p x p, B is q x q, X is the p x q matrix that {@code in} holds row by row (C order): entry i q + j of
 * the vector is X_ij. With this convention the product is the one of {@code numpy.kron(A, B)}:
 *
 * <pre>
 * out = (A kron B) in = A X B'      entry (i q + j, k q + l) of A kron B is A_ik B_jl
 * </pre>
 *
 * <p>O(pq(p + q)) instead of O(p^2 q^2). For the gradient of a dense layer held as [nOut, K], bias column last, K-FAC's
 * Fisher block is {@code new KroneckerOperator(G, A)} with G = nOut x nOut, A = K x K.
 */
public final class KroneckerOperator extends FlatOperator {

    private final INDArray left;
    private final INDArray right;

    /**
     * Pairs two matrices.
     *
     * @param left A, shape [p, p], symmetric; kept by reference, Not modified
     * @param right B, shape [q, q], symmetric, the type of {@code left}; kept by reference, Not modified
     * @throws IllegalArgumentException when one is not square or not symmetric, or the types differ
     */
    public KroneckerOperator(INDArray left, INDArray right) {
        Arguments.symmetric("left", left);
        Arguments.symmetric("right", right);
        Arguments.sameType("left", left, "right", right);
        this.left = left;
        this.right = right;
    }

    @Override
    public long dimension() {
        return Math.multiplyExact(left.size(0), right.size(0));
    }

    @Override
    protected void requireVectors(INDArray in, INDArray out) {
        super.requireVectors(in, out);
        Arguments.sameType("in", in, "left", left);
    }

    @Override
    protected void product(INDArray in, INDArray out) {
        INDArray x = in.reshape('c', left.size(0), right.size(0));
        // B is symmetric, so X B' = X B.
        INDArray result = left.mmul(x.mmul(right));
        out.assign(result.dup('c').reshape(new long[] {dimension()}));
    }
}
