/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Accuracy and cost of the three kinds of products. */
class HessianProductsTest {

    private static final int IMAGE = 20;

    private static double error(NetworkHessian hessian, INDArray v, INDArray expected) {
        INDArray actual = v.dup();
        hessian.multiply(v, actual);
        return actual.distance2(expected) / expected.norm2Number().doubleValue();
    }

    private static DataSet relus(DataType type, int batch) {
        return new DataSet(KinkedNets.random(type, 9, batch, 8), KinkedNets.oneHot(type, batch));
    }

    private static MultiLayerNetwork relus(DataType type) {
        KinkedNets.Net net = KinkedNets.mlp(
                type,
                () -> new Sgd(0.1),
                list -> list.layer(new DenseLayer.Builder()
                                .nIn(8)
                                .nOut(30)
                                .activation(Activation.RELU)
                                .build())
                        .layer(new DenseLayer.Builder()
                                .nIn(30)
                                .nOut(20)
                                .activation(Activation.RELU)
                                .build())
                        .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(20)
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build()));
        return (MultiLayerNetwork) net.model();
    }

    @Test
    void should_agree_with_the_r_operator() {
        int batch = 40;
        MultiLayerNetwork net = relus(DataType.DOUBLE);
        DataSet data = relus(DataType.DOUBLE, batch);
        INDArray v = KinkedNets.signs(DataType.DOUBLE, net.numParams(), 4);
        INDArray expected = ROperator.product(
                        new long[] {8, 30, 20, 3},
                        net.params().dup().reshape(net.numParams()),
                        v,
                        data.getFeatures(),
                        data.getLabels())
                .divi(batch);

        assertThat(error(NetworkHessian.of(net, data), v, expected)).isLessThan(1e-8);
        assertThat(error(NetworkHessian.of(net, data, HessianProducts.CENTRAL), v, expected))
                .isLessThan(1e-8);
        assertThat(error(NetworkHessian.of(net, data, HessianProducts.FAST), v, expected))
                .isLessThan(1e-6);
    }

    @Test
    void should_be_exact_for_a_float_network() {
        MultiLayerNetwork net = relus(DataType.FLOAT);
        DataSet data = relus(DataType.FLOAT, 40);
        INDArray v = KinkedNets.signs(DataType.DOUBLE, net.numParams(), 4);
        INDArray expected = ROperator.product(
                        new long[] {8, 30, 20, 3},
                        net.params().castTo(DataType.DOUBLE).reshape(net.numParams()),
                        v,
                        data.getFeatures().castTo(DataType.DOUBLE),
                        data.getLabels().castTo(DataType.DOUBLE))
                .divi(40);

        assertThat(error(NetworkHessian.of(net, data), v, expected)).isLessThan(1e-8);
        assertThat(error(NetworkHessian.of(net, data, HessianProducts.CENTRAL), v, expected))
                .isLessThan(1e-3);
        assertThat(error(NetworkHessian.of(net, data, HessianProducts.FAST), v, expected))
                .isLessThan(2e-2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void should_stay_accurate_on_convolutions_in_float(boolean batchNorm) {
        for (int batch : new int[] {16, 64}) {
            MultiLayerNetwork net = (MultiLayerNetwork) KinkedNets.lenet(8, 12, 40, IMAGE, batchNorm)
                    .make(DataType.FLOAT)
                    .model();
            INDArray images = KinkedNets.random(DataType.FLOAT, 1, batch, 1, IMAGE, IMAGE)
                    .muli(0.5)
                    .addi(0.3);
            DataSet data = new DataSet(images, KinkedNets.oneHot(DataType.FLOAT, batch));
            NetworkHessian exact = NetworkHessian.of(net, data);
            NetworkHessian central = NetworkHessian.of(net, data, HessianProducts.CENTRAL);
            NetworkHessian fast = NetworkHessian.of(net, data, HessianProducts.FAST);
            INDArray v = KinkedNets.signs(DataType.DOUBLE, net.numParams(), 5);
            // A random direction, then what power iteration makes of it: the structured case.
            for (int i = 0; i < 3; i++) {
                INDArray expected = v.dup();
                exact.multiply(v, expected);

                assertThat(error(central, v, expected)).as("central").isLessThan(1e-3);
                assertThat(error(fast, v, expected)).as("one-sided").isLessThan(2e-2);
                v = expected.div(expected.norm2Number());
            }
            // One for recording, one for the check, one or two per product; in DOUBLE one for recording and two per
            // product.
            assertThat(fast.gradientEvaluations()).isBetween(5L, 8L);
            assertThat(central.gradientEvaluations()).isBetween(8L, 15L);
        }
    }

    @Test
    void should_not_depend_on_the_length_of_the_direction() {
        MultiLayerNetwork net = relus(DataType.FLOAT);
        DataSet data = relus(DataType.FLOAT, 20);
        INDArray v = KinkedNets.signs(DataType.DOUBLE, net.numParams(), 6);
        INDArray expected = v.dup();
        NetworkHessian.of(net, data).multiply(v, expected);
        NetworkHessian fast = NetworkHessian.of(net, data, HessianProducts.FAST);

        for (double length : new double[] {1e-6, 1, 1e6}) {
            assertThat(error(fast, v.mul(length), expected.mul(length))).isLessThan(2e-2);
        }
    }
}
