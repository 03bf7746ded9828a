/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An activation in place of a shadow layer's own that shows dL/dz when the backward pass comes by.
 *
 * <p>Deeplearning4j computes a layer's delta in one place only, {@code activationFn.backprop(z, epsilon)}, and at that
 * moment the layer's input is still alive.
 */
final class ActivationTap implements IActivation {

    private static final long serialVersionUID = 1L;

    private final IActivation inner;
    private final transient Consumer<INDArray> watcher;

    ActivationTap(IActivation inner, Consumer<INDArray> watcher) {
        this.inner = inner;
        this.watcher = watcher;
    }

    @Override
    public INDArray getActivation(INDArray in, boolean training) {
        return inner.getActivation(in, training);
    }

    @Override
    public Pair<INDArray, @Nullable INDArray> backprop(INDArray in, INDArray epsilon) {
        Pair<INDArray, @Nullable INDArray> result = inner.backprop(in, epsilon);
        watcher.accept(result.getFirst());
        return result;
    }

    @Override
    public int numParams(int inputSize) {
        return inner.numParams(inputSize);
    }
}
