/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.curvature.kernel.SymmetricKernels;

/** M as a matrix, FLOAT or DOUBLE: an update is one pass over its upper triangle, in place. */
final class DenseForm implements RankOneForm {

    private final INDArray matrix;

    /** Whether the lower triangle is written, too. */
    private boolean whole;

    /**
     * Takes over a matrix.
     *
     * @param matrix M, FLOAT or DOUBLE, F order, kept by reference
     * @param whole whether its lower triangle is written
     */
    DenseForm(INDArray matrix, boolean whole) {
        this.matrix = matrix;
        this.whole = whole;
    }

    @Override
    public DataType type() {
        return matrix.dataType();
    }

    @Override
    public long dimension() {
        return matrix.size(0);
    }

    @Override
    public SymmetricKernels kernels() {
        return Kernels.symmetric(matrix);
    }

    @Override
    public void multiply(INDArray x, INDArray out) {
        kernels().multiply(matrix, x, out);
    }

    @Override
    public double largestOfDiagonal() {
        return kernels().largestOfDiagonal(matrix);
    }

    @Override
    public RankOneForm update(double scale, double factor, INDArray u, double shift) {
        kernels().update(matrix, scale, factor, u, shift);
        whole = false;
        return this;
    }

    @Override
    public KeptState keep() {
        INDArray copy = OffHeap.copy(matrix, 'f');
        boolean wholeBefore = whole;
        return new KeptState() {
            @Override
            public void takeBack() {
                matrix.assign(copy);
                whole = wholeBefore;
                release();
            }

            @Override
            public void release() {
                copy.close();
            }
        };
    }

    @Override
    public INDArray matrix() {
        if (!whole) {
            kernels().complete(matrix);
            whole = true;
        }
        return matrix;
    }

    @Override
    public INDArray upper() {
        return matrix;
    }

    @Override
    public INDArray left(INDArray b, INDArray spare) {
        kernels().left(matrix, b, spare);
        return spare;
    }

    @Override
    public INDArray right(INDArray b, INDArray spare) {
        kernels().right(b, matrix, spare);
        return spare;
    }
}
