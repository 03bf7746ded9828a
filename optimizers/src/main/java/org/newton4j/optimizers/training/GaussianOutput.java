/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossUtil;

/**
 * Squared error of a = act(z): a normal distribution of mean a and variance 1 / (2 s).
 *
 * <pre>
 * loss  = s Σ_j w_j (a_j - y_j)²       s = 1 for L2, 1 / outputs for MSE; w = 1 by default
 * r     = 2 s D w (a - y)              D = ∂a/∂z, symmetric
 * H_out = 2 s D w D                    positive semi-definite for any activation
 * </pre>
 *
 * @param weights of the outputs, row vector, or null
 * @param averaged whether the loss is divided by the number of outputs
 */
record GaussianOutput(@Nullable INDArray weights, boolean averaged) implements OutputModel {

    @Override
    public INDArray multiply(LossCall call, INDArray t) {
        INDArray product = slope(call, t.dup()).muli(2 * scale(call));
        INDArray w = weights;
        if (w != null) {
            product.muliRowVector(w.castTo(product.dataType()));
        }
        INDArray mask = call.mask();
        if (mask != null) {
            if (call.activation() instanceof ActivationSoftmax && LossUtil.isPerOutputMasking(product, mask)) {
                throw new UnsupportedOperationException("a softmax output cannot be masked output by output");
            }
            LossUtil.applyMask(product, mask);
        }
        return slope(call, product);
    }

    @Override
    public INDArray sample(LossCall call, CounterRandom random) {
        OutputModel.requireBinaryMask(call.mask());
        INDArray mean = call.output();
        int columns = (int) mean.size(1);
        double[] drawn = mean.dup('c').reshape(mean.length()).toDoubleVector();
        for (int i = 0; i < drawn.length; i++) {
            INDArray w = weights;
            double precision = 2 * scale(call) * (w == null ? 1 : w.getDouble(i % columns));
            // An output of weight 0 has no influence; any label will do.
            drawn[i] += precision > 0 ? random.normal(i) / Math.sqrt(precision) : 0;
        }
        return Nd4j.createFromArray(drawn)
                .reshape('c', mean.shape())
                .castTo(call.labels().dataType());
    }

    /** D e; both arguments of Deeplearning4j's backprop may be overwritten. */
    private static INDArray slope(LossCall call, INDArray e) {
        return call.activation().backprop(call.preOutput().dup(), e).getFirst();
    }

    private double scale(LossCall call) {
        return averaged ? 1.0 / call.preOutput().size(1) : 1;
    }
}
