/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Map;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.serde.json.JsonMappers;
import org.nd4j.shade.jackson.databind.JsonNode;

/** Ranges of the numbers of Deeplearning4j's updaters, which check nothing themselves. */
final class BaseNumbers {

    private static final String OF_DEEPLEARNING4J = Sgd.class.getPackageName();

    /** By field; numbers without a range of their own are finite and at least 0. */
    private static final Map<String, Range> RANGES = Map.of(
            "momentum", Range.DECAY,
            "beta1", Range.DECAY,
            "beta2", Range.DECAY,
            "rho", Range.DECAY,
            "rmsDecay", Range.DECAY);

    /** Fields that a schedule replaces, in which case they hold NaN. */
    private static final Map<String, String> SCHEDULES =
            Map.of("learningRate", "learningRateSchedule", "momentum", "momentumISchedule");

    private BaseNumbers() {}

    /**
     * Lets a base updater through whose numbers are legal.
     *
     * @param base ours, which has checked itself, Deeplearning4j's, or somebody else's, of which only the learning rate
     *     is known; Not modified
     * @throws IllegalArgumentException if a number is out of range or NaN
     */
    static void check(IUpdater base) {
        if (base.getClass().getPackageName().equals(OF_DEEPLEARNING4J)) {
            JsonNode numbers = JsonMappers.getMapper().valueToTree(base);
            numbers.fields().forEachRemaining(each -> {
                boolean scheduled = numbers.hasNonNull(SCHEDULES.getOrDefault(each.getKey(), ""));
                if (each.getValue().isNumber() && !scheduled) {
                    check(RANGES.getOrDefault(each.getKey(), Range.LEARNING_RATE), each.getKey(), each.getValue());
                }
            });
        } else if (base.hasLearningRate() && !(base instanceof NamedSettings)) {
            double learningRate = base.getLearningRate(0, 0);
            if (!Range.LEARNING_RATE.contains(learningRate)) {
                throw new IllegalArgumentException("base = " + base + ", but its learning rate, " + learningRate
                        + ", must be " + Range.LEARNING_RATE.text());
            }
        }
    }

    private static void check(Range range, String name, JsonNode value) {
        if (!range.contains(value.doubleValue())) {
            throw new IllegalArgumentException(
                    "base." + name + " = " + value.asText() + ", but must be " + range.text());
        }
    }
}
