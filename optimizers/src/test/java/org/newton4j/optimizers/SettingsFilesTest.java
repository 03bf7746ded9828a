/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.CycleSchedule;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;
import org.newton4j.optimizers.update.MkorFallback;
import org.newton4j.optimizers.update.MkorRule;

/** What a file holds is checked like what is typed, by Deeplearning4j's own reader, whatever its mapper tolerates. */
class SettingsFilesTest {

    private static final MapSchedule SCHEDULE = new MapSchedule(ScheduleType.EPOCH, Map.of(0, 0.1, 5, 0.01));

    static Stream<Arguments> refused() {
        return Stream.of(
                of(
                        new AdaHessian(),
                        "learningRate",
                        "null",
                        "learningRate = null, but must be a number, finite and at least 0; leave it out for the default 0.15"),
                of(
                        new AdaHessian(),
                        "beta1",
                        "null",
                        "beta1 = null, but must be a number, in [0, 1); leave it out for the default 0.9"),
                of(new AdaHessian(), "beta1", "\"0.9\"", "beta1 = \"0.9\", but must be a number, in [0, 1)"),
                of(new AdaHessian(), "beta1", "true", "beta1 = true, but must be a number, in [0, 1)"),
                of(new AdaHessian(), "beta1", "[0.9]", "beta1 = [0.9], but must be a number, in [0, 1)"),
                of(new AdaHessian(), "beta1", "1.5", "beta1 = 1.5, but must be in [0, 1)"),
                of(
                        new AdaHessian(),
                        "learningRate",
                        "1e400",
                        "learningRate = Infinity, but must be finite and at least 0"),
                of(new AdaHessian(), "spatialAveraging", "null", "spatialAveraging = null, but must be true or false"),
                of(new AdaHessian(), "spatialAveraging", "1", "spatialAveraging = 1, but must be true or false"),
                of(
                        new AdaHessian(),
                        "spatialAveraging",
                        "\"true\"",
                        "spatialAveraging = \"true\", but must be true or false"),
                of(
                        new AdaHessian(),
                        "updateInterval",
                        "2.5",
                        "updateInterval = 2.5, but must be a whole number, at least 1; leave it out for the default 1"),
                of(
                        new AdaHessian(),
                        "updateInterval",
                        "null",
                        "updateInterval = null, but must be a whole number, at least 1"),
                of(
                        new AdaHessian(),
                        "updateInterval",
                        "\"2\"",
                        "updateInterval = \"2\", but must be a whole number, at least 1"),
                of(
                        new AdaHessian(),
                        "updateInterval",
                        "4294967297",
                        "updateInterval = 4294967297, but must be at most 2147483647 in size, at least 1"),
                of(
                        new AdaHessian(),
                        "learninRate",
                        "0.1",
                        "there is no setting learninRate (did you mean learningRate?); known are beta1, beta2, epsilon"),
                of(new AdaHessian(), "weightDecay", "null", "there is no setting weightDecay; known are"),
                of(
                        new AdaHessian(),
                        "learningRateSchedule",
                        "null",
                        "learningRateSchedule = null, but must be an object"),
                of(
                        new AdaHessian(),
                        "learningRateSchedule",
                        "0.1",
                        "learningRateSchedule = 0.1, but must be an object"),
                of(new Lion(), "Beta2", "0.9", "there is no setting Beta2 (did you mean beta2?)"),
                of(new DiffGrad(), "epsilon", "0", "epsilon = 0.0, but must be finite and greater than 0"),
                of(new Sophia(), "estimator", "\"GNB\"", "estimator = \"GNB\", but must be one of G, H"),
                of(new Sophia(), "estimator", "1", "estimator = 1, but must be one of G, H"),
                of(
                        new Sophia(),
                        "batchFactor",
                        "null",
                        "batchFactor = null, but must be a number, finite and greater than 0"),
                of(
                        new Mkor(),
                        "rule",
                        "\"exact\"",
                        "rule = \"exact\", but must be one of EXACT, PAPER, REFERENCE, FULL (did you mean EXACT?)"),
                of(new Mkor(), "include", "[null]", "include = [null], but must be a list of names"),
                of(new Mkor(), "include", "[0]", "include = [0], but must be a list of names"),
                of(new Mkor(), "include", "\"fc\"", "include = \"fc\", but must be a list of names"),
                of(new Mkor(), "factorType", "\"FLOAT32\"", "factorType = \"FLOAT32\", but must be one of"),
                of(new Mkor(), "fallback", "{\"beta\":null}", "fallback"),
                of(new Mkor(), "fallback", "{\"patience\":2.5}", "fallback.patience = 2.5, but must be a whole number"),
                of(
                        new Mkor(),
                        "fallback",
                        "{\"patiense\":2}",
                        "fallback: there is no setting patiense (did you mean patience?)"),
                of(
                        new Kfac(),
                        "klClip",
                        "\"small\"",
                        "klClip = \"small\", but must be a number, finite and at least 0"),
                of(
                        new Mfac(),
                        "memoryBudget",
                        "1.5",
                        "memoryBudget = 1.5, but must be a whole number, at least 1 byte"),
                of(new Mfac(), "base", "null", "base = null, but must be an object with @class"),
                of(
                        new Mfac(),
                        "base",
                        "{\"learningRate\":0.1}",
                        "base.@class = null, but must be the full name of a class"),
                of(
                        new Mfac(),
                        "base",
                        "{\"@class\":\"org.nd4j.Sgdd\"}",
                        "base.@class = \"org.nd4j.Sgdd\", but must be the full name of a class"),
                of(new Mfac(), "base", "{\"@class\":\"org.nd4j.linalg.schedule.StepSchedule\"}", "base.@class = "));
    }

