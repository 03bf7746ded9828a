/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * Contestants that take turns, so that a ratio of their times is that of one machine in one state (ADR 0012).
 *
 * <p>A round has one or more turns, and in each turn every contestant is called; who comes first changes from turn to turn, and
 * the direction from round to round, so that nobody always follows the same. Of several turns the fastest counts. Before
 * the first round come rounds that do not count, until what is called often has been compiled.
 */
final class Rounds {

    private static final long WARM_UP_NANOS = 2_000_000_000L;
    private static final double NANOS_PER_MILLI = 1e6;

    private boolean warm;
    private int round;

    /**
     * Who is measured.
     *
     * @param calls of a turn, whose mean counts
     * @param before what comes before each call and is not measured
     * @param work what is measured
     * @param millis takes the time of a call in milliseconds, once a round
     */
    record Contestant(int calls, Runnable before, Runnable work, DoubleConsumer millis) {

        /** One call with nothing before it. */
        Contestant(Runnable work, DoubleConsumer millis) {
            this(1, () -> {}, work, millis);
        }

        private double turn() {
            long nanos = 0;
            for (int call = 0; call < calls; call++) {
                before.run();
                long start = System.nanoTime();
                work.run();
                nanos += System.nanoTime() - start;
            }
            return nanos / NANOS_PER_MILLI / calls;
        }
    }

    /**
     * Plays a round, the first time after a warm-up of two seconds, or one round if that takes longer.
     *
     * @param turns of the round
     * @param contestants who take part; Not modified
     */
    void play(int turns, List<Contestant> contestants) {
        if (!warm) {
            long start = System.nanoTime();
            do {
                round(turns, contestants);
            } while (System.nanoTime() - start < WARM_UP_NANOS);
            warm = true;
        }
        round(turns, contestants);
    }

    private void round(int turns, List<Contestant> contestants) {
        int n = contestants.size();
        double[] fastest = new double[n];
        Arrays.fill(fastest, Double.POSITIVE_INFINITY);
        for (int turn = 0; turn < turns; turn++) {
            for (int i = 0; i < n; i++) {
                int who = Math.floorMod(turn + (round % 2 == 0 ? round + i : round - i), n);
                fastest[who] = Math.min(fastest[who], contestants.get(who).turn());
            }
        }
        for (int i = 0; i < n; i++) {
            contestants.get(i).millis().accept(fastest[i]);
        }
        round++;
    }
}
