/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What the generated cases were and what each part cost. */
final class Tally {

    /** Parts of a case. */
    enum Part {
        BUILD,
        TRAIN,
        JSON,
        RESUME,
        FROZEN,
        PRODUCT,
        PLAIN
    }

    private final Map<Part, Long> nanos = new EnumMap<>(Part.class);
    private final Map<String, Integer> counts = new TreeMap<>();

    /** Work that may fail. */
    interface Work<T> {
        T run() throws Exception;
    }

    <T> T timed(Part part, Work<T> work) throws Exception {
        long start = cpu();
        try {
            return work.run();
        } finally {
            long spent = cpu() - start;
            synchronized (this) {
                nanos.merge(part, spent, Long::sum);
            }
        }
    }

    /** Of this thread, so that what else the machine does does not count. */
    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    synchronized void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    synchronized int counted(String what) {
        return counts.getOrDefault(what, 0);
    }

    @Override
    public synchronized String toString() {
        StringBuilder text = new StringBuilder("generated cases, CPU seconds by part:");
        nanos.forEach((part, time) -> text.append(String.format(Locale.ROOT, " %s %.1f", part, time / 1e9)));
        text.append("; counts:");
        counts.forEach((what, count) -> text.append(String.format(Locale.ROOT, "%n%6d %s", count, what)));
        return text.toString();
    }
}
