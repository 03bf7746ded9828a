/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The loops of {@link RowLoops} with the Vector API, on the rows in native memory in place.
 *
 * <p>The eight lanes of a sum are one vector of 512 bits; shorter vectors go over the block, then in the first-level
 * cache, once for each share of the lanes. What does not fill a group of columns goes through {@link RowMemory}.
 *
 * <p>Two things keep vectors in registers and are worth a factor of three: one loop variable that every index is a
 * multiple of, so that the bounds are checked once, and no small methods inside the loops, because C2 stops inlining
 * them when a loop has grown to this size.
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

    /** Bits of a word that hold its odd column. */
    private static final int ODD = 0xffff0000;

    @Override
    void unpack(RowMemory rows, int row, int at, int n, RowScratch scratch) {
        int whole = n & -GROUP;
        switch (rows.type()) {
            case FLOAT -> unpackFloats(rows.bytes(row), at, scratch.vector, whole);
            case DOUBLE -> unpackDoubles(rows.bytes(row), at, scratch.vector, whole);
            default -> unpackHalves(rows.bytes(row), at, scratch.vector, whole);
        }
        if (whole < n) {
            rows.widen(row, at + whole, n - whole, scratch.row, scratch);
            System.arraycopy(scratch.row, 0, scratch.vector, whole, GROUP);
        }
    }

    private static void unpackFloats(ByteBuffer row, int at, double[] x, int n) {
        int base = at * Float.BYTES;
        for (int j = 0; j < n; j += LANES) {
            FloatVector.fromByteBuffer(FLOATS, row, base + j * Float.BYTES, ORDER)
                    .convertShape(VectorOperators.F2D, WIDE, 0)
                    .reinterpretAsDoubles()
                    .intoArray(x, j);
        }
    }

    private static void unpackDoubles(ByteBuffer row, int at, double[] x, int n) {
        int base = at * Double.BYTES;
        for (int j = 0; j < n; j += LANES) {
            DoubleVector.fromByteBuffer(WIDE, row, base + j * Double.BYTES, ORDER)
                    .intoArray(x, j);
        }
    }

    private static void unpackHalves(ByteBuffer row, int at, double[] x, int n) {
        for (int h = 0; h < RowScratch.LANES; h += LANES) {
            int base = (at + h) * Short.BYTES;
            for (int j = h; j < n; j += GROUP) {
                IntVector words = IntVector.fromByteBuffer(INTS, row, base + j * Short.BYTES, ORDER);
                words.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .convertShape(VectorOperators.F2D, WIDE, 0)
                        .reinterpretAsDoubles()
                        .intoArray(x, j);
                words.and(ODD)
                        .reinterpretAsFloats()
                        .convertShape(VectorOperators.F2D, WIDE, 0)
                        .reinterpretAsDoubles()
                        .intoArray(x, j + RowScratch.LANES);
            }
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
        for (int i = 0; i < count; i += RowScratch.ROWS) {
            int last = count - 1;
            ByteBuffer r0 = rows.bytes(i);
            ByteBuffer r1 = rows.bytes(Math.min(i + 1, last));
            ByteBuffer r2 = rows.bytes(Math.min(i + 2, last));
            ByteBuffer r3 = rows.bytes(Math.min(i + 3, last));
            double[] x = scratch.vector;
            double[] lanes = scratch.lanes;
            switch (rows.type()) {
                case FLOAT -> floats(r0, r1, r2, r3, at, x, whole, lanes);
                case DOUBLE -> doubles(r0, r1, r2, r3, at, x, whole, lanes);
                default -> halves(r0, r1, r2, r3, at, x, whole, lanes);
            }
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

    private static void floats(
            ByteBuffer r0, ByteBuffer r1, ByteBuffer r2, ByteBuffer r3, int at, double[] x, int n, double[] lanes) {
        for (int h = 0; h < RowScratch.LANES; h += LANES) {
            DoubleVector s0 = DoubleVector.zero(WIDE);
            DoubleVector s1 = DoubleVector.zero(WIDE);
            DoubleVector s2 = DoubleVector.zero(WIDE);
            DoubleVector s3 = DoubleVector.zero(WIDE);
            int base = at * Float.BYTES;
            for (int j = h; j < n; j += RowScratch.LANES) {
                int p = base + j * Float.BYTES;
                DoubleVector v = DoubleVector.fromArray(WIDE, x, j);
                s0 = s0.add(((DoubleVector) FloatVector.fromByteBuffer(FLOATS, r0, p, ORDER)
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(v));
                s1 = s1.add(((DoubleVector) FloatVector.fromByteBuffer(FLOATS, r1, p, ORDER)
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(v));
                s2 = s2.add(((DoubleVector) FloatVector.fromByteBuffer(FLOATS, r2, p, ORDER)
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(v));
                s3 = s3.add(((DoubleVector) FloatVector.fromByteBuffer(FLOATS, r3, p, ORDER)
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(v));
            }
            s0.intoArray(lanes, h);
            s1.intoArray(lanes, RowScratch.LANES + h);
            s2.intoArray(lanes, 2 * RowScratch.LANES + h);
            s3.intoArray(lanes, 3 * RowScratch.LANES + h);
        }
    }

    private static void doubles(
            ByteBuffer r0, ByteBuffer r1, ByteBuffer r2, ByteBuffer r3, int at, double[] x, int n, double[] lanes) {
        for (int h = 0; h < RowScratch.LANES; h += LANES) {
            DoubleVector s0 = DoubleVector.zero(WIDE);
            DoubleVector s1 = DoubleVector.zero(WIDE);
            DoubleVector s2 = DoubleVector.zero(WIDE);
            DoubleVector s3 = DoubleVector.zero(WIDE);
            int base = at * Double.BYTES;
            for (int j = h; j < n; j += RowScratch.LANES) {
                int p = base + j * Double.BYTES;
                DoubleVector v = DoubleVector.fromArray(WIDE, x, j);
                s0 = s0.add(DoubleVector.fromByteBuffer(WIDE, r0, p, ORDER).mul(v));
                s1 = s1.add(DoubleVector.fromByteBuffer(WIDE, r1, p, ORDER).mul(v));
                s2 = s2.add(DoubleVector.fromByteBuffer(WIDE, r2, p, ORDER).mul(v));
                s3 = s3.add(DoubleVector.fromByteBuffer(WIDE, r3, p, ORDER).mul(v));
            }
            s0.intoArray(lanes, h);
            s1.intoArray(lanes, RowScratch.LANES + h);
            s2.intoArray(lanes, 2 * RowScratch.LANES + h);
            s3.intoArray(lanes, 3 * RowScratch.LANES + h);
        }
    }

    private static void halves(
            ByteBuffer r0, ByteBuffer r1, ByteBuffer r2, ByteBuffer r3, int at, double[] x, int n, double[] lanes) {
        for (int h = 0; h < RowScratch.LANES; h += LANES) {
            DoubleVector s0 = DoubleVector.zero(WIDE);
            DoubleVector s1 = DoubleVector.zero(WIDE);
            DoubleVector s2 = DoubleVector.zero(WIDE);
            DoubleVector s3 = DoubleVector.zero(WIDE);
            int base = at * Short.BYTES - h * Short.BYTES + h * Integer.BYTES;
            for (int j = h; j < n; j += GROUP) {
                int p = base + j * Short.BYTES;
                DoubleVector even = DoubleVector.fromArray(WIDE, x, j);
                DoubleVector odd = DoubleVector.fromArray(WIDE, x, j + RowScratch.LANES);
                IntVector w0 = IntVector.fromByteBuffer(INTS, r0, p, ORDER);
                s0 = s0.add(((DoubleVector) w0.lanewise(VectorOperators.LSHL, 16)
                                .reinterpretAsFloats()
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(even));
                s0 = s0.add(
                        ((DoubleVector) w0.and(ODD).reinterpretAsFloats().convertShape(VectorOperators.F2D, WIDE, 0))
                                .mul(odd));
                IntVector w1 = IntVector.fromByteBuffer(INTS, r1, p, ORDER);
                s1 = s1.add(((DoubleVector) w1.lanewise(VectorOperators.LSHL, 16)
                                .reinterpretAsFloats()
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(even));
                s1 = s1.add(
                        ((DoubleVector) w1.and(ODD).reinterpretAsFloats().convertShape(VectorOperators.F2D, WIDE, 0))
                                .mul(odd));
                IntVector w2 = IntVector.fromByteBuffer(INTS, r2, p, ORDER);
                s2 = s2.add(((DoubleVector) w2.lanewise(VectorOperators.LSHL, 16)
                                .reinterpretAsFloats()
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(even));
                s2 = s2.add(
                        ((DoubleVector) w2.and(ODD).reinterpretAsFloats().convertShape(VectorOperators.F2D, WIDE, 0))
                                .mul(odd));
                IntVector w3 = IntVector.fromByteBuffer(INTS, r3, p, ORDER);
                s3 = s3.add(((DoubleVector) w3.lanewise(VectorOperators.LSHL, 16)
                                .reinterpretAsFloats()
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(even));
                s3 = s3.add(
                        ((DoubleVector) w3.and(ODD).reinterpretAsFloats().convertShape(VectorOperators.F2D, WIDE, 0))
                                .mul(odd));
            }
            s0.intoArray(lanes, h);
            s1.intoArray(lanes, RowScratch.LANES + h);
            s2.intoArray(lanes, 2 * RowScratch.LANES + h);
            s3.intoArray(lanes, 3 * RowScratch.LANES + h);
        }
    }

    @Override
    void combine(RowMemory rows, double[] coefficients, int at, int n, RowScratch scratch) {
        int whole = n & -GROUP;
        int count = coefficients.length;
        double[] sum = scratch.vector;
        int i = 0;
        for (; i + RowScratch.ROWS <= count; i += RowScratch.ROWS) {
            ByteBuffer r0 = rows.bytes(i);
            ByteBuffer r1 = rows.bytes(i + 1);
            ByteBuffer r2 = rows.bytes(i + 2);
            ByteBuffer r3 = rows.bytes(i + 3);
            switch (rows.type()) {
                case FLOAT -> addFloats(r0, r1, r2, r3, coefficients, i, at, sum, whole);
                case DOUBLE -> addDoubles(r0, r1, r2, r3, coefficients, i, at, sum, whole);
                default -> addHalves(r0, r1, r2, r3, coefficients, i, at, sum, whole);
            }
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

    private static void addFloats(
            ByteBuffer r0,
            ByteBuffer r1,
            ByteBuffer r2,
            ByteBuffer r3,
            double[] c,
            int first,
            int at,
            double[] sum,
            int n) {
        DoubleVector c0 = DoubleVector.broadcast(WIDE, c[first]);
        DoubleVector c1 = DoubleVector.broadcast(WIDE, c[first + 1]);
        DoubleVector c2 = DoubleVector.broadcast(WIDE, c[first + 2]);
        DoubleVector c3 = DoubleVector.broadcast(WIDE, c[first + 3]);
        int base = at * Float.BYTES;
        for (int j = 0; j < n; j += LANES) {
            int p = base + j * Float.BYTES;
            DoubleVector v = DoubleVector.fromArray(WIDE, sum, j);
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r0, p, ORDER).convertShape(VectorOperators.F2D, WIDE, 0))
                    .mul(c0));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r1, p, ORDER).convertShape(VectorOperators.F2D, WIDE, 0))
                    .mul(c1));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r2, p, ORDER).convertShape(VectorOperators.F2D, WIDE, 0))
                    .mul(c2));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r3, p, ORDER).convertShape(VectorOperators.F2D, WIDE, 0))
                    .mul(c3));
            v.intoArray(sum, j);
        }
    }

    private static void addDoubles(
            ByteBuffer r0,
            ByteBuffer r1,
            ByteBuffer r2,
            ByteBuffer r3,
            double[] c,
            int first,
            int at,
            double[] sum,
            int n) {
        DoubleVector c0 = DoubleVector.broadcast(WIDE, c[first]);
        DoubleVector c1 = DoubleVector.broadcast(WIDE, c[first + 1]);
        DoubleVector c2 = DoubleVector.broadcast(WIDE, c[first + 2]);
        DoubleVector c3 = DoubleVector.broadcast(WIDE, c[first + 3]);
        int base = at * Double.BYTES;
        for (int j = 0; j < n; j += LANES) {
            int p = base + j * Double.BYTES;
            DoubleVector v = DoubleVector.fromArray(WIDE, sum, j);
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r0, p, ORDER).mul(c0));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r1, p, ORDER).mul(c1));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r2, p, ORDER).mul(c2));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r3, p, ORDER).mul(c3));
            v.intoArray(sum, j);
        }
    }

    private static void addHalves(
            ByteBuffer r0,
            ByteBuffer r1,
            ByteBuffer r2,
            ByteBuffer r3,
            double[] c,
            int first,
            int at,
            double[] sum,
            int n) {
        DoubleVector c0 = DoubleVector.broadcast(WIDE, c[first]);
        DoubleVector c1 = DoubleVector.broadcast(WIDE, c[first + 1]);
        DoubleVector c2 = DoubleVector.broadcast(WIDE, c[first + 2]);
        DoubleVector c3 = DoubleVector.broadcast(WIDE, c[first + 3]);
        for (int h = 0; h < RowScratch.LANES; h += LANES) {
            int base = at * Short.BYTES - h * Short.BYTES + h * Integer.BYTES;
            for (int j = h; j < n; j += GROUP) {
                int p = base + j * Short.BYTES;
                DoubleVector even = DoubleVector.fromArray(WIDE, sum, j);
                DoubleVector odd = DoubleVector.fromArray(WIDE, sum, j + RowScratch.LANES);
                IntVector w0 = IntVector.fromByteBuffer(INTS, r0, p, ORDER);
                even = even.add(((DoubleVector) w0.lanewise(VectorOperators.LSHL, 16)
                                .reinterpretAsFloats()
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(c0));
                odd = odd.add(
                        ((DoubleVector) w0.and(ODD).reinterpretAsFloats().convertShape(VectorOperators.F2D, WIDE, 0))
                                .mul(c0));
                IntVector w1 = IntVector.fromByteBuffer(INTS, r1, p, ORDER);
                even = even.add(((DoubleVector) w1.lanewise(VectorOperators.LSHL, 16)
                                .reinterpretAsFloats()
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(c1));
                odd = odd.add(
                        ((DoubleVector) w1.and(ODD).reinterpretAsFloats().convertShape(VectorOperators.F2D, WIDE, 0))
                                .mul(c1));
                IntVector w2 = IntVector.fromByteBuffer(INTS, r2, p, ORDER);
                even = even.add(((DoubleVector) w2.lanewise(VectorOperators.LSHL, 16)
                                .reinterpretAsFloats()
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(c2));
                odd = odd.add(
                        ((DoubleVector) w2.and(ODD).reinterpretAsFloats().convertShape(VectorOperators.F2D, WIDE, 0))
                                .mul(c2));
                IntVector w3 = IntVector.fromByteBuffer(INTS, r3, p, ORDER);
                even = even.add(((DoubleVector) w3.lanewise(VectorOperators.LSHL, 16)
                                .reinterpretAsFloats()
                                .convertShape(VectorOperators.F2D, WIDE, 0))
                        .mul(c3));
                odd = odd.add(
                        ((DoubleVector) w3.and(ODD).reinterpretAsFloats().convertShape(VectorOperators.F2D, WIDE, 0))
                                .mul(c3));
                even.intoArray(sum, j);
                odd.intoArray(sum, j + RowScratch.LANES);
            }
        }
    }
}
