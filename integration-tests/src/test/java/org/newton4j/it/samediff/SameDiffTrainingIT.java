/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.loss.LossReduce;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.samediff.SameDiffCurvatureListener;

/** Training SameDiff graphs with every optimizer that works on them. */
class SameDiffTrainingIT {

    private static final int HALF = 5;

    @TempDir
    Path folder;

    static Stream<IUpdater> optimizers() {
        return Stream.of(
                new Lion(0.01),
                new DiffGrad(0.03),
                new AdaHessian(0.1),
                AdaHessian.builder().learningRate(0.03).updateInterval(3).build(),
                Sophia.builder()
                        .learningRate(0.02)
                        .estimator(Sophia.Estimator.H)
                        .build(),
                Mfac.builder()
                        .base(new Nesterovs(0.01, 0.9))
                        .gradients(16)
                        .damping(0.1)
                        .build());
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void should_classify(IUpdater updater) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            SameDiff sd = SmallGraphs.mlp(updater.clone(), type, (g, h) -> g.nn.relu(h, 0), b -> b);
            sd.setListeners(new SameDiffCurvatureListener());
            DataSet test = SmallGraphs.data(999, type);
            double before = SmallGraphs.loss(sd, test);
            SmallGraphs.train(sd, 0, 150, type);
            assertThat(SmallGraphs.loss(sd, test)).as("%s %s", updater, type).isLessThan(0.6 * before);
        }
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void should_regress(IUpdater updater) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 2);
        SDVariable y = sd.placeHolder("y", DataType.FLOAT, -1, 1);
        SDVariable h =
                sd.math.tanh(x.mmul(sd.var("w1", SmallGraphs.normal(1, 2, 8).castTo(DataType.FLOAT)))
                        .add(sd.var("b1", SmallGraphs.normal(2, 8).castTo(DataType.FLOAT))));
        SDVariable out = h.mmul(sd.var("w2", SmallGraphs.normal(3, 8, 1).castTo(DataType.FLOAT)));
        sd.loss.meanSquaredError("loss", y, out, null);
        SmallGraphs.configure(sd, updater, b -> b);
        sd.setListeners(new SameDiffCurvatureListener());
        INDArray features = SmallGraphs.normal(7, 64, 2).castTo(DataType.FLOAT);
        INDArray targets =
                features.getColumn(0, true).mul(features.getColumn(1, true)).addi(1);
        DataSet batch = new DataSet(features, targets);
        double before = SmallGraphs.loss(sd, batch);
        sd.fit(new SingletonDataSetIterator(batch), 200);
        assertThat(SmallGraphs.loss(sd, batch)).as("%s", updater).isLessThan(0.1 * before);
    }

    @Test
    void should_estimate_at_every_kth_iteration_only() {
        AdaHessian everyThird = AdaHessian.builder().updateInterval(3).build();
        SameDiff sd = SmallGraphs.mlp(everyThird, DataType.DOUBLE);
        SameDiffCurvatureListener listener = new SameDiffCurvatureListener();
        sd.setListeners(listener);
        List<Long> counts = new ArrayList<>();
        List<double[]> curvatures = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            SmallGraphs.train(sd, i, i + 1, DataType.DOUBLE);
            counts.add(listener.gradientEvaluations());
            curvatures.add(SmallGraphs.flat(SmallGraphs.state(sd, AdaHessian.V_STATE)));
        }
        // Three to choose where gradients are evaluated, then two per estimate.
        assertThat(counts).containsExactly(5L, 5L, 5L, 7L, 7L, 7L, 9L);
        assertThat(curvatures.get(1)).isEqualTo(curvatures.get(0));
        assertThat(curvatures.get(3)).isNotEqualTo(curvatures.get(2));
        assertThat(curvatures.get(5)).isEqualTo(curvatures.get(3));
    }

    /** The second layer's weights die with the first's activations: relu of what is far below 0. */
    @Test
    void should_hold_the_interval_with_dead_variables() {
        AdaHessian everyThird = AdaHessian.builder().updateInterval(3).build();
        SameDiff sd = SmallGraphs.mlp(
                everyThird, DataType.DOUBLE, (g, h) -> g.nn.relu(h.sub(g.constant("shift", 100.0)), 0), b -> b);
        SameDiffCurvatureListener listener = new SameDiffCurvatureListener();
        sd.setListeners(listener);
        double[] before = SmallGraphs.parameters(sd).get("w1");
        List<Long> counts = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            SmallGraphs.train(sd, i, i + 1, DataType.DOUBLE);
            counts.add(listener.gradientEvaluations());
        }
        assertThat(counts.get(2)).isEqualTo(counts.get(0));
        assertThat(counts.get(5)).isEqualTo(counts.get(3)).isGreaterThan(counts.get(2));
        assertThat(SmallGraphs.parameters(sd).get("w1")).isEqualTo(before);
        // It comes alive between two estimates and waits for the next one.
        sd.getVariable("b1").getArr().assign(101);
        SmallGraphs.train(sd, 7, 9, DataType.DOUBLE);
        assertThat(listener.gradientEvaluations()).isEqualTo(counts.get(6));
        assertThat(SmallGraphs.parameters(sd).get("w1")).isEqualTo(before);
        SmallGraphs.train(sd, 9, 10, DataType.DOUBLE);
        assertThat(SmallGraphs.parameters(sd).get("w1")).isNotEqualTo(before);
    }

    @Test
    void should_include_L2_in_the_objective() {
        double l2 = 0.75;
        AdaHessian fresh = AdaHessian.builder().beta2(0).build();
        SameDiff without = SmallGraphs.mlp(fresh, DataType.DOUBLE);
        SameDiff with = SmallGraphs.mlp(fresh, DataType.DOUBLE, (g, h) -> g.math.tanh(h), b -> b.l2(l2));
        for (SameDiff sd : new SameDiff[] {without, with}) {
            sd.setListeners(SameDiffCurvatureListener.builder().probes(1).build());
            SmallGraphs.train(sd, 0, 1, DataType.DOUBLE);
        }
        double[] a = SmallGraphs.flat(SmallGraphs.state(without, AdaHessian.V_STATE));
        double[] b = SmallGraphs.flat(SmallGraphs.state(with, AdaHessian.V_STATE));
        for (int i = 0; i < a.length; i++) {
            // |D + l2| is |D| + l2 or ||D| - l2|: spatial averaging took the sign of D away.
            double plus = Math.abs(Math.sqrt(b[i]) - (Math.sqrt(a[i]) + l2));
            double minus = Math.abs(Math.sqrt(b[i]) - Math.abs(Math.sqrt(a[i]) - l2));
            assertThat(Math.min(plus, minus)).isLessThan(1e-8);
        }
        assertThat(b).isNotEqualTo(a);
    }

    @Test
    void should_leave_no_trace_in_training() {
        // A random mask and an optimizer without curvature: the listener must change nothing. Then curvature with a
        // rate
        // of zero: parameters keep their bits, the random stream its place.
        SmallGraphs.Activation masked =
                (g, h) -> g.nn.relu(h, 0).mul(g.random.bernoulli(0.5, DataType.FLOAT, SmallGraphs.BATCH, 6));
        SameDiff plain = SmallGraphs.mlp(new Sgd(0.1), DataType.FLOAT, masked, b -> b);
        SameDiff watched = SmallGraphs.mlp(new Sgd(0.1), DataType.FLOAT, masked, b -> b);
        watched.setListeners(new SameDiffCurvatureListener());
        double[] sequence = trainFrom(plain, 5);
        assertThat(trainFrom(watched, 5)).isEqualTo(sequence);
        assertThat(SmallGraphs.flat(SmallGraphs.parameters(watched)))
                .isEqualTo(SmallGraphs.flat(SmallGraphs.parameters(plain)));

        SameDiff still = SmallGraphs.mlp(new AdaHessian(0), DataType.FLOAT, masked, b -> b);
        double[] before = SmallGraphs.flat(SmallGraphs.parameters(still));
        still.setListeners(new SameDiffCurvatureListener());
        assertThat(trainFrom(still, 5)).isEqualTo(sequence);
        assertThat(SmallGraphs.flat(SmallGraphs.parameters(still))).isEqualTo(before);
        assertThat(SmallGraphs.state(still, AdaHessian.V_STATE).get("w1")).isNotEqualTo(new double[30]);
    }

    /** Trains five steps and draws two numbers. */
    private static double[] trainFrom(SameDiff sd, int seed) {
        Nd4j.getRandom().setSeed(seed);
        SmallGraphs.train(sd, 0, 5, DataType.FLOAT);
        return Nd4j.rand(DataType.DOUBLE, 2).toDoubleVector();
    }

    @Test
    void other_listeners_should_see_training_only() {
        int[] plain = calls();
        int[] watched = calls(new SameDiffCurvatureListener());
        assertThat(watched).isEqualTo(plain);
    }

    private static int[] calls(SameDiffCurvatureListener... listeners) {
        int[] counts = new int[3];
        SameDiff sd = SmallGraphs.mlp(listeners.length == 0 ? new Lion() : new AdaHessian(), DataType.FLOAT);
        BaseListener counter = new BaseListener() {
            @Override
            public boolean isActive(Operation operation) {
                return true;
            }

            @Override
            public void operationStart(SameDiff graph, Operation op) {
                counts[0]++;
            }

            @Override
            public void iterationStart(SameDiff graph, At at, MultiDataSet data, long etlMs) {
                counts[1]++;
            }

            @Override
            public void opExecution(
                    SameDiff graph, At at, MultiDataSet batch, SameDiffOp op, OpContext context, INDArray[] outputs) {
                counts[2]++;
            }
        };
        List<org.nd4j.autodiff.listeners.Listener> all = new ArrayList<>(List.of(counter));
        all.addAll(Arrays.asList(listeners));
        sd.setListeners(all);
        SmallGraphs.train(sd, 0, 3, DataType.FLOAT);
        assertThat(sd.getListeners()).isEqualTo(all);
        return counts;
    }

    @Test
    void should_resume_a_saved_graph_exactly() throws IOException {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (IUpdater updater : List.of(
                    new Lion(0.01),
                    new DiffGrad(0.01),
                    AdaHessian.builder().learningRate(0.05).updateInterval(2).build())) {
                SameDiff straight = SmallGraphs.mlp(updater.clone(), type);
                straight.setListeners(new SameDiffCurvatureListener());
                SmallGraphs.train(straight, 0, 2 * HALF, type);

                SameDiff first = SmallGraphs.mlp(updater.clone(), type);
                first.setListeners(new SameDiffCurvatureListener());
                SmallGraphs.train(first, 0, HALF, type);
                File file = folder.resolve("graph.fb").toFile();
                first.save(file, true);
                SameDiff second = SameDiff.load(file, true);
                second.setListeners(new SameDiffCurvatureListener());
                SmallGraphs.train(second, HALF, 2 * HALF, type);

                assertThat(SmallGraphs.flat(SmallGraphs.parameters(second)))
                        .as("%s %s", updater, type)
                        .isEqualTo(SmallGraphs.flat(SmallGraphs.parameters(straight)));
                assertThat(SmallGraphs.flat(SmallGraphs.states(second)))
                        .isEqualTo(SmallGraphs.flat(SmallGraphs.states(straight)));
            }
        }
    }

    @Test
    void should_start_cold_when_the_updater_state_was_not_saved() throws IOException {
        SameDiff first =
                SmallGraphs.mlp(AdaHessian.builder().updateInterval(100).build(), DataType.FLOAT);
        first.setListeners(new SameDiffCurvatureListener());
        SmallGraphs.train(first, 0, HALF, DataType.FLOAT);
        File file = folder.resolve("cold.fb").toFile();
        first.save(file, false);
        SameDiff second = SameDiff.load(file, false);
        SameDiffCurvatureListener listener = new SameDiffCurvatureListener();
        second.setListeners(listener);
        SmallGraphs.train(second, HALF, HALF + 2, DataType.FLOAT);
        assertThat(listener.gradientEvaluations())
                .as("at once, although iteration %d is not due", HALF)
                .isEqualTo(5);
    }

    @Test
    void mfac_should_say_that_its_window_was_lost() throws IOException {
        SameDiff first = SmallGraphs.mlp(new Mfac(new Sgd(0.01)), DataType.FLOAT);
        first.setListeners(new SameDiffCurvatureListener());
        SmallGraphs.train(first, 0, 2, DataType.FLOAT);
        File file = folder.resolve("mfac.fb").toFile();
        first.save(file, true);
        SameDiff second = SameDiff.load(file, true);
        second.setListeners(new SameDiffCurvatureListener());
        assertThatThrownBy(() -> SmallGraphs.train(second, 2, 3, DataType.FLOAT))
                .hasStackTraceContaining("M-FAC has no state although the graph is at iteration 2");
        second.setListeners(SameDiffCurvatureListener.builder().coldStart(true).build());
        SmallGraphs.train(second, 2, 3, DataType.FLOAT);
    }

    @Test
    void a_replaced_listener_should_not_lose_the_window_of_mfac() {
        SameDiff straight = SmallGraphs.mlp(new Mfac(new Sgd(0.01)), DataType.FLOAT);
        SameDiff changed = SmallGraphs.mlp(new Mfac(new Sgd(0.01)), DataType.FLOAT);
        straight.setListeners(new SameDiffCurvatureListener());
        SmallGraphs.train(straight, 0, 4, DataType.FLOAT);
        for (int i = 0; i < 4; i++) {
            changed.setListeners(new SameDiffCurvatureListener());
            SmallGraphs.train(changed, i, i + 1, DataType.FLOAT);
        }
        assertThat(SmallGraphs.flat(SmallGraphs.parameters(changed)))
                .isEqualTo(SmallGraphs.flat(SmallGraphs.parameters(straight)));
    }

    @Test
    void should_name_the_listener_when_it_was_forgotten() {
        for (IUpdater updater : List.of(new AdaHessian(), new Mfac())) {
            SameDiff sd = SmallGraphs.mlp(updater, DataType.FLOAT);
            assertThatThrownBy(() -> SmallGraphs.train(sd, 0, 1, DataType.FLOAT))
                    .hasStackTraceContaining("sd.setListeners(new SameDiffCurvatureListener())");
        }
    }

    @Test
    void sophia_should_draw_labels_only_where_that_is_right() {
        SameDiff unnamed = SmallGraphs.mlp(new Sophia(), DataType.FLOAT);
        unnamed.setListeners(new SameDiffCurvatureListener());
        assertThatThrownBy(() -> SmallGraphs.train(unnamed, 0, 1, DataType.FLOAT))
                .hasStackTraceContaining("sampledOutput(logits, labels)")
                .hasStackTraceContaining("Sophia.Estimator.H");

        SameDiff summed = SameDiff.create();
        SDVariable x = summed.placeHolder("x", DataType.FLOAT, -1, SmallGraphs.FEATURES);
        SDVariable y = summed.placeHolder("y", DataType.FLOAT, -1, SmallGraphs.CLASSES);
        SDVariable w =
                summed.var("w", SmallGraphs.normal(1, 5, SmallGraphs.CLASSES).castTo(DataType.FLOAT));
        summed.loss.softmaxCrossEntropy("loss", y, x.mmul("logits", w), null, LossReduce.SUM, 0);
        SmallGraphs.configure(summed, new Sophia(), b -> b);
        summed.setListeners(
                SameDiffCurvatureListener.builder().sampledOutput("logits", "y").build());
        assertThatThrownBy(() -> SmallGraphs.train(summed, 0, 1, DataType.FLOAT))
                .hasStackTraceContaining("the mean of -log p(label)")
                .hasStackTraceContaining("Sophia.Estimator.H");
    }

    @Test
    void should_follow_a_graph_that_was_changed_between_fits() {
        SameDiff sd = SmallGraphs.mlp(new AdaHessian(0.05), DataType.DOUBLE);
        sd.setListeners(new SameDiffCurvatureListener());
        SmallGraphs.train(sd, 0, 2, DataType.DOUBLE);
        double[] frozen = SmallGraphs.parameters(sd).get("w1");
        sd.convertToConstant(sd.getVariable("w1"));
        SmallGraphs.train(sd, 2, 4, DataType.DOUBLE);
        assertThat(sd.getVariable("w1").getArr().dup().reshape(-1).toDoubleVector())
                .isEqualTo(frozen);
        assertThat(SmallGraphs.parameters(sd)).doesNotContainKey("w1").containsKey("w2");
    }

    @Test
    void configurations_should_survive_json() {
        for (IUpdater updater : optimizers().toList()) {
            TrainingConfig config = SmallGraphs.mlp(updater, DataType.FLOAT).getTrainingConfig();
            TrainingConfig read = TrainingConfig.fromJson(config.toJson());
            assertThat(read.getUpdater()).isEqualTo(updater);
            assertThat(read.toJson()).isEqualTo(config.toJson());
        }
    }

    @Test
    void convolution_kernels_should_be_averaged() {
        double[][] curvatures = new double[2][];
        for (int run = 0; run < 2; run++) {
            SameDiff sd = SameDiff.create();
            SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 2, 6, 6);
            SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, SmallGraphs.CLASSES);
            SDVariable h = sd.math.tanh(sd.cnn.conv2d(
                    x,
                    sd.var("k", SmallGraphs.normal(1, 3, 2, 2, 4)),
                    Conv2DConfig.builder().kH(3).kW(2).sH(1).sW(1).build()));
            SDVariable w = sd.var("w", SmallGraphs.normal(2, 80, SmallGraphs.CLASSES));
            sd.loss.softmaxCrossEntropy("loss", y, h.reshape(-1, 80).mmul(w), null);
            SmallGraphs.configure(
                    sd, AdaHessian.builder().beta2(0).spatialAveraging(run == 1).build(), b -> b);
            sd.setListeners(new SameDiffCurvatureListener());
            INDArray features = SmallGraphs.normal(5, SmallGraphs.BATCH, 2, 6, 6);
            sd.fit(new DataSet(features, SmallGraphs.data(1, DataType.DOUBLE).getLabels()));
            curvatures[run] = SmallGraphs.state(sd, AdaHessian.V_STATE).get("k");
        }
        for (int kernel = 0; kernel < 8; kernel++) {
            double mean = 0;
            for (int i = 0; i < 6; i++) {
                mean += Math.sqrt(curvatures[0][8 * i + kernel]) / 6;
            }
            for (int i = 0; i < 6; i++) {
                assertThat(Math.sqrt(curvatures[1][8 * i + kernel])).isCloseTo(mean, within(1e-12));
            }
        }
    }

    @Test
    void more_probes_should_average() {
        AdaHessian fresh = AdaHessian.builder().beta2(0).build();
        double[][] curvatures = new double[2][];
        for (int run = 0; run < 2; run++) {
            SameDiff sd = SmallGraphs.mlp(fresh, DataType.DOUBLE);
            sd.setListeners(
                    SameDiffCurvatureListener.builder().seed(run).probes(2000).build());
            SmallGraphs.train(sd, 0, 1, DataType.DOUBLE);
            curvatures[run] = SmallGraphs.flat(SmallGraphs.state(sd, AdaHessian.V_STATE));
        }
        double largest = Arrays.stream(curvatures[0]).max().orElseThrow();
        for (int i = 0; i < curvatures[0].length; i++) {
            assertThat(Math.sqrt(curvatures[1][i]))
                    .isCloseTo(Math.sqrt(curvatures[0][i]), within(0.1 * Math.sqrt(largest)));
        }
    }
}
