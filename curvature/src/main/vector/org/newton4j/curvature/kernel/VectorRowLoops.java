/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The loops of {@link RowLoops} with the Vector API, on the rows in native memory in place.
 *
 * <p>The eight lanes of a sum are one vector of 512 bits; shorter vectors go over the block, then in the first-level
 * cache, once for each share of the lanes: {@link VectorRows}. What does not fill a group of columns goes through {@link RowMemory}.
 */
final class VectorRowLoops extends RowLoops {

    private static final VectorSpecies<Double> WIDE = DoubleVector.SPECIES_PREFERRED;

    private static final int LANES = WIDE.length();

    private static final VectorShape HALF = VectorShape.forBitSize(WIDE.vectorBitSize() / 2);

    private static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, HALF);

    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, HALF);

    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(WIDE.vectorBitSize() / 4));

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static final int GROUP = RowMemory.GROUP;

    @Override
    void unpack(RowMemory rows, int row, int at, int n, RowScratch scratch) {
        int whole = n & -GROUP;
        VectorRows.of(rows.type()).unpack(rows.bytes(row), at, scratch.vector, whole);
        if (whole < n) {
            rows.widen(row, at + whole, n - whole, scratch.row, scratch);
            System.arraycopy(scratch.row, 0, scratch.vector, whole, GROUP);
        }
    }

    @Override
    void store(RowMemory vector, RowMemory rows, int row, int at, int n, RowScratch scratch) {
        int whole = vector.type() == DataType.FLOAT && rows.grouped() ? n & -GROUP : 0;
        round(vector.bytes(0), rows.bytes(row), at, whole);
        if (whole < n) {
            super.store(vector, rows, row, at + whole, n - whole, scratch);
        }
    }

    /** {@link Bfloat16#of}, lane by lane. */
    private static void round(ByteBuffer floats, ByteBuffer halves, int at, int n) {
        int from = at * Float.BYTES;
        int into = at * Short.BYTES;
        for (int j = 0; j < n; j += LANES) {
            IntVector bits = IntVector.fromByteBuffer(INTS, floats, from + j * Float.BYTES, ORDER);
            IntVector rounded = bits.add(bits.lanewise(VectorOperators.LSHR, 16).and(1))
                    .add(Bfloat16.HALF)
                    .lanewise(VectorOperators.LSHR, 16);
            rounded.sub(1, rounded.and(Bfloat16.NOT_FINITE).compare(VectorOperators.EQ, Bfloat16.NOT_FINITE))
                    .convertShape(VectorOperators.I2S, SHORTS, 0)
                    .reinterpretAsShorts()
                    .intoByteBuffer(halves, into + j * Short.BYTES, ORDER);
        }
    }

    @Override
    void finish(RowMemory target, boolean grouped, int at, int n, RowScratch scratch) {
        int whole = target.type() == DataType.FLOAT ? n & -GROUP : 0;
        if (grouped) {
            RowMemory.ungroup(scratch.vector, n, scratch.natural);
        }
        narrow(grouped ? scratch.natural : scratch.vector, target.bytes(0), at, whole);
        for (int j = whole; j < n; j++) {
            scratch.row[j - whole] = (grouped ? scratch.natural : scratch.vector)[j];
        }
        if (whole < n) {
            target.put(0, at + whole, n - whole, scratch.row, scratch);
        }
    }

    private static void narrow(double[] x, ByteBuffer floats, int at, int n) {
        int base = at * Float.BYTES;
        for (int j = 0; j < n; j += LANES) {
            DoubleVector.fromArray(WIDE, x, j)
                    .convertShape(VectorOperators.D2F, FLOATS, 0)
                    .reinterpretAsFloats()
                    .intoByteBuffer(floats, base + j * Float.BYTES, ORDER);
        }
    }

    @Override
    void dots(RowMemory rows, int count, int at, int n, RowScratch scratch, double[] sums) {
        int whole = n & -GROUP;
        VectorRows loops = VectorRows.of(rows.type());
        ByteBuffer[] several = new ByteBuffer[RowScratch.ROWS];
        for (int i = 0; i < count; i += RowScratch.ROWS) {
            for (int r = 0; r < several.length; r++) {
                several[r] = rows.bytes(Math.min(i + r, count - 1));
            }
            loops.dots(several, at, scratch.vector, whole, scratch.lanes);
            int end = Math.min(count, i + RowScratch.ROWS);
            for (int r = i; r < end; r++) {
                if (whole < n) {
                    addRest(rows, r, at + whole, n - whole, whole, scratch, (r - i) * RowScratch.LANES);
                }
                sums[r] += scratch.sum(r - i);
            }
        }
    }

    private static void addRest(RowMemory rows, int row, int at, int n, int from, RowScratch scratch, int lane) {
        rows.widen(row, at, n, scratch.row, scratch);
        for (int j = 0; j < GROUP; j++) {
            scratch.lanes[lane + j % RowScratch.LANES] += scratch.row[j] * scratch.vector[from + j];
        }
    }

    @Override
    void combine(RowMemory rows, double[] coefficients, int at, int n, RowScratch scratch) {
        int whole = n & -GROUP;
        int count = coefficients.length;
        VectorRows loops = VectorRows.of(rows.type());
        ByteBuffer[] several = new ByteBuffer[RowScratch.ROWS];
        int i = 0;
        for (; i + RowScratch.ROWS <= count; i += RowScratch.ROWS) {
            for (int r = 0; r < several.length; r++) {
                several[r] = rows.bytes(i + r);
            }
            loops.add(several, coefficients, i, at, scratch.vector, whole);
        }
        for (int r = 0; r < count; r++) {
            int from = r < i ? whole : 0;
            if (from < n) {
                addRow(rows, r, coefficients[r], at + from, n - from, from, scratch);
            }
        }
    }

    private static void addRow(RowMemory rows, int row, double c, int at, int n, int from, RowScratch scratch) {
        rows.widen(row, at, n, scratch.row, scratch);
        int filled = RowMemory.upToGroup(n);
        for (int j = 0; j < filled; j++) {
            scratch.vector[from + j] += c * scratch.row[j];
        }
    }
}
