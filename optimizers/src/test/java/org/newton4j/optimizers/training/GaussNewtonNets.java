/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.newton4j.curvature.operator.LinearOperator;

/** Small networks and dense matrices for the tests of Gauss-Newton products. */
final class GaussNewtonNets {

    static final int EXAMPLES = 5;
    static final int IN = 3;
    static final int OUT = 3;

    private GaussNewtonNets() {}

    /** Two layers in DOUBLE, 3-4-3. */
    static MultiLayerNetwork mlp(Activation hidden, ILossFunction loss, Activation output) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(IN)
                        .nOut(4)
                        .activation(hidden)
                        .build())
                .layer(new OutputLayer.Builder(loss)
                        .activation(output)
                        .nIn(4)
                        .nOut(OUT)
                        .build())
                .build());
        net.init();
        return net;
    }

    /** Entries between -1 and 1 without a pattern. */
    static INDArray ramp(long... shape) {
        INDArray flat =
                Nd4j.create(DataType.DOUBLE, Nd4j.createUninitialized(shape).length());
        for (long i = 0; i < flat.length(); i++) {
            flat.putScalar(i, Math.sin(1 + 1.7 * i + 0.1 * i * i));
        }
        return flat.reshape('c', shape);
    }

    /** One-hot rows. */
    static INDArray oneHot(int rows, int classes) {
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, rows, classes);
        for (int i = 0; i < rows; i++) {
            labels.putScalar(i, (2 * i + i / 2) % classes, 1);
        }
        return labels;
    }

    /** The matrix of an operator, column by column. */
    static INDArray dense(LinearOperator operator) {
        int d = (int) operator.dimension();
        INDArray matrix = Nd4j.create(DataType.DOUBLE, d, d);
        INDArray column = Nd4j.create(DataType.DOUBLE, d);
        for (int i = 0; i < d; i++) {
            INDArray unit = Nd4j.zeros(DataType.DOUBLE, d);
            unit.putScalar(i, 1);
            operator.multiply(unit, column);
            matrix.putColumn(i, column);
        }
        return matrix;
    }

    /** ||actual - expected|| / ||expected||. */
    static double error(INDArray actual, INDArray expected) {
        return actual.sub(expected).norm2Number().doubleValue()
                / expected.norm2Number().doubleValue();
    }
}
