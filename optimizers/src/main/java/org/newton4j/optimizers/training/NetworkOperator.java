/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.FlatOperator;

/** An operator on the parameters of a network: outside every workspace, with vectors of any two floating types. */
abstract class NetworkOperator extends FlatOperator {

    @Override
    protected void requireVectors(INDArray in, INDArray out) {
        Vectors.require(in, "in", dimension());
        Vectors.require(out, "out", dimension());
    }

    @Override
    protected final void product(INDArray x, INDArray y) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            compute(x, y);
        }
    }

    /** {@code y = A x}. */
    abstract void compute(INDArray x, INDArray y);
}
