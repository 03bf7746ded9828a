/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossUtil;

/**
 * Binary cross-entropy of independent outputs p = sigmoid(z).
 *
 * <pre>
 * r     = p - y
 * H_out = diag(w p (1 - p))        w = weights of the outputs, 1 by default
 * </pre>
 *
 * <p>Deeplearning4j clips p at 1e-5 in the gradient; H_out is that of the loss without clipping, at most 1e-5 there.
 *
 * @param weights of the outputs, row vector, or null
 */
record BernoulliOutput(@Nullable INDArray weights) implements OutputModel {

    @Override
    public INDArray multiply(LossCall call, INDArray t) {
        INDArray p = call.output();
        INDArray product = p.rsub(1).muli(p).muli(t);
        INDArray w = weights;
        if (w != null) {
            product.muliRowVector(w.castTo(product.dataType()));
        }
        INDArray mask = call.mask();
        if (mask != null) {
            LossUtil.applyMask(product, mask);
        }
        return product;
    }

    @Override
    public INDArray sample(LossCall call, CounterRandom random) {
        OutputModel.requireUnweighted(weights, "binary cross-entropy");
        OutputModel.requireBinaryMask(call.mask());
        INDArray p = call.output();
        double[] probability = p.dup('c').reshape(p.length()).toDoubleVector();
        double[] drawn = new double[probability.length];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = random.uniform(i) < probability[i] ? 1 : 0;
        }
        return Nd4j.createFromArray(drawn)
                .reshape('c', p.shape())
                .castTo(call.labels().dataType());
    }
}
