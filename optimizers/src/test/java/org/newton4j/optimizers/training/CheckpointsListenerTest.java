/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingGraphTrainer;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.newton4j.optimizers.Kfac;

class CheckpointsListenerTest {

    private static final int BATCHES = 4;

    @TempDir
    Path folder;

    private final DataSet all = new DataSet(
            Nd4j.create(new float[][] {{1, 2, -1}, {0, 1, 3}, {2, -2, 1}, {1, 1, 1}}),
            Nd4j.create(new float[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}}));

    private DataSetIterator batches() {
        return new ListDataSetIterator<>(all.asList(), 1);
    }

    /** Dropout, a schedule by epoch and a constraint: each shows a step that is counted wrongly or not finished. */
    private static NeuralNetConfiguration.Builder settings() {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.FLOAT)
                .activation(Activation.TANH)
                .constrainWeights(new UnitNormConstraint(1))
                .updater(Kfac.builder()
                        .base(new Nesterovs(new ExponentialSchedule(ScheduleType.EPOCH, 0.05, 0.5)))
                        .factorInterval(2)
                        .inverseInterval(3)
                        .build());
    }

    private static DenseLayer dense() {
        return new DenseLayer.Builder().nIn(3).nOut(6).dropOut(0.7).build();
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder()
                .nIn(6)
                .nOut(2)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static MultiLayerNetwork network() {
        MultiLayerNetwork net = new MultiLayerNetwork(
                settings().list().layer(dense()).layer(output()).build());
        net.init();
        return net;
    }

    private static ComputationGraph graph() {
        ComputationGraph graph = new ComputationGraph(settings()
                .graphBuilder()
                .addInputs("in")
                .addLayer("dense", dense(), "in")
                .addLayer("out", output(), "dense")
                .setOutputs("out")
                .build());
        graph.init();
        return graph;
    }

    @Test
    void training_should_go_on_bit_by_bit_from_every_iteration_and_epoch() throws IOException {
        MultiLayerNetwork net = network();
        net.setListeners(
                new CurvatureListener(),
                CheckpointsListener.builder(folder)
                        .saveEveryNIterations(1)
                        .saveEveryEpoch()
                        .build());
        Nd4j.getRandom().setSeed(7);
        net.fit(batches(), 2);

        List<Path> files = CheckpointsListener.available(folder);
        assertThat(files).hasSize(2 * (BATCHES + 1));
        for (int i = 0; i < files.size(); i++) {
            MultiLayerNetwork resumed = Checkpoints.restoreMultiLayerNetwork(files.get(i));
            boolean epochEnd = i % (BATCHES + 1) == BATCHES;
            int epoch = i / (BATCHES + 1);
            int done = i % (BATCHES + 1) + (epochEnd ? 0 : 1) + epoch * BATCHES;
            assertThat(resumed.getIterationCount()).as("file %s", i).isEqualTo(done);
            assertThat(resumed.getEpochCount()).as("file %s", i).isEqualTo(epoch + (epochEnd ? 1 : 0));
            resumed.setListeners(new CurvatureListener());
            for (int batch = done; batch < 2 * BATCHES; batch++) {
                resumed.setEpochCount(batch / BATCHES);
                resumed.fit(all.asList().get(batch % BATCHES));
            }
            assertThat(resumed.params()).as("file %s", i).isEqualTo(net.params());
            assertThat(resumed.params().sub(net.params()).amaxNumber().doubleValue())
                    .isZero();
        }
    }

    @Test
    void saving_should_change_nothing_in_training() throws IOException {
        ComputationGraph plain = graph();
        plain.setListeners(new CurvatureListener());
        ComputationGraph saved = graph();
        saved.setListeners(
                CheckpointsListener.builder(folder)
                        .saveEvery(1, TimeUnit.NANOSECONDS)
                        .saveEveryEpoch()
                        .build(),
                new CurvatureListener());
        for (ComputationGraph net : List.of(plain, saved)) {
            Nd4j.getRandom().setSeed(7);
            net.fit(batches(), 2);
        }
        assertThat(saved.params().sub(plain.params()).amaxNumber().doubleValue())
                .isZero();
        assertThat(CheckpointsListener.available(folder)).hasSizeGreaterThan(BATCHES);
        Path last = CheckpointsListener.last(folder).orElseThrow();
        assertThat(Checkpoints.restoreComputationGraph(last).params()).isEqualTo(saved.params());
    }

    @Test
    void old_files_should_go_and_numbers_go_on_after_a_restart() throws IOException {
        Files.writeString(folder.resolve("checkpoint_notes.txt"), "not a checkpoint");
        for (int run = 0; run < 2; run++) {
            MultiLayerNetwork net = network();
            net.setListeners(
                    new CurvatureListener(),
                    CheckpointsListener.builder(folder)
                            .saveEveryNIterations(2)
                            .keepLastAndEvery(2, 3)
                            .build());
            net.fit(batches(), 2);
        }
        assertThat(CheckpointsListener.available(folder))
                .extracting(file -> file.getFileName().toString())
                .containsExactly(
                        "checkpoint_2_MultiLayerNetwork.zip",
                        "checkpoint_5_MultiLayerNetwork.zip",
                        "checkpoint_6_MultiLayerNetwork.zip",
                        "checkpoint_7_MultiLayerNetwork.zip");
        assertThat(folder.resolve("checkpoint_notes.txt")).exists();
        assertThat(CheckpointsListener.last(folder.resolve("nowhere"))).isEmpty();
    }

    @Test
    void a_listener_of_the_user_should_save_the_finished_step_and_none_in_the_middle() {
        MultiLayerNetwork net = network();
        AtomicReference<Exception> middle = new AtomicReference<>();
        net.setListeners(
                new BaseTrainingListener() {
                    @Override
                    public void onGradientCalculation(Model model) {
                        try {
                            Checkpoints.save(model, folder.resolve("middle.zip"));
                        } catch (IllegalStateException | IOException e) {
                            middle.set(e);
                        }
                    }

                    @Override
                    public void iterationDone(Model model, int iteration, int epoch) {
                        try {
                            Checkpoints.save(model, folder.resolve("done.zip"));
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                },
                new CurvatureListener());
        net.fit(all);
        assertThat(middle.get())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("middle of a step")
                .hasMessageContaining("iterationDone");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Checkpoints.restoreMultiLayerNetwork(folder.resolve("middle.zip")));
        assertThat(restored("done.zip").getIterationCount()).isEqualTo(1);
        assertThat(restored("done.zip").params()).isEqualTo(net.params());
    }

    private MultiLayerNetwork restored(String name) {
        try {
            return Checkpoints.restoreMultiLayerNetwork(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_file_that_cannot_be_written_should_be_told() throws IOException {
        Path taken = Files.createFile(folder.resolve("taken"));
        MultiLayerNetwork net = network();
        net.setListeners(
                new CurvatureListener(),
                CheckpointsListener.builder(taken).saveEveryNIterations(1).build());
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> net.fit(all))
                .withMessageContaining(taken.toString());
    }

    @Test
    void settings_should_be_checked() {
        assertThatIllegalStateException()
                .isThrownBy(() -> CheckpointsListener.builder(folder).build())
                .withMessageContaining("saveEveryNIterations");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CheckpointsListener.builder(folder).keepLast(0))
                .withMessageContaining("keepLast is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CheckpointsListener.builder(folder).saveEvery(-1, TimeUnit.DAYS))
                .withMessageContaining("-1");
    }

    @Test
    void early_stopping_should_keep_the_state_of_a_network() throws IOException {
        MultiLayerNetwork net = network();
        net.setListeners(new CurvatureListener());
        CheckpointsModelSaver saver =
                new CheckpointsModelSaver(folder.resolve("models").toString());
        EarlyStoppingResult<MultiLayerNetwork> result = new EarlyStoppingTrainer(
                        new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
                                .epochTerminationConditions(new MaxEpochsTerminationCondition(2))
                                .scoreCalculator(new DataSetLossCalculator(batches(), true))
                                .saveLastModel(true)
                                .modelSaver(saver)
                                .build(),
                        net,
                        batches())
                .fit();
        assertThat(CurvatureListener.stateBytes(result.getBestModel())).isPositive();
        MultiLayerNetwork latest = saver.getLatestModel();
        assertThat(latest.params()).isEqualTo(net.params());
        latest.setListeners(new CurvatureListener());
        latest.fit(all);
    }

    @Test
    void early_stopping_should_keep_the_state_of_a_graph() throws IOException {
        ComputationGraph graph = graph();
        graph.setListeners(new CurvatureListener());
        CheckpointsGraphSaver saver = new CheckpointsGraphSaver(folder.toString());
        new EarlyStoppingGraphTrainer(
                        new EarlyStoppingConfiguration.Builder<ComputationGraph>()
                                .epochTerminationConditions(new MaxEpochsTerminationCondition(1))
                                .scoreCalculator(new DataSetLossCalculator(batches(), true))
                                .saveLastModel(true)
                                .modelSaver(saver)
                                .build(),
                        graph,
                        batches())
                .fit();
        assertThat(CurvatureListener.stateBytes(saver.getBestModel())).isPositive();
        assertThat(saver.getLatestModel().params()).isEqualTo(graph.params());
    }
}
