/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossUtil;

/**
 * Cross-entropy of a softmax p = softmax(z).
 *
 * <pre>
 * r     = p - e_y
 * H_out = c (diag p - p p')        c = 1, with class weights w: c = Σ_j w_j y_j
 * </pre>
 *
 * @param weights of the classes, row vector, or null
 * @param sparse whether labels are class numbers in one column
 */
record CategoricalOutput(@Nullable INDArray weights, boolean sparse) implements OutputModel {

    @Override
    public INDArray multiply(LossCall call, INDArray t) {
        INDArray p = call.output();
        INDArray product = p.mul(t);
        product.subi(p.mulColumnVector(product.sum(true, 1)));
        INDArray w = weights;
        if (w != null) {
            product.muliColumnVector(weightOfRows(call, w));
        }
        INDArray mask = call.mask();
        if (mask != null) {
            if (LossUtil.isPerOutputMasking(product, mask)) {
                throw new UnsupportedOperationException("a softmax output cannot be masked output by output");
            }
            LossUtil.applyMask(product, mask);
        }
        return product;
    }

    @Override
    public INDArray sample(LossCall call, CounterRandom random) {
        OutputModel.requireUnweighted(weights, "cross-entropy");
        OutputModel.requireBinaryMask(call.mask());
        INDArray p = call.output();
        int rows = (int) p.size(0);
        int classes = (int) p.size(1);
        // One copy each way: row by row it took a fifth of the gradient of a small network.
        double[] probabilities = p.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        double[] labels = new double[sparse ? rows : rows * classes];
        double[] row = new double[classes];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(probabilities, i * classes, row, 0, classes);
            int drawn = random.category(i, row);
            if (sparse) {
                labels[i] = drawn;
            } else {
                labels[i * classes + drawn] = 1;
            }
        }
        return Nd4j.createFromArray(labels).castTo(call.labels().dataType()).reshape(rows, sparse ? 1 : classes);
    }

    private INDArray weightOfRows(LossCall call, INDArray w) {
        INDArray labels = call.labels().castTo(call.preOutput().dataType());
        if (!sparse) {
            return labels.mulRowVector(w.castTo(labels.dataType())).sum(true, 1);
        }
        INDArray rows = labels.ulike();
        for (long row = 0; row < labels.size(0); row++) {
            rows.putScalar(row, 0, w.getDouble((long) labels.getDouble(row, 0)));
        }
        return rows;
    }
}
