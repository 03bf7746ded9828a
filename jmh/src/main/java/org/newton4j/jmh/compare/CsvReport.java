/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.StringJoiner;

/** The numbers of a comparison as comma-separated values; no value contains a comma or a quote. */
final class CsvReport {
    private CsvReport() {}

    /** One line per evaluation. */
    static String results(List<Run> runs) {
        StringBuilder out = new StringBuilder(
                "optimizer,learning_rate,seed,step,gradient_evaluations,seconds,train_loss,test_accuracy\n");
        for (Run run : runs) {
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

    /** One line per optimizer; a target that was missed is "Infinity". */
    static String summary(List<Summary> rows) {
        StringBuilder out = new StringBuilder("optimizer,learning_rate,runs,diverged,reached_target,test_accuracy,"
                + "test_accuracy_deviation,steps_to_target,gradient_evaluations_to_target,seconds_to_target,"
                + "gradient_evaluations,median_ms_per_step,mean_ms_per_step,state_bytes\n");
        for (Summary s : rows) {
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
                    s.stateBytes());
        }
        return out.toString();
    }

    private static void row(StringBuilder out, Object... values) {
        StringJoiner line = new StringJoiner(",", "", "\n");
        for (Object value : values) {
            line.add(String.valueOf(value));
        }
        out.append(line);
    }
}
