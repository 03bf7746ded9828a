/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * Training with Deeplearning4j's ParallelWrapper, parameters averaged after every step of two workers.
 *
 * <p>The wrapper takes the listener over: one instance sees every worker's network and estimates for each on its own batch.
 * Updater state is averaged; windows and factors of M-FAC, MKOR and K-FAC stay with the worker that made them.
 */
class ParallelWrapperIT {

    private static final int WORKERS = 2;
    private static final int STEPS = 30;

    @ParameterizedTest
    @ValueSource(strings = {"Lion", "DiffGrad"})
    void elementwise_optimizers_should_train(String name) throws Exception {
        MultiLayerNetwork net =
                SmallNetworks.mlp(name.equals("Lion") ? new Lion(0.01) : new DiffGrad(0.02), DataType.FLOAT);
        double before = net.score(SmallNetworks.data(0, DataType.FLOAT));
        train(net);
        assertThat(net.score(SmallNetworks.data(0, DataType.FLOAT))).isLessThan(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AdaHessian", "SophiaG", "SophiaH", "Mfac", "Mkor", "Kfac", "KfacDelayed"})
    void the_listener_should_serve_every_worker(String name) throws Exception {
        MultiLayerNetwork net = SmallNetworks.mlp(optimizer(name), DataType.FLOAT);
        // A replica made after another worker's first step is a clone of a network in training, without its state.
        CurvatureListener listener = CurvatureListener.builder().coldStart(true).build();
        net.setListeners(listener);
        double before = net.score(SmallNetworks.data(0, DataType.FLOAT));

        train(net);

        assertThat(net.score(SmallNetworks.data(0, DataType.FLOAT))).isLessThan(before);
        assertThat(FixtureNetwork.toArray(net.params()))
                .doesNotContain(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
        switch (name) {
            // Every second iteration of each worker.
            case "AdaHessian" -> assertThat(listener.gradientEvaluations()).isGreaterThanOrEqualTo(WORKERS * STEPS / 2);
            case "SophiaG", "SophiaH" ->
                assertThat(listener.gradientEvaluations()).isGreaterThanOrEqualTo(WORKERS * STEPS / 3);
            default -> assertThat(CurvatureListener.stateBytes(net)).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"AdaHessian", "SophiaG", "SophiaH", "Mfac", "Mkor", "Kfac"})
    void should_fail_without_the_listener_and_name_it(String name) {
        MultiLayerNetwork net = SmallNetworks.mlp(optimizer(name), DataType.FLOAT);
        assertThatThrownBy(() -> train(net)).hasStackTraceContaining("setListeners(new CurvatureListener())");
    }

    private static IUpdater optimizer(String name) {
        Map<String, IUpdater> all = ResumedTraining.optimizers();
        assertThat(all).containsKey(name);
        return all.get(name);
    }

    private static void train(MultiLayerNetwork net) throws Exception {
        List<DataSet> batches = new ArrayList<>();
        for (int i = 0; i < WORKERS * STEPS; i++) {
            batches.add(SmallNetworks.data(0, DataType.FLOAT));
        }
        try (ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net)
                .workers(WORKERS)
                .prefetchBuffer(2)
                .averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING)
                .build()) {
            wrapper.fit(new ExistingDataSetIterator(batches));
        }
    }
}
