/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;

/** The learning rate of a preconditioner's base is checked wherever one can be given, whoever wrote the base. */
class LearningRateOfBaseTest {

    private static final List<Function<IUpdater, IUpdater>> PRECONDITIONERS = List.of(Mkor::new, Mfac::new, Kfac::new);

    static Stream<Arguments> preconditioners() {
        return PRECONDITIONERS.stream()
                .flatMap(make -> Stream.of(new Sgd(0.1), new Adam(0.1), new Lion(0.1))
                        .map(base -> Arguments.of(make.apply(base))));
    }

    @ParameterizedTest
    @MethodSource("preconditioners")
    void a_bad_learning_rate_should_be_refused_and_change_nothing(IUpdater updater) {
        MultiLayerNetwork net = network(updater);
        for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> net.setLearningRate(bad))
                    .withMessage("lr = " + bad + " without a schedule, but must be finite and at least 0;"
                            + " give a learning rate or a schedule");
            assertThatIllegalArgumentException().isThrownBy(() -> net.setLearningRate(1, bad));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> net.toComputationGraph().setLearningRate(bad));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> net.setLearningRate((ISchedule) null));
        assertThat(net.getLearningRate(0)).isEqualTo(0.1);
        net.setLearningRate(0.25);
        assertThat(net.getLearningRate(1)).isEqualTo(0.25);
    }

    @ParameterizedTest
    @MethodSource("preconditioners")
    void a_schedule_should_be_refused_at_the_step_it_leaves_the_range_before_anything_moved(IUpdater updater) {
        for (double bad : new double[] {-0.5, Double.NaN, Double.NEGATIVE_INFINITY}) {
            MultiLayerNetwork net = network(updater);
            net.setListeners(new CurvatureListener());
            net.setLearningRate(new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.1, 3, bad)));
            DataSet batch = batch();
            for (int i = 0; i < 3; i++) {
                net.fit(batch);
            }
            INDArray before = net.params().dup();
            Map<String, SavedArrays> states = NetworkPreconditioners.of(net).copiedStates();

            assertThatThrownBy(() -> net.fit(batch))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the learning rate is " + bad
                            + " at iteration 3, epoch 0, but must be finite and" + " at least 0; check the schedule of "
                            + updater.getClass().getSimpleName());
            assertThat(net.params()).isEqualTo(before);
            Map<String, SavedArrays> after = NetworkPreconditioners.of(net).states();
            assertThat(after).hasSize(1);
            after.forEach((key, state) ->
                    assertThat(state.all()).isEqualTo(states.get(key).all()));
            net.setLearningRate(0.1);
            net.fit(batch);
            assertThat(net.params()).isNotEqualTo(before);
        }
    }

    @ParameterizedTest
    @MethodSource("bases")
    void a_bad_base_should_be_refused_by_the_builder(IUpdater base, String message) {
        for (Function<IUpdater, IUpdater> make : PRECONDITIONERS) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> make.apply(base))
                    .withMessageStartingWith(message);
        }
    }

    static Stream<Arguments> bases() {
        return Stream.of(
                Arguments.of(new Sgd(-1), "base.learningRate = -1.0, but must be finite and at least 0"),
                Arguments.of(new Sgd(Double.NaN), "base.learningRate = NaN, but must be finite and at least 0"),
                Arguments.of(
                        new Adam(Double.POSITIVE_INFINITY),
                        "base.learningRate = Infinity, but must be finite and at least"),
                Arguments.of(new Nesterovs(0.1, 1.5), "base.momentum = 1.5, but must be in [0, 1)"),
                Arguments.of(new Adam(0.1, 0.9, Double.NaN, 1e-8), "base.beta2 = NaN, but must be in [0, 1)"));
    }

    private static MultiLayerNetwork network(IUpdater updater) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(updater.clone())
                .list()
                .layer(new DenseLayer.Builder().nIn(3).nOut(4).build())
                .layer(new OutputLayer.Builder().nIn(4).nOut(2).build())
                .build());
        net.init();
        return net;
    }

    private static DataSet batch() {
        return new DataSet(
                Nd4j.createFromArray(new float[][] {{1, 0, 2}, {0, 1, -1}}),
                Nd4j.createFromArray(new float[][] {{1, 0}, {0, 1}}));
    }
}
