/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.newton4j.optimizers.Mfac;

/** The way of a gradient through a preconditioner: division, clipping, regularisation, product, base updater. */
class PreconditionedTrainingTest {

    private static final double LEARNING_RATE = 0.1;
    private static final double L2 = 0.05;
    private static final double DAMPING = 0.02;
    private static final int WINDOW = 3;

    private final INDArray features = Nd4j.create(new double[][] {{1, 2, -1}, {0, 1, 3}, {2, -2, 1}, {1, 1, 1}});
    private final INDArray labels = Nd4j.create(new double[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}});

    private static MultiLayerNetwork network(
            IUpdater updater, UnaryOperator<NeuralNetConfiguration.Builder> settings, boolean batchNorm) {
        var list = settings.apply(new NeuralNetConfiguration.Builder()
                        .seed(5)
                        .dataType(DataType.DOUBLE)
                        .activation(Activation.TANH)
                        .updater(updater))
                .list()
                .layer(new DenseLayer.Builder().nIn(3).nOut(4).build());
        if (batchNorm) {
            list.layer(new BatchNormalization.Builder().nOut(4).build());
        }
        MultiLayerConfiguration configuration = list.layer(new OutputLayer.Builder()
                        .nIn(4)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build();
        MultiLayerNetwork net = new MultiLayerNetwork(configuration);
        net.init();
        return net;
    }

    private static Mfac mfac(IUpdater base) {
        return Mfac.builder().base(base).gradients(WINDOW).damping(DAMPING).build();
    }

    @Test
    void the_order_should_be_division_clipping_L2_window_base() {
        UnaryOperator<NeuralNetConfiguration.Builder> settings = builder -> builder.l2(L2)
                .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                .gradientNormalizationThreshold(0.2);
        // What plain gradient descent is given at the same parameters is the gradient the window must see.
        MultiLayerNetwork witness = network(new Sgd(1), settings, false);
        MultiLayerNetwork net = network(mfac(new Sgd(LEARNING_RATE)), settings, false);
        net.setListeners(new CurvatureListener());
        List<INDArray> seen = new ArrayList<>();
        for (int step = 0; step < 6; step++) {
            INDArray before = net.params().dup();
            witness.params().assign(before);
            witness.fit(features, labels);
            INDArray gradient = before.sub(witness.params()).reshape(before.length());
            seen.add(gradient);

            net.fit(features, labels);

            INDArray update = before.sub(net.params()).reshape(before.length()).divi(LEARNING_RATE);
            INDArray back = fisher(seen, gradient.length()).mmul(update);
            assertThat(back.sub(gradient).normmaxNumber().doubleValue())
                    .as("step %d", step)
                    .isLessThan(1e-12 * update.normmaxNumber().doubleValue());
        }
    }

    private static INDArray fisher(List<INDArray> seen, long length) {
        INDArray fisher = Nd4j.eye(length).castTo(DataType.DOUBLE).muli(DAMPING);
        for (INDArray g : seen.subList(Math.max(0, seen.size() - WINDOW), seen.size())) {
            INDArray column = g.reshape(length, 1);
            fisher.addi(column.mmul(column.transpose()).divi(WINDOW));
        }
        return fisher;
    }

    @Test
    void the_live_gradient_should_be_as_before_after_the_listener() {
        MultiLayerNetwork net = network(
                mfac(new Sgd(LEARNING_RATE)),
                builder -> builder.gradientNormalization(GradientNormalization.RenormalizeL2PerParamType),
                false);
        List<INDArray> around = new ArrayList<>();
        class Witness extends BaseTrainingListener {
            @Override
            public void onGradientCalculation(Model model) {
                around.add(Networks.gradient(model).dup());
            }
        }
        net.setListeners(new Witness(), new CurvatureListener(), new Witness());
        net.fit(features, labels);
        assertThat(around).hasSize(2);
        assertThat(around.get(0)).isEqualTo(around.get(1));
    }

    @Test
    void batch_norm_statistics_should_move_as_without_a_preconditioner() {
        MultiLayerNetwork plain = network(new Sgd(LEARNING_RATE), builder -> builder, true);
        MultiLayerNetwork net = network(mfac(new Sgd(LEARNING_RATE)), builder -> builder, true);
        net.setListeners(new CurvatureListener());
        plain.fit(features, labels);
        net.fit(features, labels);
        for (String name : List.of("1_mean", "1_log10stdev")) {
            assertThat(net.getParam(name)).isEqualTo(plain.getParam(name));
        }
        assertThat(net.getParam("0_W")).isNotEqualTo(plain.getParam("0_W"));
    }

    @Test
    void the_base_updater_should_keep_its_state_in_the_view() {
        MultiLayerNetwork net = network(mfac(new Nesterovs(LEARNING_RATE, 0.9)), builder -> builder, false);
        net.setListeners(new CurvatureListener());
        net.fit(features, labels);
        INDArray state = net.getUpdater().getStateViewArray();
        assertThat(state.length()).isEqualTo(net.numParams());
        assertThat(state.normmaxNumber().doubleValue()).isGreaterThan(0);
    }

    @Test
    void a_step_without_the_listener_should_say_so() {
        MultiLayerNetwork net = network(mfac(new Sgd(LEARNING_RATE)), builder -> builder, false);
        assertThatIllegalStateException()
                .isThrownBy(() -> net.fit(features, labels))
                .withMessageContaining("Mfac needs a preconditioned gradient at iteration 0")
                .withMessageContaining("net.setListeners(new CurvatureListener())");
    }

    @Test
    void a_gradient_that_is_not_finite_should_leave_everything_as_it_is() {
        MultiLayerNetwork net = network(mfac(new Nesterovs(LEARNING_RATE, 0.9)), builder -> builder, false);
        net.setListeners(new CurvatureListener());
        net.fit(features, labels);
        INDArray params = net.params().dup();
        INDArray state = net.getUpdater().getStateViewArray().dup();
        INDArray bad = features.dup();
        bad.putScalar(0, 0, Double.NaN);
        net.fit(bad, labels);
        assertThat(net.params()).isEqualTo(params);
        assertThat(net.getUpdater().getStateViewArray()).isEqualTo(state);
        net.fit(features, labels);
        assertThat(net.params().sumNumber().doubleValue()).isFinite();
        assertThat(net.params()).isNotEqualTo(params);
    }

    @Test
    void a_plain_restore_should_fail_at_the_first_step_unless_a_cold_start_is_allowed() throws IOException {
        MultiLayerNetwork net = network(mfac(new Sgd(LEARNING_RATE)), builder -> builder, false);
        net.setListeners(new CurvatureListener());
        net.fit(features, labels);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ModelSerializer.writeModel(net, file, true);
        MultiLayerNetwork read =
                ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(file.toByteArray()), true);
        assertThat(read.getLayerWiseConfigurations()).isEqualTo(net.getLayerWiseConfigurations());
        read.setListeners(new CurvatureListener());
        assertThatIllegalStateException()
                .isThrownBy(() -> read.fit(features, labels))
                .withMessageContaining("M-FAC has no state although the network is at iteration 1")
                .withMessageContaining("Checkpoints.restoreMultiLayerNetwork")
                .withMessageContaining("coldStart(true)");
        read.setListeners(CurvatureListener.builder().coldStart(true).build());
        double before = read.score();
        read.fit(features, labels);
        assertThat(read.score()).isCloseTo(before, within(10.0));
    }

    @Test
    void the_state_should_outlive_the_listener() {
        MultiLayerNetwork one = network(mfac(new Sgd(LEARNING_RATE)), builder -> builder, false);
        MultiLayerNetwork other = network(mfac(new Sgd(LEARNING_RATE)), builder -> builder, false);
        one.setListeners(new CurvatureListener());
        for (int step = 0; step < 4; step++) {
            other.setListeners(new CurvatureListener());
            one.fit(features, labels);
            other.fit(features, labels);
        }
        assertThat(other.params()).isEqualTo(one.params());
    }
}