    static Stream<Arguments> refusedInBase() {
        List<Arguments> all = new ArrayList<>();
        for (IUpdater base : List.of(new Sgd(0.1), new Nesterovs(0.1, 0.9), new Adam(0.1), new RmsProp(0.1))) {
            for (IUpdater outer : List.of(new Mkor(base), new Kfac(base), new Mfac(base))) {
                all.add(of(outer, "learningRate", "null", "base.learningRate = null, but must be a number"));
                all.add(of(outer, "learningRate", "-1", "base.learningRate = -1.0, but must be finite and at least 0"));
                all.add(of(
                        outer,
                        "learningRate",
                        "\"NaN\"",
                        "base.learningRate = NaN, but must be finite and at least 0"));
                all.add(of(
                        outer,
                        "learningRate",
                        "\"Infinity\"",
                        "base.learningRate = Infinity, but must be finite and at least 0"));
                all.add(of(outer, "learningRate", "\"0.1\"", "base.learningRate = \"0.1\", but must be a number"));
                all.add(of(
                        outer,
                        "learninRate",
                        "0.2",
                        "base: there is no setting learninRate (did you mean learningRate?)"));
                all.add(of(
                        outer,
                        "learninRate",
                        "null",
                        "base: there is no setting learninRate (did you mean learningRate?)"));
            }
        }
        all.add(of(
                new Mkor(new Lion(0.1)),
                "learningRate",
                "null",
                "learningRate = null, but must be a number, finite and at least 0"));
        all.add(of(new Mkor(new Lion(0.1)), "beta3", "0.1", "there is no setting beta3 (did you mean beta1?)"));
        all.add(of(
                new Mkor(new Nesterovs(0.1, 0.9)), "momentum", "null", "base.momentum = null, but must be a number"));
        all.add(of(new Mkor(new Nesterovs(0.1, 0.9)), "momentum", "1.5", "base.momentum = 1.5, but must be in [0, 1)"));
        all.add(of(new Kfac(new Adam(0.1)), "beta1", "null", "base.beta1 = null, but must be a number"));
        all.add(of(new Kfac(new Adam(0.1)), "epsilon", "-1", "base.epsilon = -1.0, but must be finite and at least 0"));
        all.add(of(new Kfac(new AdaDelta()), "rho", "\"high\"", "base"));
        return all.stream();
    }

