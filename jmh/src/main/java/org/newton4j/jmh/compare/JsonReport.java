/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationFeature;

/** A comparison as JSON: settings, environment, summaries, every run. What is not a finite number is null. */
final class JsonReport {
    private JsonReport() {}

    static String of(Results results) throws IOException {
        Map<String, @Nullable Object> root = new LinkedHashMap<>();
        root.put("command", results.command());
        root.put("setting", setting(results.setting()));
        root.put("target", target(results.target()));
        root.put("environment", results.environment());
        root.put(
                "summary", results.summaries().stream().map(JsonReport::summary).toList());
        root.put(
                "runs",
                results.runs().stream().map(run -> run(run, results.target())).toList());
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(root) + "\n";
    }

    private static Map<String, @Nullable Object> target(Target target) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("metric", target.goal().metric().name().toLowerCase(Locale.ROOT));
        map.put("value", finite(target.value()));
        map.put("baseline", target.goal().automatic() ? Goal.BASELINE : null);
        map.put("baselineShareOfSteps", target.goal().automatic() ? Goal.BASELINE_SHARE : null);
        Map<String, @Nullable Object> bySeed = new LinkedHashMap<>();
        target.bySeed().forEach((seed, value) -> bySeed.put(String.valueOf(seed), finite(value)));
        map.put("bySeed", bySeed);
        return map;
    }

    private static Map<String, Object> setting(Setting setting) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("data", setting.data().name());
        map.put("trainImages", setting.data().train().count());
        map.put("testImages", setting.data().test().count());
        map.put("model", setting.model().label());
        map.put("layers", setting.model().layers());
        map.put("epochs", setting.budget().steps() / (double) setting.stepsPerEpoch());
        map.put("batch", setting.batch());
        map.put("steps", setting.budget().steps());
        map.put("stepsPerEpoch", setting.stepsPerEpoch());
        map.put("seeds", setting.seeds());
        map.put("evaluations", setting.budget().evaluations());
        map.put("evaluationsInSteps", setting.budget().unit());
        map.put("lossImages", setting.lossImages());
        map.put("accuracyImages", setting.testImages());
        map.put("warmUpSteps", Race.WARM_UP_STEPS);
        return map;
    }

    private static Map<String, @Nullable Object> entry(Entry entry) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("optimizer", entry.contestant().name());
        map.put("learningRate", entry.learningRate());
        map.put("learningRateSource", entry.source());
        map.put("settings", entry.settings());
        return map;
    }

    private static Map<String, @Nullable Object> summary(Summary s) {
        Map<String, @Nullable Object> map = entry(s.entry());
        map.put("diverged", s.divergedRuns());
        map.put("reachedTarget", s.reached());
        map.put("testAccuracy", finite(s.accuracy()));
        map.put("testAccuracyDeviation", finite(s.spread()));
        map.put("trainLoss", finite(s.loss()));
        map.put("trainLossDeviation", finite(s.lossSpread()));
        map.put("stepsToTarget", finite(s.steps()));
        map.put("gradientEvaluationsToTarget", finite(s.gradients()));
        map.put("secondsToTarget", finite(s.seconds()));
        map.put("stepsToTargetByAdams", finite(s.stepRatio()));
        map.put("secondsToTargetByAdams", finite(s.secondRatio()));
        map.put("gradientEvaluations", s.totalGradients());
        map.put("medianMillisPerStep", s.medianMillis());
        map.put("meanMillisPerStep", s.meanMillis());
        map.put("stateBytes", s.memory().view());
        map.put("stateBytesOutside", s.memory().outside());
        return map;
    }

    private static Map<String, @Nullable Object> run(Run run, Target target) {
        Map<String, @Nullable Object> map = entry(run.entry());
        map.put("seed", run.seed());
        map.put("divergedAtStep", run.diverged() ? run.divergedAt().getAsInt() : null);
        var reached = target.reached(run);
        map.put("reachedTargetAt", reached.isPresent() ? point(run.points().get(reached.getAsInt())) : null);
        map.put("gradientEvaluations", run.last().gradients());
        map.put("seconds", run.last().seconds());
        map.put("stateBytes", run.memory().view());
        map.put("stateBytesOutside", run.memory().outside());
        List<Map<String, @Nullable Object>> points =
                run.points().stream().map(JsonReport::point).toList();
        map.put("evaluations", points);
        return map;
    }

    private static Map<String, @Nullable Object> point(Point p) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("step", p.step());
        map.put("gradientEvaluations", p.gradients());
        map.put("seconds", p.seconds());
        map.put("trainLoss", finite(p.trainLoss()));
        map.put("testAccuracy", finite(p.testAccuracy()));
        return map;
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
