/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class NetworkHessianTest {

    private static final int EXAMPLES = 7;

    /** Linear regression with the loss Σ_j (o_j - y_j)²: H = 2/N Σ_n [x 1][x 1]' for every output, exactly. */
    @Test
    void should_be_the_exact_hessian_of_linear_regression() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new OutputLayer.Builder(LossFunction.L2)
                        .activation(Activation.IDENTITY)
                        .nIn(3)
                        .nOut(1)
                        .build())
                .build());
        net.init();
        INDArray x = ramp(EXAMPLES, 3);
        NetworkHessian hessian = NetworkHessian.of(net, new DataSet(x, ramp(EXAMPLES, 1)));
        INDArray extended = Nd4j.hstack(x, Nd4j.ones(DataType.DOUBLE, EXAMPLES, 1));
        INDArray exact = extended.transpose().mmul(extended).muli(2.0 / EXAMPLES);

        for (int i = 0; i < 4; i++) {
            INDArray unit = Nd4j.zeros(DataType.DOUBLE, 4);
            unit.putScalar(i, 1);
            INDArray column = Nd4j.create(DataType.DOUBLE, 4);
            hessian.multiply(unit, column);

            assertThat(column.distance2(exact.getColumn(i))
                            / exact.norm2Number().doubleValue())
                    .isLessThan(1e-5);
        }
        assertThat(hessian.dimension()).isEqualTo(4);
        assertThat(hessian.gradientEvaluations())
                .as("four for each of four products, one to record the kinks, one to check the frozen gradient")
                .isEqualTo(18);
    }

    private static DenseLayer hidden(IActivation activation) {
        return new DenseLayer.Builder().nIn(3).nOut(2).activation(activation).build();
    }

    /** A layer of 3 inputs and 2 outputs, and regression on it. */
    private static MultiLayerNetwork twoLayers(Layer first) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list()
                .layer(first)
                .layer(new OutputLayer.Builder(LossFunction.L2)
                        .activation(Activation.IDENTITY)
                        .nIn(2)
                        .nOut(1)
                        .build())
                .build());
        net.init();
        return net;
    }

    /** MyRelu is nothing that could be frozen, so the second network takes the tiny step. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void should_map_zero_to_zero_and_refuse_what_is_not_finite(boolean frozen) {
        MultiLayerNetwork net = twoLayers(hidden(frozen ? new ActivationReLU() : new FallbackTest.MyRelu()));
        NetworkHessian hessian = NetworkHessian.of(net, new DataSet(ramp(EXAMPLES, 3), ramp(EXAMPLES, 1)));
        INDArray direction = Nd4j.zeros(DataType.DOUBLE, hessian.dimension());
        INDArray product = Nd4j.ones(DataType.DOUBLE, hessian.dimension());
        hessian.multiply(direction, product);
        assertThat(product).isEqualTo(direction);
        direction.putScalar(1, Double.NaN);
        assertThatThrownBy(() -> hessian.multiply(direction, product))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be finite");
    }

    @Test
    void should_be_zero_on_frozen_layers_and_ignore_them_in_the_direction() {
        MultiLayerNetwork net = twoLayers(new FrozenLayer(hidden(Activation.TANH.getActivationFunction())));
        NetworkHessian hessian = NetworkHessian.of(net, new DataSet(ramp(EXAMPLES, 3), ramp(EXAMPLES, 1)));
        INDArray ones = Nd4j.ones(DataType.DOUBLE, hessian.dimension());
        INDArray onlyOutput = ones.dup();
        onlyOutput.get(NDArrayIndex.interval(0, 8)).assign(0);
        INDArray a = Nd4j.create(DataType.DOUBLE, hessian.dimension());
        INDArray b = Nd4j.create(DataType.DOUBLE, hessian.dimension());

        hessian.multiply(ones, a);
        hessian.multiply(onlyOutput, b);

        assertThat(a).isEqualTo(b);
        assertThat(a.get(NDArrayIndex.interval(0, 8)).maxNumber().doubleValue()).isZero();
        assertThat(a.norm2Number().doubleValue()).isPositive();
    }

    @Test
    void should_leave_the_network_and_the_random_stream_alone() {
        MultiLayerNetwork net = dropoutNet();
        DataSet batch = new DataSet(ramp(EXAMPLES, 3), ramp(EXAMPLES, 1));
        INDArray before = net.params().dup();
        long root = Nd4j.getRandom().rootState();
        long node = Nd4j.getRandom().nodeState();

        NetworkHessian hessian = NetworkHessian.of(net, batch);
        INDArray first = Nd4j.create(DataType.DOUBLE, hessian.dimension());
        INDArray second = Nd4j.create(DataType.DOUBLE, hessian.dimension());
        INDArray v = Nd4j.ones(DataType.DOUBLE, hessian.dimension());
        hessian.multiply(v, first);
        hessian.multiply(v, second);

        assertThat(second).as("dropout masks are drawn once").isEqualTo(first);
        assertThat(net.params()).isEqualTo(before);
        assertThat(Nd4j.getRandom().rootState()).isEqualTo(root);
        assertThat(Nd4j.getRandom().nodeState()).isEqualTo(node);
    }

    @Test
    void should_refuse_vectors_of_another_length_or_type() {
        NetworkHessian hessian = NetworkHessian.of(dropoutNet(), new DataSet(ramp(EXAMPLES, 3), ramp(EXAMPLES, 1)));
        INDArray good = Nd4j.ones(DataType.DOUBLE, hessian.dimension());

        assertThatThrownBy(() -> hessian.multiply(Nd4j.ones(DataType.DOUBLE, 3), good))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("in has length 3, but the network has 21 parameters");
        assertThatThrownBy(() -> hessian.multiply(good, Nd4j.ones(DataType.INT, 21)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("out is INT")
                .hasMessageContaining("castTo");
    }

    @Test
    void should_refuse_a_batch_without_labels() {
        assertThatThrownBy(() -> NetworkHessian.of(dropoutNet(), new DataSet(ramp(EXAMPLES, 3), null)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("labels");
    }

    @Test
    void should_give_the_block_of_each_layer() {
        NetworkHessian hessian = NetworkHessian.of(dropoutNet(), new DataSet(ramp(EXAMPLES, 3), ramp(EXAMPLES, 1)));
        INDArray inBlock = Nd4j.zeros(DataType.DOUBLE, 21);
        inBlock.get(NDArrayIndex.interval(16, 21)).assign(1);
        INDArray whole = Nd4j.create(DataType.DOUBLE, 21);
        INDArray block = Nd4j.create(DataType.DOUBLE, 5);

        hessian.multiply(inBlock, whole);
        hessian.layer("layer1").multiply(Nd4j.ones(DataType.DOUBLE, 5), block);

        assertThat(hessian.layers()).containsExactly("layer0", "layer1");
        assertThat(block.distance2(whole.get(NDArrayIndex.interval(16, 21)))
                        / block.norm2Number().doubleValue())
                .isLessThan(1e-7);
        assertThatThrownBy(() -> hessian.layer("nosuch"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nosuch")
                .hasMessageContaining("layer1");
    }

    private static MultiLayerNetwork dropoutNet() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(3)
                        .nOut(4)
                        .activation(Activation.TANH)
                        .dropOut(0.5)
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.L2)
                        .activation(Activation.IDENTITY)
                        .nIn(4)
                        .nOut(1)
                        .build())
                .build());
        net.init();
        return net;
    }

    private static INDArray ramp(int rows, int columns) {
        INDArray values = Nd4j.create(DataType.DOUBLE, rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                values.putScalar(i, j, Math.sin(1 + i * columns + 3.0 * j));
            }
        }
        return values;
    }
}
