/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;

/** Interrupted training ends where uninterrupted training ends, bit for bit. */
class ResumeIT {

    private static final int HALF = 5;

    @TempDir
    Path folder;

    @Test
    void should_resume_a_saved_network() throws IOException {
        MultiLayerNetwork straight = network();
        train(straight, 0, 2 * HALF);

        MultiLayerNetwork first = network();
        train(first, 0, HALF);
        File file = folder.resolve("net.zip").toFile();
        ModelSerializer.writeModel(first, file, true);
        MultiLayerNetwork second = ModelSerializer.restoreMultiLayerNetwork(file, true);
        second.setListeners(new CurvatureListener());
        train(second, HALF, 2 * HALF);

        assertSame(straight, second);
    }

    @Test
    void should_resume_a_saved_graph() throws IOException {
        ComputationGraph straight = graph();
        train(straight, 0, 2 * HALF);

        ComputationGraph first = graph();
        train(first, 0, HALF);
        File file = folder.resolve("graph.zip").toFile();
        ModelSerializer.writeModel(first, file, true);
        ComputationGraph second = ModelSerializer.restoreComputationGraph(file, true);
        second.setListeners(new CurvatureListener());
        train(second, HALF, 2 * HALF);

        assertThat(States.params(second)).isEqualTo(States.params(straight));
        assertThat(state(second)).isEqualTo(state(straight));
    }

    /** With k = 3, iteration 5 needs no estimate and iteration 6 does. */
    static Stream<Arguments> sophia() {
        return Stream.of(Sophia.Estimator.values())
                .flatMap(estimator -> Stream.of(Arguments.of(estimator, 5), Arguments.of(estimator, 6)));
    }

    @ParameterizedTest
    @MethodSource("sophia")
    void should_resume_sophia_with_dropout(Sophia.Estimator estimator, int pause) throws IOException {
        MultiLayerNetwork straight = sophiaNetwork(estimator);
        train(straight, 0, 12);

        MultiLayerNetwork first = sophiaNetwork(estimator);
        train(first, 0, pause);
        File file = folder.resolve("net.zip").toFile();
        ModelSerializer.writeModel(first, file, true);
        MultiLayerNetwork second = ModelSerializer.restoreMultiLayerNetwork(file, true);
        second.setListeners(new CurvatureListener());
        train(second, pause, 12);

        assertSame(straight, second);
        assertThat(States.slot(second, Sophia.H_STATE)).isNotEqualTo(States.slot(first, Sophia.H_STATE));
    }

    @ParameterizedTest
    @MethodSource("sophia")
    void should_resume_sophia_in_a_graph_with_dropout(Sophia.Estimator estimator, int pause) throws IOException {
        ComputationGraph straight = sophiaGraph(estimator);
        train(straight, 0, 12);

        ComputationGraph first = sophiaGraph(estimator);
        train(first, 0, pause);
        File file = folder.resolve("graph.zip").toFile();
        ModelSerializer.writeModel(first, file, true);
        ComputationGraph second = ModelSerializer.restoreComputationGraph(file, true);
        second.setListeners(new CurvatureListener());
        train(second, pause, 12);

        assertThat(States.params(second)).isEqualTo(States.params(straight));
        assertThat(state(second)).isEqualTo(state(straight));
    }

    @Test
    void should_train_a_clone_like_its_original() {
        MultiLayerNetwork net = network();
        train(net, 0, HALF);
        MultiLayerNetwork copy = net.clone();
        copy.setListeners(new CurvatureListener());
        train(copy, HALF, 2 * HALF);
        train(net, HALF, 2 * HALF);
        assertSame(net, copy);
    }

    @Test
    void should_keep_the_state_of_the_best_model_in_early_stopping() {
        MultiLayerNetwork net = network();
        DataSet batch = SmallNetworks.data(1, DataType.FLOAT);
        EarlyStoppingConfiguration<MultiLayerNetwork> configuration = new EarlyStoppingConfiguration.Builder<
                        MultiLayerNetwork>()
                .epochTerminationConditions(new MaxEpochsTerminationCondition(4))
                .scoreCalculator(
                        new DataSetLossCalculator(new ListDataSetIterator<>(batch.asList(), SmallNetworks.BATCH), true))
                .modelSaver(new InMemoryModelSaver<>())
                .build();
        EarlyStoppingResult<MultiLayerNetwork> result = new EarlyStoppingTrainer(
                        configuration, net, new ListDataSetIterator<>(batch.asList(), SmallNetworks.BATCH))
                .fit();
        assertThat(result.getTotalEpochs()).isEqualTo(4);
        MultiLayerNetwork best = result.getBestModel();
        // The best model comes without listeners, and says so when it is trained on.
        best.setListeners(new CurvatureListener());
        int iterations = best.getIterationCount();
        best.fit(batch);
        assertThat(best.getIterationCount()).isEqualTo(iterations + 1);
        assertThat(best.score(batch)).isLessThan(network().score(batch));
    }

    private static MultiLayerNetwork network() {
        MultiLayerNetwork net =
                SmallNetworks.mlp(AdaHessian.builder().updateInterval(2).build(), DataType.FLOAT);
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static ComputationGraph graph() {
        ComputationGraph graph = SmallNetworks.graph(new AdaHessian(), DataType.DOUBLE, b -> b);
        graph.setListeners(new CurvatureListener());
        return graph;
    }

    private static Sophia sophia(Sophia.Estimator estimator) {
        return Sophia.builder()
                .learningRateSchedule(new ExponentialSchedule(ScheduleType.ITERATION, 0.02, 0.9))
                .updateInterval(3)
                .estimator(estimator)
                .build();
    }

    private static MultiLayerNetwork sophiaNetwork(Sophia.Estimator estimator) {
        MultiLayerNetwork net = SmallNetworks.mlp(
                sophia(estimator),
                DataType.FLOAT,
                b -> b.dropOut(new Dropout(0.7)).l2(0.01));
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static ComputationGraph sophiaGraph(Sophia.Estimator estimator) {
        ComputationGraph graph =
                SmallNetworks.graph(sophia(estimator), DataType.DOUBLE, b -> b.dropOut(new Dropout(0.7)));
        graph.setListeners(new CurvatureListener());
        return graph;
    }

    /** Dropout draws from ND4J's generator, which no file of Deeplearning4j holds: it starts anew at every step. */
    private static void train(MultiLayerNetwork net, int from, int to) {
        for (int i = from; i < to; i++) {
            Nd4j.getRandom().setSeed(500 + i);
            net.fit(SmallNetworks.data(i, DataType.FLOAT));
        }
    }

    private static void train(ComputationGraph graph, int from, int to) {
        for (int i = from; i < to; i++) {
            Nd4j.getRandom().setSeed(500 + i);
            graph.fit(SmallNetworks.data(i, DataType.DOUBLE));
        }
    }

    private static void assertSame(MultiLayerNetwork expected, MultiLayerNetwork actual) {
        assertThat(States.params(actual)).isEqualTo(States.params(expected));
        assertThat(FixtureNetwork.toArray(actual.getUpdater().getStateViewArray()))
                .isEqualTo(FixtureNetwork.toArray(expected.getUpdater().getStateViewArray()));
        assertThat(actual.getIterationCount()).isEqualTo(expected.getIterationCount());
    }

    private static double[] state(ComputationGraph graph) {
        return FixtureNetwork.toArray(graph.getUpdater().getStateViewArray());
    }
}
