/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.jspecify.annotations.Nullable;

/**
 * How many threads share one step.
 */
final class Threads {

    /** Above this a typing error is more likely than a machine. */
    private static final int MOST = 1024;

    private Threads() {}

    /**
     * The system property if set, else OMP_NUM_THREADS as ND4J's own operations take it, else one per processor.
     *
     * @param property value of {@code newton4j.threads}, or null
     * @param environment value of {@code OMP_NUM_THREADS}, or null; anything OpenMP would not understand is ignored
     * @return at least 1
     * @throws IllegalArgumentException if the property is not a number from 1 to 1024
     */
    static int configured(@Nullable String property, @Nullable String environment) {
        if (property != null) {
            int threads = number(property);
            if (threads == 0) {
                throw new IllegalArgumentException("System property newton4j.threads is '" + property
                        + "', must be a whole number from 1 to " + MOST);
            }
            return threads;
        }
        // "8,2" gives one number per nesting level; the first is the outer one.
        int omp = environment == null ? 0 : number(environment.split(",", -1)[0]);
        return omp > 0 ? omp : Runtime.getRuntime().availableProcessors();
    }

    private static int number(String text) {
        try {
            int value = Integer.parseInt(text.trim());
            return value >= 1 && value <= MOST ? value : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
