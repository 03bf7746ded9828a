/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.oneHot;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.newton4j.curvature.inverse.MatrixNorm;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.update.MkorFallback;
import org.newton4j.optimizers.update.MkorRule;
import org.newton4j.optimizers.update.NonFinite;
import org.newton4j.optimizers.update.NonFiniteException;

class MkorTrainingTest {

    private static final int N = 6;

    @TempDir
    Path folder;

    private static Mkor.Builder small() {
        return Mkor.builder().base(new Nesterovs(0.02, 0.9));
    }

    private static NeuralNetConfiguration.Builder settings(IUpdater updater, DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(type)
                .activation(Activation.TANH)
                .updater(updater);
    }

    private static MultiLayerConfiguration mlp(IUpdater updater, DataType type) {
        return settings(updater, type)
                .list()
                .layer(new DenseLayer.Builder()
                        .name("first")
                        .nIn(4)
                        .nOut(6)
                        .dropOut(0.8)
                        .build())
                .layer(new DenseLayer.Builder()
                        .name("middle")
                        .nIn(6)
                        .nOut(5)
                        .hasBias(false)
                        .build())
                .layer(output("last", 5))
                .build();
    }

    private static OutputLayer output(String name, int inputs) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .name(name)
                .nIn(inputs)
                .nOut(3)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static MultiLayerNetwork net(IUpdater updater) {
        return start(new MultiLayerNetwork(mlp(updater, DataType.FLOAT)));
    }

