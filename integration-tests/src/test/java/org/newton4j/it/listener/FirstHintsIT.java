/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;

/** What a first-time user is told, once, with the line to write. */
class FirstHintsIT {

    @ParameterizedTest
    @EnumSource(
            value = FirstNetworks.class,
            names = {"MAE", "HINGE"})
    void a_loss_without_curvature_should_be_told_once(FirstNetworks kind) {
        String log = log(() -> fit(kind, kind.network(new AdaHessian()), 3));
        assertThat(log.split("The loss has no curvature to divide by", -1))
                .as(log)
                .hasSize(2);
        assertThat(log).contains("is 0. Steps are bounded").contains("Use a smooth loss, for example MSE");
    }

    @Test
    void a_loss_with_curvature_should_not_be_told() {
        assertThat(log(() -> fit(FirstNetworks.REGRESSION, FirstNetworks.REGRESSION.network(new AdaHessian()), 3)))
                .doesNotContain("no curvature");
    }

    @ParameterizedTest
    @EnumSource(Sophia.Estimator.class)
    void the_rho_of_the_hint_should_give_about_the_win_rate_it_promises(Sophia.Estimator estimator) {
        Sophia.Builder sophia = Sophia.builder()
                .learningRate(1e-3)
                .rho(1e-4)
                .beta2(0.9)
                .updateInterval(2)
                .estimator(estimator);
        String log = log(() -> fit(FirstNetworks.MLP, FirstNetworks.MLP.network(sophia.build()), 80));
        Matcher hint =
                Pattern.compile("Sophia\\.builder\\(\\)\\.rho\\(([^)]+)\\)").matcher(log);
        assertThat(hint.find()).as(log).isTrue();
        double rho = Double.parseDouble(hint.group(1));
        assertThat(hint.find()).as("one hint").isFalse();

        Model net = FirstNetworks.MLP.network(sophia.rho(rho).build());
        assertThat(log(() -> fit(FirstNetworks.MLP, net, 80))).doesNotContain("win rate is");
        assertThat(CurvatureListener.winRate(net).value()).isBetween(0.1, 0.6);
    }

    @ParameterizedTest
    @MethodSource("outputs")
    void estimator_g_should_be_refused_before_anything_moved(Layer output) {
        MultiLayerNetwork net = network(output);
        INDArray before = net.params().dup();
        INDArray features = Nd4j.createFromArray(new float[][] {{1, 0, 2}, {0, 1, -1}});
        INDArray labels = Nd4j.createFromArray(new float[][] {{1, 0}, {0, 1}});

        assertThatThrownBy(() -> net.fit(features, labels))
                .hasMessageContaining("Sophia.builder().estimator(Sophia.Estimator.H).build()")
                .hasMessageContaining("Reason: ");
        assertThat(net.params()).isEqualTo(before);
        assertThat(net.getUpdater().getStateViewArray().amaxNumber().doubleValue())
                .isZero();
    }

    static Stream<Layer> outputs() {
        return Stream.of(
                output(new OutputLayer.Builder(new LossMAE()), Activation.IDENTITY),
                output(new OutputLayer.Builder(new LossMCXENT(Nd4j.createFromArray(1f, 2f))), Activation.SOFTMAX),
                output(new OutputLayer.Builder(LossFunction.COSINE_PROXIMITY), Activation.IDENTITY),
                output(new CenterLossOutputLayer.Builder(LossFunction.MCXENT), Activation.SOFTMAX),
                new LossLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.IDENTITY)
                        .build());
    }

    private static Layer output(BaseOutputLayer.Builder<?> builder, Activation activation) {
        builder.nOut(2);
        builder.activation(activation);
        return builder.build();
    }

    private static MultiLayerNetwork network(Layer output) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Sophia())
                .list()
                .layer(new DenseLayer.Builder()
                        .nOut(4)
                        .activation(Activation.RELU)
                        .build())
                .layer(new BatchNormalization())
                .layer(new DenseLayer.Builder()
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .layer(output)
                .setInputType(InputType.feedForward(3))
                .validateOutputLayerConfig(false)
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static void fit(FirstNetworks kind, Model net, int steps) {
        net.setListeners(new CurvatureListener());
        for (int step = 0; step < steps; step++) {
            MultiDataSet batch = kind.batch(step % 10);
            ((MultiLayerNetwork) net).fit(batch.getFeatures(0), batch.getLabels(0));
        }
    }

    /** What is logged meanwhile; the test runs log to the standard error stream. */
    private static String log(Runnable action) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream capture = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setErr(capture);
            action.run();
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
