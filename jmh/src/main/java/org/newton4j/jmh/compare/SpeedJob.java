/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * One JMH benchmark with a value for each of its parameters.
 *
 * @param benchmark class and method, without the package
 * @param parameters parameter → value
 */
record SpeedJob(String benchmark, Map<String, String> parameters) {
    static final String PACKAGE = "org.newton4j.jmh.";

    String fullName() {
        return PACKAGE + benchmark;
    }

    @Override
    public String toString() {
        return parameters.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(p -> p.getKey() + "=" + p.getValue())
                .collect(Collectors.joining(" ", benchmark + " ", ""));
    }
}
