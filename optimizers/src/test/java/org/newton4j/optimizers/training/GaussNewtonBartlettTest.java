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

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

class GaussNewtonBartlettTest {

    private static final int PROBES = 1500;

    @Test
    void should_have_the_diagonal_as_its_mean_for_categorical_labels() {
        hasMeanDiagonal(new LossMCXENT(), Activation.SOFTMAX);
    }

    @Test
    void should_have_the_diagonal_as_its_mean_for_bernoulli_labels() {
        hasMeanDiagonal(new LossBinaryXENT(), Activation.SIGMOID);
    }

    @Test
    void should_have_the_diagonal_as_its_mean_for_normal_labels() {
        hasMeanDiagonal(new LossMSE(Nd4j.createFromArray(new double[][] {{1, 0.5, 3}})), Activation.TANH);
    }

    @Test
    void should_draw_the_same_labels_again_and_others_for_another_number() {
        GaussNewtonBartlett estimator = softmax();
        INDArray first = estimate(estimator, 1, 2, 3);

        assertThat(estimate(estimator, 1, 2, 3)).isEqualTo(first);
        assertThat(estimate(softmax(), 1, 2, 3)).isEqualTo(first);
        assertThat(estimate(estimator, 2, 2, 3)).isNotEqualTo(first);
        assertThat(estimate(estimator, 1, 3, 3)).isNotEqualTo(first);
        assertThat(estimate(estimator, 1, 2, 4)).isNotEqualTo(first);
        assertThat(estimator.gradientEvaluations()).isEqualTo(5);
    }

    @Test
    void should_draw_class_numbers_for_the_sparse_loss() {
        MultiLayerNetwork sparse = mlp(Activation.TANH, new LossSparseMCXENT(), Activation.SOFTMAX);
        DataSet batch = new DataSet(ramp(EXAMPLES, IN), Nd4j.zeros(DataType.DOUBLE, EXAMPLES, 1));

        assertThat(error(estimate(GaussNewtonBartlett.of(sparse, batch), 1, 2, 3), estimate(softmax(), 1, 2, 3)))
                .isLessThan(1e-12);
    }

