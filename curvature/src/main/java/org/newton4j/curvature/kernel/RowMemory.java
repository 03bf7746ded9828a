/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Windows onto the native memory of the rows of a matrix in C order, or of one vector; several threads may use them at
 * once by absolute position.
 *
 * <p>A BFLOAT16 row is unpacked in groups of {@link #GROUP} columns, even columns first, then odd ones: the two halves of
 * a 32-bit word are then numbers of the same place in two vectors. A vector that meets such a row is brought into the
 * same order.
 */
final class RowMemory {

    /** Columns that trade places with each other. */
    static final int GROUP = 16;

    private final DataType type;
    private final ByteBuffer[] bytes;
    private final FloatBuffer[] floats;
    private final DoubleBuffer[] doubles;
    private final ShortBuffer[] shorts;

    private RowMemory(DataType type, ByteBuffer[] bytes) {
        this.type = type;
        this.bytes = bytes;
        int n = bytes.length;
        floats = new FloatBuffer[type == DataType.FLOAT ? n : 0];
        doubles = new DoubleBuffer[type == DataType.DOUBLE ? n : 0];
        shorts = new ShortBuffer[type == DataType.BFLOAT16 ? n : 0];
        for (int i = 0; i < n; i++) {
            switch (type) {
                case FLOAT -> floats[i] = bytes[i].asFloatBuffer();
                case DOUBLE -> doubles[i] = bytes[i].asDoubleBuffer();
                case BFLOAT16 -> shorts[i] = bytes[i].asShortBuffer();
                default -> throw new IllegalArgumentException("rows are " + type + ", must be FLOAT, DOUBLE, BFLOAT16");
            }
        }
    }

    /**
     * Columns {@code from} to {@code from + n} of each row.
     *
     * @param rows [m, d] in C order without gaps
     */
    static RowMemory rows(INDArray rows, long from, int n) {
        ByteBuffer[] bytes = new ByteBuffer[(int) rows.size(0)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = HostMemory.window(rows, i * rows.size(1) + from, n);
        }
        return new RowMemory(rows.dataType(), bytes);
    }

    /** Elements {@code from} to {@code from + n} of a dense vector. */
    static RowMemory vector(INDArray vector, long from, int n) {
        return new RowMemory(vector.dataType(), new ByteBuffer[] {HostMemory.window(vector, from, n)});
    }

    DataType type() {
        return type;
    }

    ByteBuffer bytes(int row) {
        return bytes[row];
    }

    /** Whether unpacked numbers stand in groups. */
    boolean grouped() {
        return type == DataType.BFLOAT16;
    }

    /** Unpacks columns of a DOUBLE row. */
    void get(int row, int at, int n, double[] into) {
        doubles[row].get(at, into, 0, n);
    }

    /** Unpacks columns of a FLOAT row, or of a BFLOAT16 row in groups; missing columns of the last group become 0. */
    void get(int row, int at, int n, float[] into, short[] scratch) {
        if (type == DataType.FLOAT) {
            floats[row].get(at, into, 0, n);
            return;
        }
        shorts[row].get(at, scratch, 0, n);
        for (int j = n; j < upToGroup(n); j++) {
            scratch[j] = 0;
        }
        for (int j = 0; j < n; j += GROUP) {
            for (int l = 0; l < GROUP / 2; l++) {
                into[j + l] = Bfloat16.toFloat(scratch[j + 2 * l]);
                into[j + GROUP / 2 + l] = Bfloat16.toFloat(scratch[j + 2 * l + 1]);
            }
        }
    }

    /** Unpacks columns into doubles, 0 behind them up to the next multiple of {@link #GROUP}. */
    void widen(int row, int at, int n, double[] into, RowScratch scratch) {
        if (type == DataType.DOUBLE) {
            get(row, at, n, into);
        } else {
            get(row, at, n, scratch.floats, scratch.shorts);
            int filled = grouped() ? upToGroup(n) : n;
            for (int j = 0; j < filled; j++) {
                into[j] = scratch.floats[j];
            }
        }
        for (int j = n; j < upToGroup(n) && !grouped(); j++) {
            into[j] = 0;
        }
    }

    /** Rounds columns in their natural order into FLOAT or DOUBLE memory; too large for FLOAT becomes infinite. */
    void put(int row, int at, int n, double[] from, RowScratch scratch) {
        if (type == DataType.DOUBLE) {
            doubles[row].put(at, from, 0, n);
            return;
        }
        for (int j = 0; j < n; j++) {
            scratch.floats[j] = (float) from[j];
        }
        floats[row].put(at, scratch.floats, 0, n);
    }

    /** Rounds finite columns of a FLOAT or DOUBLE vector into a row of any type; they stay finite. */
    void store(int row, RowMemory vector, int at, int n, RowScratch scratch) {
        if (type == DataType.DOUBLE) {
            vector.widen(0, at, n, scratch.natural, scratch);
            doubles[row].put(at, scratch.natural, 0, n);
            return;
        }
        float[] narrow = scratch.floats;
        if (vector.type == DataType.FLOAT) {
            vector.floats[0].get(at, narrow, 0, n);
        } else {
            vector.get(0, at, n, scratch.natural);
            for (int j = 0; j < n; j++) {
                narrow[j] = (float) Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, scratch.natural[j]));
            }
        }
        if (type == DataType.FLOAT) {
            floats[row].put(at, narrow, 0, n);
        } else {
            for (int j = 0; j < n; j++) {
                scratch.shorts[j] = Bfloat16.of(narrow[j]);
            }
            shorts[row].put(at, scratch.shorts, 0, n);
        }
    }

    static int upToGroup(int n) {
        return (n + GROUP - 1) & -GROUP;
    }

    /** Brings columns from their natural order into that of {@link #grouped} rows, 0 behind the last. */
    static void group(double[] natural, int n, double[] grouped) {
        for (int j = 0; j < n; j += GROUP) {
            for (int l = 0; l < GROUP / 2; l++) {
                grouped[j + l] = natural[j + 2 * l];
                grouped[j + GROUP / 2 + l] = natural[j + 2 * l + 1];
            }
        }
    }

    /** The way back. */
    static void ungroup(double[] grouped, int n, double[] natural) {
        for (int j = 0; j < n; j += GROUP) {
            for (int l = 0; l < GROUP / 2; l++) {
                natural[j + 2 * l] = grouped[j + l];
                natural[j + 2 * l + 1] = grouped[j + GROUP / 2 + l];
            }
        }
    }
}
