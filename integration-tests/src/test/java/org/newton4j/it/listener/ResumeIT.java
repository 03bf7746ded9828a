/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.AdaHessian;
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

    private static void train(MultiLayerNetwork net, int from, int to) {
        for (int i = from; i < to; i++) {
            net.fit(SmallNetworks.data(i, DataType.FLOAT));
        }
    }

    private static void train(ComputationGraph graph, int from, int to) {
        for (int i = from; i < to; i++) {
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
