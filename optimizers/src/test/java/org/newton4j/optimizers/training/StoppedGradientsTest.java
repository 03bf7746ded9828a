/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.newton4j.optimizers.training.GaussNewtonNets.dense;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Which networks have trainable layers that get no gradient. */
class StoppedGradientsTest {

    private static Layer layer() {
        return new DenseLayer.Builder()
                .nIn(3)
                .nOut(3)
                .activation(Activation.TANH)
                .build();
    }

    private static MultiLayerNetwork net(Layer... hidden) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .seed(1)
                .list();
        for (Layer each : hidden) {
            list.layer(each);
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new OutputLayer.Builder(LossFunction.MSE)
                        .nIn(3)
                        .nOut(2)
                        .activation(Activation.TANH)
                        .build())
                .build());
        net.init();
        return net;
    }

    private static double asymmetry(MultiLayerNetwork net) {
        INDArray h = dense(NetworkHessian.of(
                net,
                new DataSet(
                        GaussNewtonNets.ramp(5, 3), GaussNewtonNets.ramp(5, 2).mul(0.5))));
        return h.sub(h.transpose()).amaxNumber().doubleValue() / h.amaxNumber().doubleValue();
    }

    @Test
    void should_name_a_frozen_layer_above_trainable_ones() {
        MultiLayerNetwork net = net(layer(), new FrozenLayer(layer()), new FrozenLayer(layer()));

        assertThat(asymmetry(net)).isGreaterThan(0.1);
        assertThat(WrongGradients.findings(net))
                .singleElement()
                .asString()
                .contains("frozen layer 'layer1' stops the gradient")
                .contains("'layer0'")
                .contains("FrozenLayerWithBackprop");
        assertThat(WrongGradients.findings(net.toComputationGraph()))
                .singleElement()
                .asString()
                .contains("frozen layer '1' stops the gradient")
                .contains("'0'");
    }

    @Test
    void should_find_nothing_where_the_gradient_is_right() {
        for (MultiLayerNetwork net : new MultiLayerNetwork[] {
            net(new FrozenLayer(layer()), layer()),
            net(layer(), new FrozenLayerWithBackprop(layer())),
            net(new FrozenLayerWithBackprop(layer()), new FrozenLayer(layer())),
            net(layer(), layer())
        }) {
            assertThat(asymmetry(net)).isLessThan(1e-6);
            assertThat(WrongGradients.findings(net)).isEmpty();
            assertThat(WrongGradients.findings(net.toComputationGraph())).isEmpty();
        }
    }
}
