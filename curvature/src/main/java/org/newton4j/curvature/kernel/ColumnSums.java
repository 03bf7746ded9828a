/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Sums over the first axis in one pass over native memory.
 *
 * <p>FLOAT rows are added as floats, {@value #GROUP} at a time, and the groups in double: the loop runs in vectors, and the error
 * is that of {@value #GROUP} additions.
 */
final class ColumnSums {

    /** Columns that one thread takes at a time: sums and row lie in the first-level cache. */
    private static final int TILE = 1 << 10;

    private static final int GROUP = 16;

    private ColumnSums() {}

    /** Whether an array on the CPU backend is one for this loop. */
    static boolean accepts(INDArray rows) {
        DataType type = rows.dataType();
        long bytes = rows.length() * type.width();
        return (type == DataType.FLOAT || type == DataType.DOUBLE) && bytes <= Integer.MAX_VALUE && inOrder(rows);
    }

    private static boolean inOrder(INDArray rows) {
        long distance = 1;
        for (int d = rows.rank() - 1; d >= 0; d--) {
            if (rows.size(d) != 1 && rows.stride(d) != distance) {
                return false;
            }
            distance *= rows.size(d);
        }
        return true;
    }

    /**
     * Sums.
     *
     * @param rows accepted; Not modified
     * @param workers to share the columns
     * @return one sum for each place of a row, in the order of memory
     */
    static double[] of(INDArray rows, Workers workers) {
        int count = (int) rows.size(0);
        int n = (int) (rows.length() / count);
        double[] sums = new double[n];
        ByteBuffer memory = HostMemory.window(rows, 0, (int) rows.length());
        try {
            workers.forEachChunk(n, TILE, rows.length(), (from, to) -> {
                if (rows.dataType() == DataType.FLOAT) {
                    add(memory.asFloatBuffer(), n, count, from, to, sums);
                } else {
                    add(memory.asDoubleBuffer(), n, count, from, to, sums);
                }
                return 0;
            });
        } finally {
            Reference.reachabilityFence(rows);
        }
        return sums;
    }

    private static void add(FloatBuffer rows, int n, int count, int from, int to, double[] sums) {
        float[] group = new float[to - from];
        float[] row = new float[to - from];
        for (int first = 0; first < count; first += GROUP) {
            Arrays.fill(group, 0);
            for (int i = first; i < Math.min(count, first + GROUP); i++) {
                rows.get(i * n + from, row);
                for (int j = 0; j < row.length; j++) {
                    group[j] += row[j];
                }
            }
            for (int j = 0; j < group.length; j++) {
                sums[from + j] += group[j];
            }
        }
    }

    private static void add(DoubleBuffer rows, int n, int count, int from, int to, double[] sums) {
        double[] row = new double[to - from];
        for (int i = 0; i < count; i++) {
            rows.get(i * n + from, row);
            for (int j = 0; j < row.length; j++) {
                sums[from + j] += row[j];
            }
        }
    }
}