    private static MultiLayerNetwork start(MultiLayerNetwork net) {
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static ComputationGraph graph(IUpdater updater) {
        ComputationGraph net = new ComputationGraph(settings(updater, DataType.FLOAT)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(5, 5, 2))
                .addLayer("conv", new ConvolutionLayer.Builder(2, 2).nOut(3).build(), "in")
                .addLayer("norm", new BatchNormalization(), "conv")
                .addLayer("dense", new DenseLayer.Builder().nOut(4).dropOut(0.8).build(), "norm")
                .addLayer("out", output("out", 0), "dense")
                .setOutputs("out")
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static DataSet batch(int t) {
        INDArray x = ramp(N, 4).addi(0.3 * t).muli(1 + 0.1 * (t % 3)).castTo(DataType.FLOAT);
        return new DataSet(x, oneHot(N, 3).castTo(DataType.FLOAT));
    }

    private static void fit(Model net, int from, int to) {
        for (int t = from; t < to; t++) {
            if (net instanceof MultiLayerNetwork mln) {
                mln.fit(batch(t));
            } else {
                INDArray x = ramp(N, 2, 5, 5).addi(0.3 * t).castTo(DataType.FLOAT);
                ((ComputationGraph) net).fit(new DataSet(x, oneHot(N, 3).castTo(DataType.FLOAT)));
            }
        }
    }

    /** Variants that every resume has to survive; the interval of 3 puts the cuts on and off an update. */
    static Stream<Arguments> variants() {
        Map<String, Mkor> all = new TreeMap<>();
        for (MkorRule rule : MkorRule.values()) {
            all.put(
                    rule.name(),
                    small().rule(rule).gamma(0.97).updateInterval(3).warmup(2).build());
        }
        all.put("EXACT in HALF", small().factorType(DataType.HALF).build());
        all.put("EXACT in BFLOAT16", small().factorType(DataType.BFLOAT16).build());
        all.put(
                "FULL with a schedule",
                small().rule(MkorRule.FULL)
                        .updateInterval(2)
                        .dampingSchedule(new ExponentialSchedule(ScheduleType.ITERATION, 0.1, 0.9))
                        .build());
        all.put("MKOR-H", small().fallback(new MkorFallback(1e6, 2, 0.5, 4)).build());
        return all.entrySet().stream()
                .flatMap(
                        entry -> Stream.of(1, 3, 4, 6).map(cut -> Arguments.of(entry.getKey(), entry.getValue(), cut)));
    }

    @ParameterizedTest(name = "{0}, saved after {2}")
    @MethodSource("variants")
    void a_resumed_run_should_go_on_bit_by_bit(String name, Mkor mkor, int cut) throws Exception {
        Path file = folder.resolve("model.zip");
        Nd4j.getRandom().setSeed(7);
        MultiLayerNetwork net = net(mkor);
        fit(net, 0, cut);
        Checkpoints.save(net, file);
        fit(net, cut, 2 * cut + 3);
        Nd4j.getRandom().setSeed(99);
        MultiLayerNetwork again = Checkpoints.restoreMultiLayerNetwork(file);
        again.setListeners(new CurvatureListener());
        fit(again, cut, 2 * cut + 3);
        assertThat(again.params()).isEqualTo(net.params());

        Nd4j.getRandom().setSeed(7);
        ComputationGraph graph = graph(mkor);
        fit(graph, 0, cut);
        Checkpoints.save(graph, file);
        fit(graph, cut, 2 * cut + 3);
        Nd4j.getRandom().setSeed(99);
        ComputationGraph graphAgain = Checkpoints.restoreComputationGraph(file);
        graphAgain.setListeners(new CurvatureListener());
        fit(graphAgain, cut, 2 * cut + 3);
        assertThat(graphAgain.params()).isEqualTo(graph.params());
    }

    @Test
    void factors_should_survive_another_data_type() {
        for (MkorRule rule : MkorRule.values()) {
            MultiLayerNetwork net = net(small().rule(rule).build());
            fit(net, 0, 3);
            MultiLayerNetwork wide = net.convertDataType(DataType.DOUBLE);
            Checkpoints.copyState(net, wide);
            wide.setListeners(new CurvatureListener());
            fit(wide, 3, 4);
            assertThat(factor(wide, "first/a").dataType()).isEqualTo(DataType.DOUBLE);
            assertThat(error(factor(wide, "first/a"), eye(5))).isPositive();
        }
    }

    @Test
    void factors_of_another_network_should_be_refused() {
        MultiLayerNetwork net = net(small().build());
        fit(net, 0, 2);
        MultiLayerNetwork other = start(new MultiLayerNetwork(settings(small().build(), DataType.FLOAT)
                .list()
                .layer(new DenseLayer.Builder().name("first").nIn(4).nOut(7).build())
                .layer(output("last", 7))
                .build()));
        assertThatThrownBy(() -> Checkpoints.copyState(net, other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the saved factor 'first/g' has shape [6, 6], but this network needs [7, 7]");
    }

    @Test
    void exact_factors_should_be_inverses_of_moving_averages_over_1000_updates() {
        double gamma = 0.95;
        MultiLayerNetwork net = new MultiLayerNetwork(settings(
                        Mkor.builder()
                                .base(new Sgd(1e-3))
                                .gamma(gamma)
                                .stabilizerThreshold(Double.POSITIVE_INFINITY)
                                .build(),
                        DataType.DOUBLE)
                .list()
                .layer(new DenseLayer.Builder().name("first").nIn(3).nOut(3).build())
                .layer(output("last", 3))
                .build());
        net.init();
        Map<String, INDArray> averages = new TreeMap<>();
        List<KroneckerLayers.Covered> layers = KroneckerLayers.of(net).covered();
        layers.forEach(layer -> {
            averages.put(layer.geometry().name() + "/a", eye(layer.geometry().inputs()));
            averages.put(layer.geometry().name() + "/g", eye(layer.geometry().outputs()));
        });
        net.setListeners(new CurvatureListener());
        KroneckerStatistics statistics = KroneckerStatistics.of(net, new DataSet(ramp(N, 3), oneHot(N, 3)));
        for (int t = 0; t < 1000; t++) {
            DataSet batch = new DataSet(
                    ramp(N, 3).addi(Nd4j.createFromArray(Math.sin(t), Math.cos(2.1 * t), Math.sin(3.3 * t + 1))),
                    oneHot(N, 3));
            statistics.moveTo(batch.toMultiDataSet());
            for (LayerStatistics rows : statistics.empirical()) {
                String name = rows.layer().name();
                take(averages, name + "/a", rows.inputs().mean(0), gamma);
                take(averages, name + "/g", rows.deltas().mean(0), gamma);
            }
            net.fit(batch);
        }
        SavedArrays state = NetworkPreconditioners.of(net).states().get("MKOR@0");
        // Softmax deltas sum to 0, so the last G has an eigenvalue that decays like 0.95^t: 1e-23 beside 1.
        for (String name : List.of("first/a", "last/a", "first/g")) {
            INDArray product = state.array(name).mmul(averages.get(name));
            assertThat(error(product, eye((int) product.size(0)))).as(name).isLessThan(1e-3);
        }
        assertThat(state.whole("first/aUpdates")).isEqualTo(1000);
    }

    private static INDArray eye(int n) {
        return Nd4j.eye(n).castTo(DataType.DOUBLE);
    }

    private static void take(Map<String, INDArray> averages, String name, INDArray v, double gamma) {
        INDArray column = v.reshape(v.length(), 1);
        averages.get(name).muli(gamma).addi(column.mmul(column.transpose()).muli(1 - gamma));
    }

    static Stream<Arguments> changes() {
        return Stream.of(
                change("base", b -> b.base(new Sgd(0.02))),
                change("rule REFERENCE", b -> b.rule(MkorRule.REFERENCE)),
                change("rule PAPER", b -> b.rule(MkorRule.PAPER)),
                change("rule FULL", b -> b.rule(MkorRule.FULL)),
                change("gamma", b -> b.gamma(0.9)),
                change("updateInterval", b -> b.updateInterval(2)),
                from(
                        "warmup",
                        b -> b.updateInterval(4),
                        b -> b.updateInterval(4).warmup(3)),
                change("stabilizerThreshold", b -> b.stabilizerThreshold(1)),
                from(
                        "stabilizerNorm",
                        b -> b.stabilizerThreshold(1.3),
                        b -> b.stabilizerThreshold(1.3).stabilizerNorm(MatrixNorm.FROBENIUS)),
                from(
                        "stabilizerShare",
                        b -> b.stabilizerThreshold(1),
                        b -> b.stabilizerThreshold(1).stabilizerShare(0.5)),
                from(
                        "damping",
                        b -> b.rule(MkorRule.FULL),
                        b -> b.rule(MkorRule.FULL).damping(0.5)),
                from(
                        "dampingSchedule",
                        b -> b.rule(MkorRule.FULL),
                        b -> b.rule(MkorRule.FULL).dampingSchedule(new FixedSchedule(0.3))),
                from(
                        "clipping",
                        b -> b.rule(MkorRule.REFERENCE),
                        b -> b.rule(MkorRule.REFERENCE).clipping(0.1)),
                change("factorType", b -> b.factorType(DataType.BFLOAT16)),
                change("include", b -> b.include(List.of("first"))),
                change("exclude", b -> b.exclude(List.of("first"))),
                change("rescale", b -> b.rescale(false)),
                change("fallback", b -> b.fallback(new MkorFallback(1e6, 1, 0.5, 2))));
    }

    private static Arguments change(String name, UnaryOperator<Mkor.Builder> to) {
        return from(name, b -> b, to);
    }

    private static Arguments from(String name, UnaryOperator<Mkor.Builder> first, UnaryOperator<Mkor.Builder> second) {
        return Arguments.of(
                name, first.apply(small()).build(), second.apply(small()).build());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changes")
    void every_hyper_parameter_should_count_in_training_equality_text_and_json(String name, Mkor one, Mkor other)
            throws Exception {
        assertThat(other).isNotEqualTo(one).isEqualTo(other.clone()).doesNotHaveToString(one.toString());
        for (Mkor mkor : List.of(one, other)) {
            MultiLayerConfiguration configuration = mlp(mkor, DataType.FLOAT);
            assertThat(MultiLayerConfiguration.fromJson(configuration.toJson())).isEqualTo(configuration);
            assertThat(MultiLayerConfiguration.fromYaml(configuration.toYaml())).isEqualTo(configuration);
        }
        assertThat(trained(other, 5)).isNotEqualTo(trained(one, 5));
        assertThat(trained(one, 5)).isEqualTo(trained(one, 5));
    }

    private static INDArray trained(IUpdater updater, int steps) {
        Nd4j.getRandom().setSeed(3);
        MultiLayerNetwork net = net(updater);
        fit(net, 0, steps);
        return net.params();
    }

    /** D7: the reference accepts {@code stat_decay} and computes with 0.95. */
    @ParameterizedTest
    @EnumSource(MkorRule.class)
    void d7_gamma_should_not_be_ignored(MkorRule rule) {
        INDArray one = trained(small().rule(rule).updateInterval(1).gamma(0.95).build(), 4);
        INDArray other = trained(small().rule(rule).updateInterval(1).gamma(0.8).build(), 4);
        assertThat(other).isNotEqualTo(one);
    }

    /** D8: the reference replaces a factor by the identity instead of blending it. */
    @Test
    void d8_the_stabilizer_should_blend() {
        MultiLayerNetwork plain =
                net(small().stabilizerThreshold(Double.POSITIVE_INFINITY).build());
        MultiLayerNetwork blended = net(small().stabilizerThreshold(1e-6)
                .stabilizerShare(0.25)
                .updateInterval(1)
                .build());
        // One update: M = I is blended into I. The second starts from 0.25 M + 0.75 I.
        Nd4j.getRandom().setSeed(3);
        fit(plain, 0, 1);
        Nd4j.getRandom().setSeed(3);
        fit(blended, 0, 1);
        assertThat(factor(blended, "first/a")).isEqualTo(factor(plain, "first/a"));
        INDArray m = factor(blended, "first/a").castTo(DataType.DOUBLE);
        INDArray mean = Nd4j.ones(DataType.DOUBLE, 5);
        INDArray[] seen = new INDArray[1];
        blended.addListeners(new BaseTrainingListener() {
            @Override
            public void onBackwardPass(Model model) {
                seen[0] =
                        ((MultiLayerNetwork) model).getLayer(0).input().mean(0).dup();
            }
        });
        fit(blended, 1, 2);
        mean.get(NDArrayIndex.interval(0, 4)).assign(seen[0]);
        INDArray b = m.mul(0.25).addi(eye(5).muli(0.75));
        INDArray u = b.mmul(mean.reshape(5, 1));
        double s = u.mul(mean.reshape(5, 1)).sumNumber().doubleValue();
        INDArray expected =
                b.sub(u.mmul(u.transpose()).muli(0.05 / (0.95 + 0.05 * s))).divi(0.95);
        assertThat(error(factor(blended, "first/a").castTo(DataType.DOUBLE), expected))
                .isLessThan(1e-5);
    }

    private static INDArray factor(Model net, String name) {
        return NetworkPreconditioners.of(net).states().get("MKOR@0").array(name).dup();
    }

    /** D9: the reference names optimizers it does not accept. */
    @Test
    void d9_any_updater_should_do_as_base() {
        for (IUpdater base : List.of(
                new Sgd(0.05),
                new Nesterovs(0.02, 0.9),
                new Adam(0.01),
                new AMSGrad(0.01),
                new Lion(1e-3),
                new DiffGrad(0.01))) {
            MultiLayerNetwork net = net(new Mkor(base));
            fit(net, 0, 1);
            double first = net.score(batch(0));
            for (int t = 0; t < 30; t++) {
                net.fit(batch(0));
            }
            assertThat(net.score(batch(0))).as("%s", base).isLessThan(first);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = MkorRule.class,
            names = {"EXACT", "REFERENCE", "FULL"})
    void layers_of_every_kind_should_train(MkorRule rule) {
        MultiLayerNetwork net = new MultiLayerNetwork(
                settings(Mkor.builder().base(new Sgd(0.05)).rule(rule).build(), DataType.FLOAT)
                        .list()
                        .layer(new Convolution1DLayer.Builder(3)
                                .nOut(4)
                                .convolutionMode(ConvolutionMode.Same)
                                .build())
                        .layer(new GlobalPoolingLayer())
                        .layer(output("out", 0))
                        .setInputType(InputType.recurrent(2, 8))
                        .build());
        start(net);
        DataSet data =
                new DataSet(ramp(N, 2, 8).castTo(DataType.FLOAT), oneHot(N, 3).castTo(DataType.FLOAT));
        net.fit(data);
        double first = net.score();
        for (int t = 0; t < 40; t++) {
            net.fit(data);
        }
        assertThat(net.score()).isLessThan(0.9 * first);
    }

    @Test
    void a_half_network_should_train() {
        MultiLayerNetwork net = start(new MultiLayerNetwork(mlp(new Mkor(new Sgd(0.05)), DataType.FLOAT)));
        MultiLayerNetwork half = net.convertDataType(DataType.FLOAT16);
        half.setListeners(new CurvatureListener());
        half.fit(batch(0));
        double first = half.score();
        for (int t = 0; t < 30; t++) {
            half.fit(batch(0));
        }
        assertThat(half.score()).isLessThan(first);
    }

    @Test
    void names_should_choose_layers() {
        MultiLayerNetwork net = net(small().include(List.of("first", "last"))
                .exclude(List.of("last"))
                .build());
        fit(net, 0, 2);
        assertThat(NetworkPreconditioners.of(net).states().get("MKOR@0").all().keySet())
                .contains("first/a")
                .noneMatch(name -> name.startsWith("middle") || name.startsWith("last"));
        MultiLayerNetwork wrong = net(small().exclude(List.of("frist")).build());
        assertThatThrownBy(() -> fit(wrong, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[frist]")
                .hasMessageContaining("[first, last, middle]");
    }

    @Test
    void reference_and_layers_without_bias_should_cost_a_gradient_per_update() {
        CurvatureListener listener = new CurvatureListener();
        MultiLayerNetwork net = net(small().updateInterval(3).build());
        net.setListeners(listener);
        fit(net, 0, 7);
        assertThat(listener.gradientEvaluations()).isEqualTo(3);

        CurvatureListener free = new CurvatureListener();
        MultiLayerNetwork biased =
                net(small().exclude(List.of("middle")).updateInterval(3).build());
        biased.setListeners(free);
        fit(biased, 0, 7);
        assertThat(free.gradientEvaluations()).isZero();
    }

    @Test
    void paper_should_skip_with_a_message_or_fail_when_it_overflows() {
        MultiLayerNetwork net = net(Mkor.builder()
                .base(new Sgd(1e-4))
                .rule(MkorRule.PAPER)
                .gamma(0.5)
                .build());
        net.setListeners(CurvatureListener.builder().nonFinite(NonFinite.FAIL).build());
        DataSet large = new DataSet(batch(0).getFeatures().mul(30), batch(0).getLabels());
        assertThatThrownBy(() -> {
                    for (int t = 0; t < 500; t++) {
                        net.fit(large);
                    }
                })
                .isInstanceOf(NonFiniteException.class)
                .hasMessageContaining("MKOR: layer '")
                .hasMessageContaining("use EXACT");
        INDArray before = net.params().dup();
        Map<String, SavedArrays> state = NetworkPreconditioners.of(net).copiedStates();
        long iteration = net.getIterationCount();

        net.setListeners(new CurvatureListener());
        net.fit(large);
        assertThat(CurvatureListener.skippedSteps(net)).isEqualTo(1);
        assertThat(net.params()).isEqualTo(before);
        assertThat(net.getIterationCount()).isEqualTo(iteration + 1);
        NetworkPreconditioners.of(net)
                .states()
                .forEach((key, now) -> assertThat(now.all())
                        .isEqualTo(Objects.requireNonNull(state.get(key)).all()));
    }

    @Test
    void input_that_is_not_finite_should_leave_everything_as_it_was() {
        MultiLayerNetwork net = net(small().exclude(List.of("middle")).build());
        fit(net, 0, 3);
        INDArray before = net.params().dup();
        INDArray a = factor(net, "first/a");
        INDArray bad = batch(0).getFeatures();
        bad.putScalar(0, Double.NaN);
        net.fit(new DataSet(bad, batch(0).getLabels()));
        assertThat(net.params()).isEqualTo(before);
        assertThat(factor(net, "first/a")).isEqualTo(a);
        fit(net, 4, 6);
        assertThat(net.params()).isNotEqualTo(before);
    }

    @Test
    void fallback_should_hand_over_to_the_base_updater_for_good() {
        MultiLayerNetwork net =
                net(small().fallback(new MkorFallback(1e6, 1, 0.5, 3)).build());
        Nd4j.getRandom().setSeed(3);
        fit(net, 0, 4);
        SavedArrays state = NetworkPreconditioners.of(net).states().get("MKOR@0");
        assertThat(state.array("progress").getDouble(6)).isEqualTo(1);
        assertThat(state.has("first/a")).isFalse();
        MultiLayerNetwork plain = net(new Nesterovs(0.02, 0.9));
        plain.setParams(net.params().dup());
        plain.getUpdater()
                .setStateViewArray(plain, net.getUpdater().getStateViewArray().dup(), false);
        plain.setIterationCount(net.getIterationCount());
        Nd4j.getRandom().setSeed(4);
        fit(net, 4, 8);
        Nd4j.getRandom().setSeed(4);
        fit(plain, 4, 8);
        assertThat(net.params()).isEqualTo(plain.params());
    }

    @Test
    void settings_without_effect_should_be_refused() {
        assertThatThrownBy(() -> Mkor.builder().damping(0.1).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("damping is set, but rule EXACT has none");
        assertThatThrownBy(() -> Mkor.builder()
                        .rule(MkorRule.REFERENCE)
                        .stabilizerShare(0.5)
                        .build())
                .hasMessageContaining("a stabilizer is set, but rule REFERENCE has none");
        assertThatThrownBy(() -> Mkor.builder().clipping(1).build()).hasMessageContaining("clipping is set");
        assertThatThrownBy(() -> Mkor.builder()
                        .rule(MkorRule.FULL)
                        .factorType(DataType.HALF)
                        .build())
                .hasMessageContaining("factorType is set");
        assertThatThrownBy(() -> Mkor.builder().gamma(1)).hasMessageContaining("gamma = 1.0, but must be strictly");
        assertThatThrownBy(() -> Mkor.builder().gamma(Double.NaN)).hasMessageContaining("gamma = NaN");
        assertThatThrownBy(() -> Mkor.builder().updateInterval(0)).hasMessageContaining("updateInterval = 0");
        assertThatThrownBy(() -> Mkor.builder().warmup(-1)).hasMessageContaining("warmup = -1");
        assertThatThrownBy(() -> Mkor.builder().stabilizerThreshold(0)).hasMessageContaining("stabilizerThreshold");
        assertThatThrownBy(() -> Mkor.builder().factorType(DataType.INT)).hasMessageContaining("factorType = INT");
        assertThatThrownBy(() -> Mkor.builder().include(List.of())).hasMessageContaining("include = []");
        assertThat(Mkor.builder().rule(MkorRule.FULL).build().hyperParameters())
                .containsEntry("updateInterval", Mkor.DEFAULT_FULL_UPDATE_INTERVAL)
                .containsEntry("damping", Mkor.DEFAULT_DAMPING)
                .doesNotContainKeys("clipping", "stabilizerShare");
    }
}
