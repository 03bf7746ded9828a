/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Locale;
import java.util.StringJoiner;

/** The numbers of a comparison as comma-separated values; no value contains a comma or a quote. */
final class CsvReport {
    private CsvReport() {}

    /** One line per evaluation; test_accuracy is empty for a network without labels. */
    static String results(Results results) {
        StringBuilder out = new StringBuilder(
                "optimizer,learning_rate,seed,step,gradient_evaluations,seconds,train_loss,test_accuracy\n");
        for (Run run : results.runs()) {
            for (Point p : run.points()) {
                row(
                        out,
                        run.entry().contestant().name(),
                        run.entry().learningRate(),
                        run.seed(),
                        p.step(),
                        p.gradients(),
                        p.seconds(),
                        p.trainLoss(),
                        p.testAccuracy());
            }
        }
        return out.toString();
    }

    /**
     * One line per optimizer; a target that was missed is "Infinity", what is not defined is empty. Settings are
     * separated by semicolons.
     */
    static String summary(Results results) {
        StringBuilder out = new StringBuilder("optimizer,learning_rate,runs,diverged,reached_target,test_accuracy,"
                + "test_accuracy_deviation,steps_to_target,gradient_evaluations_to_target,seconds_to_target,"
                + "gradient_evaluations,median_ms_per_step,mean_ms_per_step,state_bytes,state_bytes_outside,"
                + "settings,train_loss,train_loss_deviation,target_metric,target,steps_to_target_by_adams,"
                + "seconds_to_target_by_adams\n");
        for (Summary s : results.summaries()) {
            row(
                    out,
                    s.entry().contestant().name(),
                    s.entry().learningRate(),
                    s.runs().size(),
                    s.divergedRuns(),
                    s.reached(),
                    s.accuracy(),
                    s.spread(),
                    s.steps(),
                    s.gradients(),
                    s.seconds(),
                    s.totalGradients(),
                    s.medianMillis(),
                    s.meanMillis(),
                    s.memory().view(),
                    s.memory().outside(),
                    s.entry().settingsText().replace(", ", "; "),
                    s.loss(),
                    s.lossSpread(),
                    results.target().goal().metric().name().toLowerCase(Locale.ROOT),
                    results.target().value(),
                    s.stepRatio(),
                    s.secondRatio());
        }
        return out.toString();
    }

    private static void row(StringBuilder out, Object... values) {
        StringJoiner line = new StringJoiner(",", "", "\n");
        for (Object value : values) {
            line.add(value.equals(Double.NaN) ? "" : String.valueOf(value));
        }
        out.append(line);
    }
}
