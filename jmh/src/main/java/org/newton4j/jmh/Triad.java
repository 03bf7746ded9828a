/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.Arrays;
import java.util.stream.IntStream;

/** STREAM's {@code a = b + 3 c} in FLOAT over any number of bytes, on all processors: what memory gives. */
final class Triad {

    private static final int CHUNK = 1 << 15;

    /** Length of the arrays, which a triad goes over more than once: 240 MB. */
    private static final int LENGTH = 20_000_000;

    /** STREAM's count for an element. */
    private static final long BYTES = 12;

    private final float[] a = new float[LENGTH];
    private final float[] b = new float[LENGTH];
    private final float[] c = new float[LENGTH];

    Triad() {
        Arrays.fill(b, 1);
        Arrays.fill(c, 2);
    }

    /** Moves that many bytes by STREAM's count. */
    float[] move(long bytes) {
        int chunks = (int) ((bytes / BYTES + CHUNK - 1) / CHUNK);
        int inArray = LENGTH / CHUNK;
        IntStream.range(0, chunks).parallel().forEach(chunk -> {
            int from = chunk % inArray * CHUNK;
            triad(a, b, c, from, from + CHUNK);
        });
        return a;
    }

    private static void triad(float[] a, float[] b, float[] c, int from, int to) {
        for (int i = from; i < to; i++) {
            a[i] = b[i] + 3f * c[i];
        }
    }
}
