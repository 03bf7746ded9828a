/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.FloatBuffer;

/**
 * Runs a {@link FloatStep} over native memory in tiles: copied into Java arrays in bulk, computed, copied back.
 */
final class FloatTiles {

    /** Coordinates per tile: all operands of the largest step fit the first-level cache. */
    static final int TILE = 2048;

    /** diffGrad, AdaHessian and Sophia have four operands; one more to work in. */
    private static final int ARRAYS = 5;

    /** The array to work in, where a step leaves its marks. */
    static final int MARKS = ARRAYS - 1;

    /** Strips of a tile that are added up to look for NaN and infinity. */
    private static final int STRIP = TILE / 8;

    private static final ThreadLocal<float[][]> SCRATCH = ThreadLocal.withInitial(() -> new float[ARRAYS][TILE]);

    private FloatTiles() {}

    /**
     * Advances coordinates {@code from} (inclusive) to {@code to} (exclusive).
     *
     * @param step formula
     * @param memory its operands; the first {@code step.written()} are Modified
     * @return counts as {@link StepCounts#packed}
     */
    static long run(FloatStep step, FloatBuffer[] memory, int from, int to) {
        float[][] tile = SCRATCH.get();
        long counts = 0;
        for (int at = from; at < to; at += TILE) {
            int n = Math.min(TILE, to - at);
            for (int a = 0; a < memory.length; a++) {
                memory[a].get(at, tile[a], 0, n);
            }
            int leftOut = 0;
            if (allFinite(tile[0], tile[MARKS], n)) {
                step.apply(tile, n);
            } else {
                leftOut = applyToFinite(step, memory, at, tile, n);
            }
            counts += StepCounts.packed(leftOut, step.marks() ? sum(tile[MARKS], n) : 0);
            for (int a = 0; a < step.written(); a++) {
                memory[a].put(at, tile[a], 0, n);
            }
        }
        return counts;
    }

    /** Adds up marks, at most a tile of them, which is exact; in strips for the same reason as below. Modified. */
    private static int sum(float[] marks, int n) {
        int rest = n;
        if (n == TILE) {
            for (int i = 0; i < STRIP; i++) {
                marks[i] += marks[i + STRIP]
                        + marks[i + 2 * STRIP]
                        + marks[i + 3 * STRIP]
                        + marks[i + 4 * STRIP]
                        + marks[i + 5 * STRIP]
                        + marks[i + 6 * STRIP]
                        + marks[i + 7 * STRIP];
            }
            rest = STRIP;
        }
        float sum = 0;
        for (int i = 0; i < rest; i++) {
            sum += marks[i];
        }
        return (int) sum;
    }

    /**
     * Whether no entry is NaN or infinite: 0 x is then 0, else NaN. Strips are added first because C2 does not turn a sum
     * over floating-point numbers into vector instructions.
     */
    private static boolean allFinite(float[] x, float[] scratch, int n) {
        if (n < TILE) {
            float sum = 0;
            for (int i = 0; i < n; i++) {
                sum += 0 * x[i];
            }
            return sum == 0;
        }
        for (int i = 0; i < STRIP; i++) {
            scratch[i] = 0 * x[i]
                    + 0 * x[i + STRIP]
                    + 0 * x[i + 2 * STRIP]
                    + 0 * x[i + 3 * STRIP]
                    + 0 * x[i + 4 * STRIP]
                    + 0 * x[i + 5 * STRIP]
                    + 0 * x[i + 6 * STRIP]
                    + 0 * x[i + 7 * STRIP];
        }
        float sum0 = 0;
        float sum1 = 0;
        float sum2 = 0;
        float sum3 = 0;
        for (int i = 0; i < STRIP; i += 4) {
            sum0 += scratch[i];
            sum1 += scratch[i + 1];
            sum2 += scratch[i + 2];
            sum3 += scratch[i + 3];
        }
        return sum0 + sum1 + sum2 + sum3 == 0;
    }

    /**
     * The same step with 0 for the bad gradients, then their state put back and their update set to 0. Memory holds both
     * until the tile is copied back, so nothing is kept aside, however many are bad.
     */
    private static int applyToFinite(FloatStep step, FloatBuffer[] memory, int at, float[][] tile, int n) {
        float[] g = tile[0];
        for (int i = 0; i < n; i++) {
            g[i] = Float.isFinite(g[i]) ? g[i] : 0;
        }
        step.apply(tile, n);
        FloatBuffer gradient = memory[0];
        int kept = step.untouchedWhenLeftOut();
        int bad = 0;
        for (int i = 0; i < n; i++) {
            if (!Float.isFinite(gradient.get(at + i))) {
                bad++;
                tile[0][i] = 0;
                tile[MARKS][i] = 0;
                for (int a = 1; a <= kept; a++) {
                    tile[a][i] = memory[a].get(at + i);
                }
            }
        }
        return bad;
    }
}
