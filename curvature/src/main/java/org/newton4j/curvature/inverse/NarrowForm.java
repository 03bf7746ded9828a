/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.curvature.kernel.SymmetricKernels;

/** M as a matrix of HALF or BFLOAT16: whatever is done with it is done with a copy in FLOAT. */
final class NarrowForm implements RankOneForm {

    private final INDArray matrix;

    /**
     * Takes over a matrix.
     *
     * @param matrix M, HALF or BFLOAT16, both triangles, kept by reference
     */
    NarrowForm(INDArray matrix) {
        this.matrix = matrix;
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
    public RankOneForm opened() {
        return new DenseForm(OffHeap.copy(matrix.castTo(DataType.FLOAT), 'f'), true);
    }

    @Override
    public RankOneForm closed(RankOneForm updated) {
        matrix.assign(updated.matrix());
        return this;
    }

    @Override
    public SymmetricKernels kernels() {
        return Kernels.symmetric(matrix);
    }

    @Override
    public void multiply(INDArray x, INDArray out) {
        opened().multiply(x, out);
    }

    @Override
    public double largestOfDiagonal() {
        return opened().largestOfDiagonal();
    }

    @Override
    public RankOneForm update(double scale, double factor, INDArray u, double shift) {
        return closed(opened().update(scale, factor, u, shift));
    }

    @Override
    public KeptState keep() {
        return new DenseForm(matrix, true).keep();
    }

    @Override
    public INDArray matrix() {
        return matrix;
    }

    @Override
    public INDArray upper() {
        return matrix;
    }

    @Override
    public INDArray left(INDArray b, INDArray spare) {
        return opened().left(b, spare);
    }

    @Override
    public INDArray right(INDArray b, INDArray spare) {
        return opened().right(b, spare);
    }
}
