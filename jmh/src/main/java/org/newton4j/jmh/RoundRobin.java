/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.Arrays;
import java.util.List;

/**
 * Times pieces of work in turn, so that what else the machine does meets all of them alike.
 *
 * <p>A round runs every piece once; each round starts one piece later. What is reported are medians over the rounds of an
 * iteration: of the time, and of the ratio of two times of one round. JMH adds up counters of type EVENTS over the
 * iterations; what is reported here is divided by their number, so that the sum is a mean.
 */
final class RoundRobin {

    private static final double NANOS_PER_MILLI = 1e6;

    private final List<Runnable> pieces;
    private final int iterations;
    private long[][] nanos = new long[64][];
    private int rounds;

    /**
     * Runs nothing yet.
     *
     * @param iterations that count, at least 1
     * @param pieces of work
     */
    RoundRobin(int iterations, List<Runnable> pieces) {
        this.iterations = iterations;
        this.pieces = List.copyOf(pieces);
    }

    /** Forgets what was measured, between iterations. */
    void clear() {
        rounds = 0;
    }

    /** Runs every piece once. */
    void round() {
        long[] times = new long[pieces.size()];
        for (int i = 0; i < times.length; i++) {
            int piece = (rounds + i) % times.length;
            long start = System.nanoTime();
            pieces.get(piece).run();
            times[piece] = System.nanoTime() - start;
        }
        if (rounds == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * rounds);
        }
        nanos[rounds++] = times;
    }

    /** Time of a piece in milliseconds, its share of the mean over iterations. */
    double millis(int piece) {
        return median(Arrays.stream(nanos, 0, rounds)
                .mapToDouble(times -> times[piece] / NANOS_PER_MILLI)
                .toArray());
    }

    /** Time of a piece divided by that of another in the same round, its share of the mean over iterations. */
    double ratio(int over, int under) {
        return median(Arrays.stream(nanos, 0, rounds)
                .mapToDouble(times -> times[over] / (double) times[under])
                .toArray());
    }

    private double median(double[] values) {
        if (values.length == 0) {
            return 0;
        }
        Arrays.sort(values);
        int half = values.length / 2;
        return (values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2) / iterations;
    }
}
