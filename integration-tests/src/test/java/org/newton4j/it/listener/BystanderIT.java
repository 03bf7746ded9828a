/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;

/** Other listeners do not notice the extra evaluations. */
class BystanderIT {

    @Test
    void should_hide_the_extra_evaluations_of_a_network_from_other_listeners() {
        List<String> plain = callbacks(network(new Adam(0.01)), null);
        CurvatureListener curvature = new CurvatureListener();
        assertThat(callbacks(network(new AdaHessian(0.01)), curvature)).isEqualTo(plain);
        assertThat(curvature.gradientEvaluations()).isPositive();
    }

    @Test
    void should_hide_the_extra_evaluations_of_a_graph_from_other_listeners() {
        List<String> plain = callbacks(graph(new Adam(0.01)), null);
        CurvatureListener curvature = new CurvatureListener();
        assertThat(callbacks(graph(new AdaHessian(0.01)), curvature)).isEqualTo(plain);
        assertThat(curvature.gradientEvaluations()).isPositive();
    }

    @Test
    void should_hide_the_gradients_on_sampled_labels_from_other_listeners() {
        CurvatureListener ofNetwork = new CurvatureListener();
        CurvatureListener ofGraph = new CurvatureListener();
        Sophia sophia = States.sophia(Sophia.Estimator.G);
        assertThat(callbacks(network(sophia), ofNetwork)).isEqualTo(callbacks(network(new Adam(0.01)), null));
        assertThat(callbacks(graph(sophia), ofGraph)).isEqualTo(callbacks(graph(new Adam(0.01)), null));
        assertThat(ofNetwork.gradientEvaluations()).isPositive();
        assertThat(ofGraph.gradientEvaluations()).isPositive();
    }

    @Test
    void should_leave_gradient_parameters_and_score_of_the_iteration_as_they_were() {
        for (Model model : List.of(
                network(new AdaHessian(0.01)),
                graph(new AdaHessian(0.01)),
                network(States.sophia(Sophia.Estimator.G)),
                graph(States.sophia(Sophia.Estimator.G)),
                network(States.sophia(Sophia.Estimator.H)),
                SmallNetworks.batchNorm(new AdaHessian(0.01), DataType.FLOAT))) {
            Snapshot before = new Snapshot();
            Snapshot after = new Snapshot();
            model.setListeners(before, new CurvatureListener(), after);
            TransparencyIT.train(model, model.params().dataType());
            assertThat(after.seen).hasSize(15);
            for (int i = 0; i < after.seen.size(); i++) {
                assertThat(after.seen.get(i)).as("observation %d", i).isEqualTo(before.seen.get(i));
            }
            assertThat(
                            model instanceof MultiLayerNetwork net
                                    ? net.getIterationCount()
                                    : ((ComputationGraph) model).getIterationCount())
                    .isEqualTo(5);
        }
    }

    private static MultiLayerNetwork network(IUpdater updater) {
        return SmallNetworks.mlp(updater, DataType.FLOAT, b -> b.dropOut(new Dropout(0.8)));
    }

    private static ComputationGraph graph(IUpdater updater) {
        return SmallNetworks.graph(updater, DataType.FLOAT, b -> b.dropOut(new Dropout(0.8)));
    }

    private static List<String> callbacks(Model model, CurvatureListener curvature) {
        Recorder recorder = new Recorder();
        if (curvature == null) {
            model.setListeners(recorder);
        } else {
            model.setListeners(recorder, curvature);
        }
        TransparencyIT.train(model, model.params().dataType());
        return recorder.calls;
    }

    /** Parameters, gradient and score at the moment the gradient is announced. */
    private static final class Snapshot extends BaseTrainingListener {

        private final List<double[]> seen = new ArrayList<>();

        @Override
        public void onGradientCalculation(Model model) {
            seen.add(States.params(model));
            seen.add(FixtureNetwork.toArray(
                    model instanceof MultiLayerNetwork net
                            ? net.getFlattenedGradients()
                            : ((ComputationGraph) model).getFlattenedGradients()));
            seen.add(new double[] {model.score(), model.gradientAndScore().getSecond()});
        }
    }

    /** Every callback in order. */
    private static final class Recorder extends BaseTrainingListener {

        private final List<String> calls = new ArrayList<>();

        @Override
        public void onEpochStart(Model model) {
            calls.add("epoch start");
        }

        @Override
        public void onEpochEnd(Model model) {
            calls.add("epoch end");
        }

        @Override
        public void onForwardPass(Model model, List<INDArray> activations) {
            calls.add("forward " + activations.size());
        }

        @Override
        public void onForwardPass(Model model, Map<String, INDArray> activations) {
            calls.add("forward " + activations.size());
        }

        @Override
        public void onGradientCalculation(Model model) {
            calls.add("gradient");
        }

        @Override
        public void onBackwardPass(Model model) {
            calls.add("backward");
        }

        @Override
        public void iterationDone(Model model, int iteration, int epoch) {
            calls.add("done " + iteration);
        }
    }
}
