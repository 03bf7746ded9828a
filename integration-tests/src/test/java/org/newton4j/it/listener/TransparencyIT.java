/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.conf.weightnoise.WeightNoise;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;

/** Training with the listener but without an optimizer that needs it is training without it. */
class TransparencyIT {

    private static final int STEPS = 5;

    static Stream<Arguments> randomness() {
        return Stream.of(
                settings("nothing random", b -> b),
                settings("dropout", b -> b.dropOut(new Dropout(0.6))),
                settings("additive noise", b -> b.dropOut(new GaussianNoise(0.1))),
                settings("DropConnect", b -> b.weightNoise(new DropConnect(0.7))),
                settings("weight noise", b -> b.weightNoise(new WeightNoise(new NormalDistribution(0, 0.1)))));
    }

    private static Arguments settings(String name, UnaryOperator<NeuralNetConfiguration.Builder> settings) {
        return Arguments.of(name, settings);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("randomness")
    void should_not_change_a_network_with_built_in_updaters(
            String name, UnaryOperator<NeuralNetConfiguration.Builder> settings) {
        assertSameTraining(() -> SmallNetworks.mlp(new Adam(0.01), DataType.FLOAT, settings));
        assertSameTraining(() -> SmallNetworks.graph(new Nesterovs(0.1, 0.9), DataType.DOUBLE, settings));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("randomness")
    void should_leave_the_random_stream_where_plain_training_leaves_it(
            String name, UnaryOperator<NeuralNetConfiguration.Builder> settings) {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            List<Long> plain = streamAfter(SmallNetworks.mlp(new Adam(0.01), type, settings));
            List<Long> plainGraph = streamAfter(SmallNetworks.graph(new Adam(0.01), type, settings));
            for (IUpdater updater : List.of(
                    new AdaHessian(0.01), States.sophia(Sophia.Estimator.G), States.sophia(Sophia.Estimator.H))) {
                MultiLayerNetwork net = SmallNetworks.mlp(updater, type, settings);
                net.setListeners(new CurvatureListener());
                assertThat(streamAfter(net))
                        .as("MultiLayerNetwork %s %s", type, updater)
                        .isEqualTo(plain);
                ComputationGraph graph = SmallNetworks.graph(updater, type, settings);
                graph.setListeners(new CurvatureListener());
                assertThat(streamAfter(graph))
                        .as("ComputationGraph %s %s", type, updater)
                        .isEqualTo(plainGraph);
            }
        }
    }

    private static void assertSameTraining(Supplier<Model> network) {
        Model plain = network.get();
        train(plain, plain.params().dataType());
        Model watched = network.get();
        CurvatureListener listener = new CurvatureListener();
        watched.setListeners(listener);
        train(watched, watched.params().dataType());
        assertThat(States.params(watched)).isEqualTo(States.params(plain));
        assertThat(watched.score()).isEqualTo(plain.score());
        assertThat(listener.gradientEvaluations()).isZero();
    }

    private static List<Long> streamAfter(Model model) {
        train(model, model.params().dataType());
        return States.randomStream();
    }

    static void train(Model model, DataType type) {
        Nd4j.getRandom().setSeed(11);
        for (int i = 0; i < STEPS; i++) {
            DataSet batch = SmallNetworks.data(100 + i, type);
            if (model instanceof MultiLayerNetwork net) {
                net.fit(batch);
            } else {
                ((ComputationGraph) model).fit(batch);
            }
        }
    }
}