    static Stream<IUpdater> good() {
        return Stream.of(
                new AdaHessian(SCHEDULE),
                AdaHessian.builder()
                        .learningRate(1e10)
                        .epsilon(1e-300)
                        .updateInterval(7)
                        .build(),
                Sophia.builder().batchFactor(1e7).estimator(Sophia.Estimator.H).build(),
                new Lion(new StepSchedule(ScheduleType.ITERATION, 0.1, 0.5, 100)),
                new DiffGrad(new CycleSchedule(ScheduleType.ITERATION, 0.1, 0.5, 100, 10, 0.1)),
                Mkor.builder()
                        .stabilizerThreshold(Double.POSITIVE_INFINITY)
                        .include(List.of("0", "fc 1", "null"))
                        .factorType(DataType.HALF)
                        .fallback(new MkorFallback(0.2, 3, 0.5, 20))
                        .build(),
                Mkor.builder().rule(MkorRule.FULL).dampingSchedule(SCHEDULE).build(),
                Mkor.builder().rule(MkorRule.REFERENCE).clipping(1e8).build(),
                Mfac.builder().memoryBudget(1L << 40).storage(DataType.BFLOAT16).build(),
                Kfac.builder()
                        .dampingSchedule(new ExponentialSchedule(ScheduleType.EPOCH, 0.1, 0.9))
                        .build(),
                new Mkor(new Sgd(SCHEDULE)),
                new Mkor(new Nesterovs(SCHEDULE, SCHEDULE)),
                new Mkor(new Nesterovs(0.1, SCHEDULE)),
                new Kfac(new Adam(SCHEDULE)),
                new Kfac(new AdaDelta()),
                new Mfac(new NoOp()),
                new Mfac(new Nadam(1e-5)),
                new Mfac(new AdaGrad(0)),
                new Mkor(new Lion(SCHEDULE)));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void a_wrong_field_should_be_refused_by_name(IUpdater updater, String field, String value, String message) {
        assertRefused(conf(updater), "iupdater", field, value, message);
    }

    @ParameterizedTest
    @MethodSource("refusedInBase")
    void a_wrong_field_of_a_base_should_be_refused_by_name(
            IUpdater updater, String field, String value, String message) {
        assertRefused(conf(updater), "base", field, value, message);
    }

    @ParameterizedTest
    @MethodSource("good")
    void what_was_written_should_be_read(IUpdater updater) {
        MultiLayerConfiguration conf = conf(updater);

        assertThat(read(MultiLayerConfiguration.fromJson(conf.toJson()))).isEqualTo(updater);
        assertThat(read(MultiLayerConfiguration.fromYaml(conf.toYaml()))).isEqualTo(updater);
        ComputationGraphConfiguration graph = graph(updater);
        assertThat(ComputationGraphConfiguration.fromJson(graph.toJson())).isEqualTo(graph);
        assertThat(ComputationGraphConfiguration.fromYaml(graph.toYaml())).isEqualTo(graph);
    }

    @Test
    void what_is_left_out_should_be_the_default() {
        String json = conf(new Mkor(new Nesterovs(0.3, 0.5))).toJson();
        assertThat(read(MultiLayerConfiguration.fromJson(without(json, "learningRate"))))
                .isEqualTo(new Mkor(new Nesterovs(Nesterovs.DEFAULT_NESTEROV_LEARNING_RATE, 0.5)));
        assertThat(read(MultiLayerConfiguration.fromJson(without(json, "gamma"))))
                .isEqualTo(new Mkor(new Nesterovs(0.3, 0.5)));
        String fallback = conf(Mkor.builder()
                        .fallback(new MkorFallback(0.2, 3, 0.5, 20))
                        .build())
                .toJson();
        assertThat(read(MultiLayerConfiguration.fromJson(without(fallback, "patience"))))
                .isEqualTo(Mkor.builder()
                        .fallback(new MkorFallback(0.2, MkorFallback.DEFAULT_PATIENCE, 0.5, 20))
                        .build());
    }

    @Test
    void null_where_a_schedule_may_be_missing_in_a_base_should_be_read() {
        String json = with(conf(new Mkor(new Sgd(0.1))).toJson(), "base", "learningRateSchedule", "null");
        assertThat(read(MultiLayerConfiguration.fromJson(json))).isEqualTo(new Mkor(new Sgd(0.1)));
    }

    @Test
    void yaml_should_be_read_as_strictly() {
        String yaml = conf(new Mkor(new Nesterovs(0.25, 0.5))).toYaml();
        Map.of(
                        "learningRate: null", "Mkor: base.learningRate = null, but must be a number",
                        "learningRate: -1", "Mkor: base.learningRate = -1.0, but must be finite and at least 0",
                        "learningRate: fast", "Mkor: base.learningRate = \"fast\", but must be a number",
                        "learninRate: 0.25", "Mkor: base: there is no setting learninRate (did you mean learningRate?)")
                .forEach((line, message) -> assertThatThrownBy(
                                () -> MultiLayerConfiguration.fromYaml(yaml.replace("learningRate: 0.25", line)))
                        .hasMessageContaining(message));
        assertThatThrownBy(() ->
                        MultiLayerConfiguration.fromYaml(yaml.replace("updateInterval: 1", "updateInterval: 1.5")))
                .hasMessageContaining("Mkor: updateInterval = 1.5, but must be a whole number, at least 1");
    }

    @Test
    void a_field_given_twice_should_be_refused() {
        String json = conf(new Lion(0.1)).toJson().replace("\"beta1\"", "\"beta2\" : 0.5, \"beta1\"");
        assertThatThrownBy(() -> MultiLayerConfiguration.fromJson(json))
                .hasMessageContaining("Lion: beta2 is given twice");
    }

    @Test
    void the_class_may_stand_at_the_end() {
        String json = conf(new Lion(0.25)).toJson();
        String head = "\"@class\" : \"" + Lion.class.getName() + "\"";
        assertThat(json).contains(head + ",");
        String moved =
                json.replace(head + ",", "").replace("\"learningRate\" : 0.25", "\"learningRate\" : 0.25, " + head);
        assertThat(read(MultiLayerConfiguration.fromJson(moved))).isEqualTo(new Lion(0.25));
    }

    private static void assertRefused(
            MultiLayerConfiguration conf, String in, String field, String value, String message) {
        String json = with(conf.toJson(), in, field, value);
        assertThatThrownBy(() -> MultiLayerConfiguration.fromJson(json)).hasMessageContaining(message);
        ComputationGraphConfiguration graph = graph(((BaseLayer) conf.getConf(0).getLayer()).getIUpdater());
        assertThatThrownBy(() -> ComputationGraphConfiguration.fromJson(with(graph.toJson(), in, field, value)))
                .hasMessageContaining(message);
    }

    /** Sets a field of the object that follows a name, with a value that is text of JSON. */
    private static String with(String json, String in, String field, String value) {
        int start = json.indexOf("\"" + in + "\"");
        int brace = json.indexOf('{', start);
        int end = brace;
        for (int depth = 0; ; end++) {
            depth += json.charAt(end) == '{' ? 1 : json.charAt(end) == '}' ? -1 : 0;
            if (depth == 0) {
                break;
            }
        }
        String object = json.substring(brace, end + 1);
        String replaced = object.replaceFirst(
                "\"" + field + "\" : (\\{[^{}]*}|[^,}\n]*)", "\"" + field + "\" : " + Matcher.quoteReplacement(value));
        if (replaced.equals(object)) {
            replaced = object.substring(0, object.length() - 1) + ", \"" + field + "\" : " + value + "}";
        }
        if (field.equals("base")) {
            replaced = "{\"@class\" : \"" + Mfac.class.getName() + "\", \"base\" : " + value + "}";
        }
        return json.substring(0, brace) + replaced + json.substring(end + 1);
    }

    private static String without(String json, String field) {
        return json.replaceAll("\\s*\"" + field + "\" : [^,{}]*,", "");
    }

    private static IUpdater read(MultiLayerConfiguration conf) {
        return ((BaseLayer) conf.getConf(0).getLayer()).getIUpdater();
    }

    private static MultiLayerConfiguration conf(IUpdater updater) {
        return new NeuralNetConfiguration.Builder()
                .updater(updater)
                .list()
                .layer(new OutputLayer.Builder().nIn(2).nOut(2).build())
                .build();
    }

    private static ComputationGraphConfiguration graph(IUpdater updater) {
        return new NeuralNetConfiguration.Builder()
                .updater(updater)
                .graphBuilder()
                .addInputs("in")
                .addLayer("out", new OutputLayer.Builder().nIn(2).nOut(2).build(), "in")
                .setOutputs("out")
                .build();
    }

    private static Arguments of(IUpdater updater, String field, String value, String message) {
        return Arguments.of(updater, field, value, message);
    }
}
