/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.newton4j.optimizers.Mfac;

class CheckpointsTest {

    private static final int HALF = 5;

    @TempDir
    Path folder;

    private final INDArray features = Nd4j.create(new float[][] {{1, 2, -1}, {0, 1, 3}, {2, -2, 1}, {1, 1, 1}});
    private final INDArray labels = Nd4j.create(new float[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}});

    private static NeuralNetConfiguration.Builder settings() {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.FLOAT)
                .activation(Activation.TANH)
                .updater(Mfac.builder()
                        .base(new Adam(0.01))
                        .gradients(3)
                        .damping(0.1)
                        .build());
    }

    private static MultiLayerNetwork network() {
        MultiLayerNetwork net = new MultiLayerNetwork(settings()
                .list()
                .layer(new DenseLayer.Builder().nIn(3).nOut(6).dropOut(0.7).build())
                .layer(new OutputLayer.Builder()
                        .nIn(6)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static ComputationGraph graph() {
        ComputationGraph net = new ComputationGraph(settings()
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "dense",
                        new DenseLayer.Builder().nIn(3).nOut(6).dropOut(0.7).build(),
                        "in")
                .addLayer(
                        "out",
                        new OutputLayer.Builder()
                                .nIn(6)
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "dense")
                .setOutputs("out")
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    @Test
    void a_resumed_network_should_go_on_bit_by_bit() throws IOException {
        Path file = folder.resolve("net.zip");
        MultiLayerNetwork net = network();
        Nd4j.getRandom().setSeed(7);
        train(net, HALF);
        Checkpoints.save(net, file);
        train(net, HALF);

        Nd4j.getRandom().setSeed(99);
        MultiLayerNetwork resumed = Checkpoints.restoreMultiLayerNetwork(file);
        resumed.setListeners(new CurvatureListener());
        train(resumed, HALF);
        assertThat(resumed.params()).isEqualTo(net.params());
        assertThat(resumed.getUpdater().getStateViewArray())
                .isEqualTo(net.getUpdater().getStateViewArray());
    }

    @Test
    void a_resumed_graph_should_go_on_bit_by_bit() throws IOException {
        Path file = folder.resolve("graph.zip");
        ComputationGraph net = graph();
        Nd4j.getRandom().setSeed(7);
        train(net, HALF);
        Checkpoints.save(net, file);
        train(net, HALF);

        ComputationGraph resumed = Checkpoints.restoreComputationGraph(file);
        resumed.setListeners(new CurvatureListener());
        train(resumed, HALF);
        assertThat(resumed.params()).isEqualTo(net.params());
    }

    @Test
    void saving_right_after_restoring_should_lose_nothing() throws IOException {
        Path file = folder.resolve("net.zip");
        MultiLayerNetwork net = network();
        Nd4j.getRandom().setSeed(7);
        train(net, HALF);
        Checkpoints.save(net, file);
        Checkpoints.save(Checkpoints.restoreMultiLayerNetwork(file), file);
        train(net, HALF);

        MultiLayerNetwork resumed = Checkpoints.restoreMultiLayerNetwork(file);
        resumed.setListeners(new CurvatureListener());
        train(resumed, HALF);
        assertThat(resumed.params()).isEqualTo(net.params());
    }

    @Test
    void a_clone_should_go_on_with_the_copied_state() {
        MultiLayerNetwork net = network();
        train(net, HALF);
        MultiLayerNetwork clone = net.clone();
        clone.setListeners(new CurvatureListener());
        assertThatIllegalStateException()
                .isThrownBy(() -> clone.fit(features, labels))
                .withMessageContaining("a clone of a network");
        Checkpoints.copyState(net, clone);
        Nd4j.getRandom().setSeed(3);
        train(net, HALF);
        Nd4j.getRandom().setSeed(3);
        train(clone, HALF);
        assertThat(clone.params()).isEqualTo(net.params());
    }

    @Test
    void ModelSerializer_should_read_the_model_of_a_checkpoint() throws IOException {
        Path file = folder.resolve("net.zip");
        MultiLayerNetwork net = network();
        train(net, 1);
        Checkpoints.save(net, file);
        MultiLayerNetwork read = ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true);
        assertThat(read.params()).isEqualTo(net.params());
        read.setListeners(new CurvatureListener());
        assertThatIllegalStateException()
                .isThrownBy(() -> read.fit(features, labels))
                .withMessageContaining("Checkpoints.restoreMultiLayerNetwork");
    }

    @Test
    void a_failed_save_should_leave_the_old_file_and_no_other() throws IOException {
        Path file = Files.createDirectory(folder.resolve("taken"));
        Files.writeString(file.resolve("inside"), "a folder that is not empty cannot be replaced");
        MultiLayerNetwork net = network();
        train(net, 1);
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> Checkpoints.save(net, file));
        try (var left = Files.list(folder)) {
            assertThat(left.toList()).isEqualTo(List.of(file));
        }
        assertThat(file.resolve("inside")).exists();
    }

    private void train(MultiLayerNetwork net, int steps) {
        for (int step = 0; step < steps; step++) {
            net.fit(features, labels);
        }
    }

    private void train(ComputationGraph net, int steps) {
        for (int step = 0; step < steps; step++) {
            net.fit(new INDArray[] {features}, new INDArray[] {labels});
        }
    }
}
