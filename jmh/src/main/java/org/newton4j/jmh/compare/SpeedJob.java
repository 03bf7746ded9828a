/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * One JMH benchmark whose contestants take turns, with a value for each of its parameters.
 *
 * @param benchmark class and method, without the package
 * @param parameters parameter → value
 * @param rounds how many, at the usual number of iterations
 */
record SpeedJob(String benchmark, Map<String, String> parameters, int rounds) {
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