    @Test
    void should_give_the_ordinary_gradient_on_recorded_labels() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);
        INDArray x = ramp(EXAMPLES, IN);
        INDArray recorded = oneHot(EXAMPLES, OUT);
        INDArray others = Nd4j.zeros(DataType.DOUBLE, EXAMPLES, OUT);
        others.putColumn(0, Nd4j.ones(DataType.DOUBLE, EXAMPLES));
        GaussNewtonBartlett estimator = GaussNewtonBartlett.of(net, new DataSet(x, others));
        INDArray gradient = Nd4j.create(DataType.DOUBLE, estimator.dimension());
        INDArray estimate = Nd4j.create(DataType.DOUBLE, estimator.dimension());

        estimator.sampledGradient(new INDArray[] {recorded}, gradient);
        estimator.estimate(new INDArray[] {recorded}, estimate);

        net.setInput(x);
        net.setLabels(recorded);
        net.computeGradientAndScore();
        assertThat(gradient).isEqualTo(Networks.gradient(net).div(EXAMPLES));
        assertThat(estimate).isEqualTo(gradient.mul(gradient).mul(EXAMPLES));
    }

    @Test
    void should_leave_the_network_and_the_random_stream_alone() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossL2(), Activation.IDENTITY);
        INDArray before = net.params().dup();
        RandomStream stream = RandomStream.here();

        estimate(GaussNewtonBartlett.of(net, new DataSet(ramp(EXAMPLES, IN), ramp(EXAMPLES, OUT))), 1, 2, 3);

        assertThat(net.params()).isEqualTo(before);
        assertThat(RandomStream.here()).isEqualTo(stream);
        assertThat(net.getOutputLayer().conf().getLayer())
                .isInstanceOfSatisfying(
                        org.deeplearning4j.nn.conf.layers.OutputLayer.class,
                        layer -> assertThat(layer.getLossFn()).isInstanceOf(LossL2.class));
    }

    @Test
    void should_refuse_weighted_likelihoods_and_masks() {
        INDArray weights = Nd4j.createFromArray(new double[][] {{1, 2, 5}});
        MultiLayerNetwork weighted = mlp(Activation.TANH, new LossMCXENT(weights), Activation.SOFTMAX);
        GaussNewtonBartlett estimator =
                GaussNewtonBartlett.of(weighted, new DataSet(ramp(EXAMPLES, IN), oneHot(EXAMPLES, OUT)));
        assertThatThrownBy(() -> estimate(estimator, 1, 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cross-entropy with weights")
                .hasMessageContaining("NetworkGaussNewton");

        INDArray mask = Nd4j.ones(DataType.DOUBLE, EXAMPLES, 1);
        mask.putScalar(1, 0, 0.5);
        GaussNewtonBartlett masked = GaussNewtonBartlett.of(
                mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX),
                new DataSet(ramp(EXAMPLES, IN), oneHot(EXAMPLES, OUT), null, mask));
        assertThatThrownBy(() -> estimate(masked, 1, 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other than 0 and 1");
    }

    @Test
    void should_refuse_negative_numbers_and_a_wrong_count_of_labels() {
        GaussNewtonBartlett estimator = softmax();
        assertThatThrownBy(() -> estimate(estimator, 1, -1, 3)).hasMessage("iteration is -1, must be at or above 0");
        assertThatThrownBy(() -> estimate(estimator, 1, 1, -3)).hasMessage("probe is -3, must be at or above 0");
        INDArray out = Nd4j.create(DataType.DOUBLE, estimator.dimension());
        assertThatThrownBy(() -> estimator.estimate(new INDArray[0], out))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("0 arrays of labels, but the network has 1 outputs");
    }

    private static GaussNewtonBartlett softmax() {
        return GaussNewtonBartlett.of(
                mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX),
                new DataSet(ramp(EXAMPLES, IN), oneHot(EXAMPLES, OUT)));
    }

    private static INDArray estimate(GaussNewtonBartlett estimator, long seed, long iteration, int probe) {
        INDArray out = Nd4j.create(DataType.DOUBLE, estimator.dimension());
        estimator.estimate(seed, iteration, probe, out);
        return out;
    }

    /** Every entry within 5 standard errors of diag G, and the whole vector within 10 %. */
    private static void hasMeanDiagonal(ILossFunction loss, Activation activation) {
        MultiLayerNetwork net = mlp(Activation.TANH, loss, activation);
        DataSet batch = new DataSet(ramp(EXAMPLES, IN), oneHot(EXAMPLES, OUT));
        INDArray exact = Nd4j.diag(dense(NetworkGaussNewton.of(net, batch)));
        GaussNewtonBartlett estimator = GaussNewtonBartlett.of(net, batch);
        INDArray sum = Nd4j.zeros(DataType.DOUBLE, exact.length());
        INDArray squares = Nd4j.zeros(DataType.DOUBLE, exact.length());
        for (int probe = 0; probe < PROBES; probe++) {
            INDArray estimate = estimate(estimator, 11, 0, probe);
            sum.addi(estimate);
            squares.addi(estimate.muli(estimate));
        }
        INDArray mean = sum.div(PROBES);
        for (int i = 0; i < exact.length(); i++) {
            double variance = squares.getDouble(i) / PROBES - mean.getDouble(i) * mean.getDouble(i);
            assertThat(mean.getDouble(i) - exact.getDouble(i))
                    .as("entry %d of diag G = %s", i, exact.getDouble(i))
                    .isBetween(-5 * Math.sqrt(variance / PROBES), 5 * Math.sqrt(variance / PROBES));
        }
        assertThat(error(mean, exact)).isLessThan(0.1);
    }
}
