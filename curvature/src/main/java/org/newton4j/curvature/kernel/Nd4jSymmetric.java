/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J operations on whole matrices, for backends whose memory is not in reach and matrices that lie otherwise. */
final class Nd4jSymmetric implements SymmetricKernels {

    @Override
    public void multiply(INDArray m, INDArray x, INDArray out) {
        out.assign(m.mmul(column(x)).reshape(x.length()));
    }

    @Override
    public void left(INDArray m, INDArray b, INDArray out) {
        Nd4j.gemm(m, b, out, false, false, 1, 0);
    }

    @Override
    public void right(INDArray b, INDArray m, INDArray out) {
        Nd4j.gemm(b, m, out, false, false, 1, 0);
    }

    @Override
    public void update(INDArray m, double scale, double factor, INDArray u, double shift) {
        // Scaled beforehand, entry ij and entry ji are the same product of two numbers: M stays symmetric.
        INDArray column = column(u).mul(Math.sqrt(Math.abs(factor)));
        Nd4j.gemm(column, column, m, false, true, Math.signum(factor), scale);
        if (shift != 0) {
            diagonal(m).addi(shift);
        }
    }

    @Override
    public void form(INDArray columns, double factor, double shift, INDArray m) {
        Nd4j.gemm(columns, columns, m, false, true, factor, 0);
        // BLAS may sum entry ij and entry ji in different orders.
        m.addi(m.transpose().dup()).muli(0.5);
        diagonal(m).addi(shift);
    }

    @Override
    public void complete(INDArray m) {
        // Both triangles are always written.
    }

    @Override
    public double largestOfDiagonal(INDArray m) {
        return largest(diagonal(m));
    }

    @Override
    public double dot(INDArray x, INDArray y) {
        return Nd4j.getBlasWrapper().dot(x.castTo(DataType.DOUBLE), y.castTo(DataType.DOUBLE));
    }

    @Override
    public double largest(INDArray x) {
        return x.amaxNumber().doubleValue();
    }

    private static INDArray column(INDArray x) {
        return x.reshape(x.length(), 1);
    }

    /** A view; Nd4j.diag answers with a copy. */
    private static INDArray diagonal(INDArray m) {
        long n = m.size(0);
        return Nd4j.create(m.data(), new long[] {n}, new long[] {m.stride(0) + m.stride(1)}, m.offset());
    }
}
