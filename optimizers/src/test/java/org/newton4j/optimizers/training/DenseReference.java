/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The Hessian of a small DOUBLE network's mean loss, one column at a time, by central differences of the network's own
 * gradient; and the slope of its score, to see whether that gradient is one.
 *
 * @param gradient Deeplearning4j's gradient of the mean loss
 * @param slope central differences of its score
 * @param hessian column i is the derivative of the gradient along parameter i
 */
record DenseReference(INDArray gradient, INDArray slope, INDArray hessian) {

    private static final double STEP = 1e-5;

    static DenseReference of(MultiLayerNetwork net, DataSet batch) {
        int n = Math.toIntExact(net.numParams());
        INDArray gradient = gradient(net, batch);
        INDArray slope = Nd4j.create(DataType.DOUBLE, n);
        INDArray hessian = Nd4j.create(DataType.DOUBLE, new long[] {n, n}, 'f');
        for (int i = 0; i < n; i++) {
            double at = net.params().getDouble(i);
            net.params().putScalar(i, at + STEP);
            INDArray above = gradient(net, batch);
            double scoreAbove = net.score();
            net.params().putScalar(i, at - STEP);
            INDArray below = gradient(net, batch);
            double scoreBelow = net.score();
            net.params().putScalar(i, at);
            hessian.putColumn(i, above.sub(below).divi(2 * STEP));
            slope.putScalar(i, (scoreAbove - scoreBelow) / (2 * STEP));
        }
        return new DenseReference(gradient, slope, hessian);
    }

    /** The operator written out. */
    static INDArray matrix(NetworkHessian operator) {
        int n = Math.toIntExact(operator.dimension());
        INDArray unit = Nd4j.create(DataType.DOUBLE, n);
        INDArray column = Nd4j.create(DataType.DOUBLE, n);
        INDArray matrix = Nd4j.create(DataType.DOUBLE, new long[] {n, n}, 'f');
        for (int i = 0; i < n; i++) {
            unit.assign(0).putScalar(i, 1);
            operator.multiply(unit, column);
            matrix.putColumn(i, column);
        }
        return matrix;
    }

    /** |a - b| / |b|. */
    static double error(INDArray a, INDArray b) {
        return a.distance2(b) / b.norm2Number().doubleValue();
    }

    private static INDArray gradient(MultiLayerNetwork net, DataSet batch) {
        net.setInput(batch.getFeatures());
        net.setLabels(batch.getLabels());
        net.computeGradientAndScore();
        return net.getFlattenedGradients()
                .reshape(net.numParams())
                .div(batch.getLabels().size(0));
    }
}
