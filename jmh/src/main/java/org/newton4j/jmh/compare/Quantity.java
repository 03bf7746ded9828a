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
    Figure of(Map<SpeedJob, Outcome> outcomes);

    /**
     * The mean time of a call.
     *
     * @param job the benchmark
     */
    record Time(SpeedJob job) implements Quantity {
        @Override
        public List<SpeedJob> jobs() {
            return List.of(job);
        }

        @Override
        public Score of(Map<SpeedJob, Outcome> outcomes) {
            Outcome outcome = outcomes.get(job);
            return outcome == null ? Score.UNKNOWN : outcome.mean();
        }
    }

    /**
     * A quotient of two times that were measured one after the other.
     *
     * @param over numerator
     * @param under denominator
     * @param factor both are put on the same footing with
     */
    record Quotient(SpeedJob over, SpeedJob under, double factor) implements Quantity {
        @Override
        public List<SpeedJob> jobs() {
            return List.of(over, under);
        }

        @Override
        public Score of(Map<SpeedJob, Outcome> outcomes) {
            return new Time(over).of(outcomes).over(new Time(under).of(outcomes), factor);
        }
    }

    /**
     * The median over rounds of (plus - minus) / under, each taken within one round.
     *
     * @param job the benchmark
     * @param plus a contestant
     * @param minus a contestant, or null for nothing
     * @param under a contestant, or null for 1
     */
    record InRounds(
            SpeedJob job,
            String plus,
            @Nullable String minus,
            @Nullable String under) implements Quantity {
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
                values[i] /= under == null ? 1 : times(outcome, under)[i];
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
}
