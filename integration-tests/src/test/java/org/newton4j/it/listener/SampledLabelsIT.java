/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.GaussNewtonBartlett;
import org.newton4j.optimizers.update.WinRate;

/** What the listener hands to Sophia with estimator G, in whole networks. */
class SampledLabelsIT {

    private static final double BETA2 = 0.75;
    private static final int STEPS = 6;

    /** D2: the age of curvature is zero when it is folded in, and the first is folded in at the first step. */
    @Test
    void should_fold_in_the_estimate_of_the_very_step_from_the_first_on() {
        DataSet[] batches = new DataSet[8];
        DataSet[] sequences = new DataSet[8];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = SmallNetworks.data(i, DataType.DOUBLE);
            sequences[i] = masked(SmallNetworks.sequences(i, DataType.DOUBLE, STEPS), 2 + i % 3);
        }
        Sophia sophia = sophia().updateInterval(3).build();
        assertFollows(SmallNetworks.mlp(sophia, DataType.DOUBLE), batches);
        assertFollows(SmallNetworks.graph(sophia, DataType.DOUBLE, b -> b), batches);
        assertFollows(SmallNetworks.lstm(sophia, DataType.DOUBLE, 0), sequences);
        assertFollows(SmallNetworks.lstm(sophia, DataType.DOUBLE, 0).toComputationGraph(), sequences);
    }

    private static void assertFollows(Model model, DataSet[] batches) {
        CurvatureListener listener = new CurvatureListener();
        model.setListeners(listener);
        double[] h = new double[Math.toIntExact(model.numParams())];
        for (int i = 0; i < batches.length; i++) {
            if (i % 3 == 0) {
                double[] c = estimate(model, batches[i], 0, i, 0);
                for (int j = 0; j < h.length; j++) {
                    h[j] = BETA2 * h[j] + (1 - BETA2) * c[j];
                }
            }
            fit(model, batches[i]);
            assertThat(States.slot(model, "H"))
                    .as("%s, h after iteration %d", model.getClass().getSimpleName(), i)
                    .containsExactly(h, within(1e-13));
        }
        assertThat(Arrays.stream(h).max().orElse(0)).isGreaterThan(1e-4);
        assertThat(listener.gradientEvaluations()).isEqualTo(3);
    }

    @Test
    void should_belong_to_the_objective_whose_gradient_the_updater_sees() {
        DataSet batch = SmallNetworks.data(1, DataType.DOUBLE);
        MultiLayerNetwork plain = SmallNetworks.mlp(sophia().build(), DataType.DOUBLE);
        double[] c = estimate(plain, batch, 0, 0, 0);

        double[] l2 = first(
                SmallNetworks.mlp(
                        sophia().build(), DataType.DOUBLE, b -> b.l2(0.7).l2Bias(0.2)),
                new CurvatureListener(),
                batch);
        double[] sum = first(
                SmallNetworks.mlp(sophia().build(), DataType.DOUBLE, b -> b.miniBatch(false)),
                new CurvatureListener(),
                batch);
        double[] square = first(
                SmallNetworks.mlp(sophia().batchFactor(480).build(), DataType.DOUBLE, b -> b.l2(0.7)),
                new CurvatureListener(),
                batch);
        double[] one = first(plain, new CurvatureListener(), batch);

        int weights = SmallNetworks.FEATURES * 6;
        for (int i = 0; i < c.length; i++) {
            boolean bias = i >= weights && i < weights + 6 || i >= c.length - SmallNetworks.CLASSES;
            assertThat(one[i]).as("entry %d", i).isCloseTo(c[i], within(1e-13));
            assertThat(l2[i]).as("with L2, entry %d", i).isCloseTo(c[i] + (bias ? 0.2 : 0.7), within(1e-13));
            assertThat(sum[i])
                    .as("of the summed loss, entry %d", i)
                    .isCloseTo(SmallNetworks.BATCH * c[i], within(1e-12));
            assertThat(square[i])
                    .as("of the reference code, entry %d", i)
                    .isCloseTo(c[i] / SmallNetworks.BATCH, within(1e-13));
        }
    }

    @Test
    void should_average_as_many_samples_as_asked_for_and_draw_them_by_the_seed() {
        DataSet batch = SmallNetworks.data(2, DataType.DOUBLE);
        MultiLayerNetwork net = SmallNetworks.mlp(sophia().build(), DataType.DOUBLE);
        double[] expected = new double[Math.toIntExact(net.numParams())];
        for (int probe = 0; probe < 3; probe++) {
            double[] c = estimate(net, batch, 41, 0, probe);
            for (int i = 0; i < c.length; i++) {
                expected[i] += c[i] / 3;
            }
        }
        CurvatureListener listener =
                CurvatureListener.builder().probes(3).seed(41).build();
        assertThat(first(net, listener, batch)).containsExactly(expected, within(1e-13));
        assertThat(listener.gradientEvaluations()).isEqualTo(3);
    }

    @Test
    void should_estimate_once_per_segment_of_truncated_backpropagation() {
        DataSet batch = SmallNetworks.sequences(3, DataType.DOUBLE, STEPS);
        MultiLayerNetwork net = SmallNetworks.lstm(sophia().updateInterval(1).build(), DataType.DOUBLE, 2);
        MultiLayerNetwork whole = SmallNetworks.lstm(sophia().build(), DataType.DOUBLE, 0);
        DataSet segment = new DataSet(head(batch.getFeatures()), head(batch.getLabels()));
        double[] c = estimate(whole, segment, 0, 0, 0);
        CurvatureListener listener = new CurvatureListener();
        FirstState state = new FirstState();
        net.setListeners(listener, state);

        net.fit(batch);

        assertThat(net.getIterationCount()).isEqualTo(3);
        assertThat(listener.gradientEvaluations()).isEqualTo(3);
        for (int i = 0; i < c.length; i++) {
            assertThat(state.h[i] / (1 - BETA2))
                    .as("first segment, entry %d", i)
                    .isCloseTo(c[i], within(1e-13));
        }
        assertThat(States.params(net)).doesNotContain(Double.NaN);
    }

    @Test
    void should_serve_all_kinds_at_their_own_pace_in_one_network() {
        MultiLayerNetwork net = network(
                AdaHessian.builder().learningRate(0.01).updateInterval(2).build(),
                sophia().updateInterval(3).build(),
                sophia().estimator(Sophia.Estimator.H).updateInterval(5).build());
        CurvatureListener listener = new CurvatureListener();
        net.setListeners(listener);
        double[] before = new double[0];
        for (int i = 0; i < 11; i++) {
            long evaluations = listener.gradientEvaluations();
            Nd4j.getRandom().setSeed(i);
            net.fit(SmallNetworks.data(i, DataType.DOUBLE));
            double[] now = curvatureOfBlocks(net);
            if (i > 0) {
                assertThat(now[0] != before[0]).as("AdaHessian at %d", i).isEqualTo(i % 2 == 0);
                assertThat(now[1] != before[1]).as("Sophia G at %d", i).isEqualTo(i % 3 == 0);
                assertThat(now[2] != before[2]).as("Sophia H at %d", i).isEqualTo(i % 5 == 0);
            }
            assertThat(listener.gradientEvaluations() > evaluations)
                    .as("work at %d", i)
                    .isEqualTo(i % 2 == 0 || i % 3 == 0 || i % 5 == 0);
            before = now;
        }
    }

    /** Dropout: the noise of one estimate must not depend on another estimate made before it. */
    @Test
    void should_give_a_layer_the_same_estimate_whoever_else_is_served() {
        DataSet batch = SmallNetworks.data(4, DataType.DOUBLE);
        MultiLayerNetwork mixed = network(new AdaHessian(0.01), sophia().build(), new AdaHessian(0.01));
        MultiLayerNetwork alone = network(new Adam(0.01), sophia().build(), new Adam(0.01));
        Nd4j.getRandom().setSeed(9);
        double[] expected = first(alone, new CurvatureListener(), batch);
        Nd4j.getRandom().setSeed(9);
        assertThat(first(mixed, new CurvatureListener(), batch)).isEqualTo(expected);
    }

    @Test
    void should_name_estimator_h_where_labels_cannot_be_sampled() {
        DataSet batch = SmallNetworks.data(5, DataType.DOUBLE);
        DataSet halfMasked = batch.copy();
        halfMasked.setLabelsMaskArray(Nd4j.valueArrayOf(new long[] {SmallNetworks.BATCH, 1}, 0.5, DataType.DOUBLE));
        INDArray weights = Nd4j.createFromArray(new double[][] {{1, 2, 5}});
        refuses(withLoss(sophia().build(), new LossHinge(), Activation.IDENTITY), batch);
        refuses(withLoss(sophia().build(), new LossMCXENT(weights), Activation.SOFTMAX), batch);
        refuses(SmallNetworks.mlp(sophia().build(), DataType.DOUBLE), halfMasked);

        Sophia remedy = sophia().estimator(Sophia.Estimator.H).build();
        for (MultiLayerNetwork net : List.of(
                withLoss(remedy, new LossHinge(), Activation.IDENTITY),
                withLoss(remedy, new LossMCXENT(weights), Activation.SOFTMAX))) {
            net.setListeners(new CurvatureListener());
            double score = net.score(batch);
            for (int i = 0; i < 20; i++) {
                net.fit(batch);
            }
            assertThat(net.score(batch)).isLessThan(score);
        }
    }

    private static void refuses(MultiLayerNetwork net, DataSet batch) {
        net.setListeners(new CurvatureListener());
        assertThatThrownBy(() -> net.fit(batch))
                .hasStackTraceContaining("Sophia's estimator G draws labels from the distribution")
                .hasStackTraceContaining("Sophia.builder().estimator(Sophia.Estimator.H)");
    }

    @Test
    void should_skip_batches_that_are_not_finite_the_first_one_too() {
        DataSet batch = SmallNetworks.data(6, DataType.FLOAT);
        DataSet broken = batch.copy();
        broken.getFeatures().assign(Float.NaN);
        Sophia every = sophia().updateInterval(1).build();
        MultiLayerNetwork net = SmallNetworks.mlp(every, DataType.FLOAT);
        net.setListeners(new CurvatureListener());
        double[] initial = States.params(net);
        net.fit(broken);
        assertThat(States.params(net)).isEqualTo(initial);
        assertThat(CurvatureListener.skippedSteps(net)).isEqualTo(1);

        MultiLayerNetwork held = SmallNetworks.mlp(every, DataType.FLOAT);
        held.setListeners(new CurvatureListener());
        held.fit(batch);
        double[] params = States.params(held);
        double[] h = States.slot(held, "H");
        held.fit(broken);
        assertThat(States.params(held)).isEqualTo(params);
        assertThat(States.slot(held, "H")).isEqualTo(h);
        assertThat(CurvatureListener.winRate(held).value())
                .as("nothing was stepped")
                .isNaN();
    }

    @Test
    void should_tell_the_win_rate_of_a_network() {
        DataSet batch = SmallNetworks.data(7, DataType.FLOAT);
        for (double rho : new double[] {1e-12, 0.5, 1e12}) {
            Sophia sophia = sophia().rho(rho).build();
            for (Model model : List.of(
                    SmallNetworks.mlp(sophia, DataType.FLOAT), SmallNetworks.graph(sophia, DataType.FLOAT, b -> b))) {
                assertThat(CurvatureListener.winRate(model)).isEqualTo(WinRate.NONE);
                model.setListeners(new CurvatureListener());
                fit(model, batch);
                WinRate rate = CurvatureListener.winRate(model);
                assertThat(rate.stepped()).isEqualTo(model.numParams());
                if (rho == 0.5) {
                    assertThat(rate.value()).isStrictlyBetween(0.0, 1.0);
                } else {
                    assertThat(rate.value()).as("rho %s", rho).isEqualTo(rho < 1 ? 0 : 1);
                }
            }
        }
        MultiLayerNetwork part = network(new Adam(0.01), sophia().build(), new Adam(0.01));
        part.setListeners(new CurvatureListener());
        part.fit(SmallNetworks.data(8, DataType.DOUBLE));
        assertThat(CurvatureListener.winRate(part).stepped()).isEqualTo(6 * 4 + 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CurvatureListener.winRate(part.getLayer(0)))
                .withMessageContaining("but must be a MultiLayerNetwork or ComputationGraph");
    }

    @Test
    void should_train_with_both_estimators_in_both_precisions() {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            for (Sophia.Estimator estimator : Sophia.Estimator.values()) {
                MultiLayerNetwork net = SmallNetworks.batchNorm(States.sophia(estimator), type);
                net.setListeners(new CurvatureListener());
                DataSet batch = SmallNetworks.data(9, type);
                double before = net.score(batch);
                for (int i = 0; i < 60; i++) {
                    net.fit(batch);
                }
                assertThat(net.score(batch)).as("%s %s", type, estimator).isLessThan(0.6 * before);
            }
        }
    }

    /** The curvature behind the first step. */
    private static final class FirstState extends org.deeplearning4j.optimize.api.BaseTrainingListener {

        private double[] h = new double[0];

        @Override
        public void iterationDone(Model model, int iteration, int epoch) {
            if (h.length == 0) {
                h = States.slot(model, "H");
            }
        }
    }

    private static Sophia.Builder sophia() {
        return Sophia.builder().learningRate(0.01).beta2(BETA2);
    }

    /** Dense layers of 6 and 4 units and a softmax, with dropout. */
    private static MultiLayerNetwork network(IUpdater first, IUpdater second, IUpdater third) {
        OutputLayer output = SmallNetworks.output(4);
        output.setIUpdater(third);
        return SmallNetworks.init(SmallNetworks.builder(new Adam(0.01), DataType.DOUBLE)
                .dropOut(new Dropout(0.8))
                .list(
                        new DenseLayer.Builder()
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .updater(first)
                                .build(),
                        new DenseLayer.Builder().nIn(6).nOut(4).updater(second).build(),
                        output));
    }

    private static MultiLayerNetwork withLoss(IUpdater updater, ILossFunction loss, Activation activation) {
        return SmallNetworks.init(SmallNetworks.builder(updater, DataType.DOUBLE)
                .list(
                        new DenseLayer.Builder()
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .build(),
                        new OutputLayer.Builder(loss)
                                .nIn(6)
                                .nOut(SmallNetworks.CLASSES)
                                .activation(activation)
                                .build()));
    }

    /** c of the first step: h is (1 - beta2) c. */
    private static double[] first(MultiLayerNetwork net, CurvatureListener listener, DataSet batch) {
        net.setListeners(listener);
        net.fit(batch);
        double[] c = States.slot(net, "H");
        for (int i = 0; i < c.length; i++) {
            c[i] /= 1 - BETA2;
        }
        return c;
    }

    private static double[] estimate(Model model, DataSet batch, long seed, int iteration, int probe) {
        GaussNewtonBartlett estimator = model instanceof MultiLayerNetwork net
                ? GaussNewtonBartlett.of(net, batch)
                : GaussNewtonBartlett.of((ComputationGraph) model, batch.toMultiDataSet());
        INDArray out = Nd4j.create(DataType.DOUBLE, estimator.dimension());
        estimator.estimate(seed, iteration, probe, out);
        return FixtureNetwork.toArray(out);
    }

    private static void fit(Model model, DataSet batch) {
        if (model instanceof MultiLayerNetwork net) {
            net.fit(batch);
        } else {
            ((ComputationGraph) model).fit(batch);
        }
    }

    /** One number per block that changes whenever its curvature does. */
    private static double[] curvatureOfBlocks(MultiLayerNetwork net) {
        double[] v = States.slot(net, "V");
        double[] h = States.slot(net, "H");
        return new double[] {v[0], h[SmallNetworks.FEATURES * 6 + 6], h[h.length - 1]};
    }

    private static DataSet masked(DataSet data, int length) {
        INDArray mask = Nd4j.zeros(DataType.DOUBLE, data.getFeatures().size(0), STEPS);
        mask.get(NDArrayIndex.all(), NDArrayIndex.interval(0, length)).assign(1);
        return new DataSet(data.getFeatures(), data.getLabels(), mask, mask.dup());
    }

    private static INDArray head(INDArray sequences) {
        return sequences
                .get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(0, 2))
                .dup();
    }
}
