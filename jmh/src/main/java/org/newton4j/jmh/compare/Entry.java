/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * An optimizer as it runs.
 *
 * @param contestant the optimizer
 * @param learningRate its step size
 * @param settings other hyper-parameters that are not at their default, name → value as typed
 * @param source where learning rate or settings come from, for the report
 */
record Entry(Contestant contestant, double learningRate, Map<String, String> settings, String source) {
    static final String TUNED = "tuned";
    static final String UNTUNED = "not tuned yet, middle of the grid";
    static final String TRIAL = "trial";
    static final String GIVEN = "--lr";
    static final String SET = "--set";

    /** Settings in one cell: "epsilon 0.01, updateInterval 5"; empty if all are at their defaults. */
    String settingsText() {
        return settings.entrySet().stream()
                .map(setting -> setting.getKey() + " " + setting.getValue())
                .collect(Collectors.joining(", "));
    }

    /** Learning rate and settings, for logs and notes. */
    String text() {
        String rate = Text.number(learningRate);
        return settings.isEmpty() ? rate : rate + ", " + settingsText();
    }
}
