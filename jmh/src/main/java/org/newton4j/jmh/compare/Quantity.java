/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stands in a cell of the scoreboard, to be computed from what was measured. */
sealed interface Quantity {

    /** What has to be measured. */
    List<SpeedJob> jobs();

    /**
     * The number.
     *
     * @param outcomes by job; a job that failed is missing
     */
    Median of(Map<SpeedJob, Outcome> outcomes);

    /**
     * The median over rounds of factor (plus - minus) / under, each taken within one round.
     *
     * @param job the benchmark
     * @param plus a contestant
     * @param minus a contestant, or null for nothing
     * @param under a contestant, or null for 1
     * @param factor puts both on the same footing
     */
    record InRounds(
            SpeedJob job,
            String plus,
            @Nullable String minus,
            @Nullable String under,
            double factor) implements Quantity {

        /** With factor 1. */
        InRounds(SpeedJob job, String plus, @Nullable String minus, @Nullable String under) {
            this(job, plus, minus, under, 1);
        }

        @Override
        public List<SpeedJob> jobs() {
            return List.of(job);
        }

        @Override
        public Median of(Map<SpeedJob, Outcome> outcomes) {
            Outcome outcome = outcomes.get(job);
            if (outcome == null) {
                return Median.of(new double[0]);
            }
            double[] values = times(outcome, plus).clone();
            for (int i = 0; i < values.length; i++) {
                values[i] -= minus == null ? 0 : times(outcome, minus)[i];
                values[i] = factor * values[i] / (under == null ? 1 : times(outcome, under)[i]);
            }
            return Median.of(values);
        }

        private double[] times(Outcome outcome, String contestant) {
            double[] times = outcome.rounds().get(contestant);
            if (times == null) {
                throw new IllegalStateException(job + " has no contestant " + contestant + ", only "
                        + outcome.rounds().keySet());
            }
            return times;
        }
    }

    /**
     * The quotient of two quantities that are ratios to something both jobs measured, for contestants that must not share a
     * process.
     *
     * @param over numerator
     * @param under denominator
     */
    record Quotient(InRounds over, InRounds under) implements Quantity {
        @Override
        public List<SpeedJob> jobs() {
            return List.of(over.job(), under.job());
        }

        @Override
        public Median of(Map<SpeedJob, Outcome> outcomes) {
            return over.of(outcomes).over(under.of(outcomes));
        }
    }
}
