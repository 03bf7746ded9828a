/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Products with rows in native memory: windows, chunks of columns, threads; the loops are {@link RowLoops}.
 */
final class HostRows implements RowProducts {

    /** Chunks of one window at most: enough to even out a busy core, few enough to keep a sum for each. */
    private static final int CHUNKS = 256;

    private final INDArray rows;
    private final RowLoops loops;
    private final Workers workers;
    private final int window;

    private final List<RowMemory> memory = new ArrayList<>();

    /**
     * @param rows [m, d] in C order without gaps, FLOAT, DOUBLE or BFLOAT16; kept by reference
     * @param window columns addressed by one buffer; a multiple of {@link #BLOCK} keeps the bits
     */
    HostRows(INDArray rows, RowLoops loops, Workers workers, int window) {
        this.rows = rows;
        this.loops = loops;
        this.workers = workers;
        this.window = window;
        for (long from = 0; from < rows.size(1); from += window) {
            memory.add(RowMemory.rows(rows, from, columns(from)));
        }
    }

    private int columns(long from) {
        return (int) Math.min(window, rows.size(1) - from);
    }

    @Override
    public double[] dots(int count, INDArray x) {
        return sums(-1, x, count);
    }

    @Override
    public double[] insert(int slot, INDArray x, int count) {
        return sums(slot, x, count);
    }

    /** With a slot, x goes into it first and the row as stored is what is multiplied. */
    private double[] sums(int slot, INDArray given, int count) {
        INDArray x = dense(given);
        double[] total = new double[count];
        try {
            for (int w = 0; w < memory.size(); w++) {
                long first = (long) w * window;
                int n = columns(first);
                for (double[] sums : sums(memory.get(w), slot, RowMemory.vector(x, first, n), n, count)) {
                    for (int i = 0; i < count; i++) {
                        total[i] += sums[i];
                    }
                }
            }
        } finally {
            Reference.reachabilityFence(x);
            Reference.reachabilityFence(rows);
        }
        return total;
    }

    /** One array of sums for each chunk. */
    private double[][] sums(RowMemory stack, int slot, RowMemory vector, int n, int count) {
        int chunk = chunk(n);
        double[][] partial = new double[(int) (((long) n + chunk - 1) / chunk)][count];
        workers.forEachChunk(n, chunk, (long) n * count, (from, to) -> {
            RowScratch scratch = RowScratch.mine();
            for (int at = from; at < to; at += BLOCK) {
                int part = Math.min(BLOCK, to - at);
                if (slot >= 0) {
                    loops.store(vector, stack, slot, at, part, scratch);
                    loops.unpack(stack, slot, at, part, scratch);
                } else {
                    load(vector, at, part, stack.grouped(), scratch);
                    if (stack.grouped() && vector.type() == DataType.DOUBLE) {
                        partners(scratch.vector, RowMemory.upToGroup(part));
                    }
                }
                loops.dots(stack, count, at, part, scratch, partial[from / chunk]);
            }
            return 0;
        });
        return partial;
    }

    @Override
    public void combine(double scale, @Nullable INDArray given, double[] coefficients, INDArray result) {
        INDArray x = given == null ? null : dense(given);
        INDArray out = HostMemory.isDense(result) ? result : result.ulike();
        double[] c = coefficients;
        if (rows.dataType() == DataType.BFLOAT16) {
            c = coefficients.clone();
            partners(c, c.length);
        }
        try {
            for (int w = 0; w < memory.size(); w++) {
                long first = (long) w * window;
                int n = columns(first);
                RowMemory start = x == null ? null : RowMemory.vector(x, first, n);
                combine(memory.get(w), scale, start, c, RowMemory.vector(out, first, n), n);
            }
        } finally {
            Reference.reachabilityFence(x);
            Reference.reachabilityFence(out);
            Reference.reachabilityFence(rows);
        }
        if (out != result) {
            result.assign(out);
        }
    }

    private void combine(
            RowMemory stack, double scale, @Nullable RowMemory start, double[] c, RowMemory target, int n) {
        workers.forEachChunk(n, chunk(n), (long) n * c.length, (from, to) -> {
            RowScratch scratch = RowScratch.mine();
            for (int at = from; at < to; at += BLOCK) {
                int part = Math.min(BLOCK, to - at);
                begin(scale, start, at, part, stack.grouped(), scratch);
                loops.combine(stack, c, at, part, scratch);
                loops.finish(target, stack.grouped(), at, part, scratch);
            }
            return 0;
        });
    }

    private static void partners(double[] factors, int n) {
        for (int j = 0; j < n; j++) {
            factors[j] = Bfloat16.partner(factors[j]);
        }
    }

    private static INDArray dense(INDArray vector) {
        return HostMemory.isDense(vector) ? vector : vector.dup();
    }

    private void load(RowMemory vector, int at, int n, boolean grouped, RowScratch scratch) {
        if (grouped) {
            vector.widen(0, at, n, scratch.natural, scratch);
            RowMemory.group(scratch.natural, n, scratch.vector);
        } else {
            loops.unpack(vector, 0, at, n, scratch);
        }
    }

    private void begin(double scale, @Nullable RowMemory start, int at, int n, boolean grouped, RowScratch scratch) {
        double[] sum = scratch.vector;
        int filled = RowMemory.upToGroup(n);
        if (start == null) {
            for (int j = 0; j < filled; j++) {
                sum[j] = 0;
            }
            return;
        }
        load(start, at, n, grouped, scratch);
        for (int j = 0; j < filled; j++) {
            sum[j] *= scale;
        }
    }

    /** Columns of a chunk: whole blocks, and no more than {@link #CHUNKS} of them; depends on nothing but n. */
    private static int chunk(int n) {
        long blocks = ((long) n + (long) BLOCK * CHUNKS - 1) / ((long) BLOCK * CHUNKS);
        return (int) (blocks * BLOCK);
    }
}
