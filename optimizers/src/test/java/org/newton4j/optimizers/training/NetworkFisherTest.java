/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.optimizers.training.GaussNewtonNets.EXAMPLES;
import static org.newton4j.optimizers.training.GaussNewtonNets.IN;
import static org.newton4j.optimizers.training.GaussNewtonNets.OUT;
import static org.newton4j.optimizers.training.GaussNewtonNets.dense;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.mlp;
import static org.newton4j.optimizers.training.GaussNewtonNets.oneHot;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

class NetworkFisherTest {

    private static final INDArray X = ramp(EXAMPLES, IN);
    private static final INDArray Y = oneHot(EXAMPLES, OUT);

    @Test
    void should_be_the_mean_outer_product_of_the_gradients_of_single_examples() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);
        int d = (int) net.numParams();
        INDArray expected = Nd4j.eye(d).castTo(DataType.DOUBLE).mul(0.25);
        INDArray sum = Nd4j.zeros(DataType.DOUBLE, d);
        for (int n = 0; n < EXAMPLES; n++) {
            net.setInput(X.get(NDArrayIndex.interval(n, n + 1)));
            net.setLabels(Y.get(NDArrayIndex.interval(n, n + 1)));
            net.computeGradientAndScore();
            INDArray g = Networks.gradient(net).dup();
            expected.addi(g.reshape(d, 1).mmul(g.reshape(1, d)).div(EXAMPLES));
            sum.addi(g);
        }

        NetworkFisher fisher = NetworkFisher.of(net, new DataSet(X, Y), 0.25);

        assertThat(error(dense(fisher), expected)).isLessThan(1e-12);
        assertThat(error(fisher.gradients().sum(0), sum)).isLessThan(1e-12);
    }

    @Test
    void should_approach_the_gauss_newton_matrix_on_average_over_sampled_labels() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);
        INDArray probabilities = net.output(X);
        INDArray mean = Nd4j.zeros(DataType.DOUBLE, net.numParams(), net.numParams());
        // Every label of every example, weighted by its probability: the expectation, without sampling.
        for (int n = 0; n < EXAMPLES; n++) {
            for (int label = 0; label < OUT; label++) {
                INDArray y = Nd4j.zeros(DataType.DOUBLE, 1, OUT);
                y.putScalar(0, label, 1);
                NetworkFisher one = NetworkFisher.of(net, new DataSet(X.get(NDArrayIndex.interval(n, n + 1)), y), 0);
                mean.addi(dense(one).mul(probabilities.getDouble(n, label) / EXAMPLES));
            }
        }

        assertThat(error(dense(NetworkGaussNewton.of(net, new DataSet(X, Y))), mean))
                .isLessThan(1e-7);
    }

    @Test
    void should_refuse_batch_normalisation_and_negative_damping() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new BatchNormalization.Builder().name("bn").build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .nOut(OUT)
                        .build())
                .setInputType(InputType.feedForward(IN))
                .build());
        net.init();
        assertThatThrownBy(() -> NetworkFisher.of(net, new DataSet(X, Y), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layer 'bn' normalises batches")
                .hasMessageContaining("NetworkGaussNewton");
        assertThatThrownBy(() -> NetworkFisher.of(
                        mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX), new DataSet(X, Y), -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("damping");
    }
}
