/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link VectorRows} of BFLOAT16: a word of 32 bits holds an even column in its lower half and an odd one in its upper
 * half, and a number widened to FLOAT is that half above sixteen zeros.
 *
 * <p>Fused multiply-add, because products are exact ({@link Bfloat16#PARTNER_BITS}) and bits are those of two operations:
 * fewer calls for C2 to inline, as are fewer rows ({@link VectorRows#TOGETHER}). What C2 does not inline it boxes, see
 * docs/performance.md.
 */
final class VectorHalfRows extends VectorRows {

    private static final VectorSpecies<Double> WIDE = DoubleVector.SPECIES_PREFERRED;

    private static final int LANES = WIDE.length();

    private static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(WIDE.vectorBitSize() / 2));

    private static final int GROUP = RowMemory.GROUP;

    /** Bits of a word that hold its odd column. */
    private static final int ODD = 0xffff0000;

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    @Override
    void unpack(ByteBuffer row, int at, double[] x, int n) {
        for (int h = 0; h < RowScratch.LANES; h += LANES) {
            int base = (at + h) * Short.BYTES;
            for (int j = h; j < n; j += GROUP) {
                IntVector words = IntVector.fromByteBuffer(INTS, row, base + j * Short.BYTES, ORDER);
                words.lanewise(LSHL, 16)
                        .reinterpretAsFloats()
                        .convertShape(F2D, WIDE, 0)
                        .reinterpretAsDoubles()
                        .intoArray(x, j);
                words.and(ODD)
                        .reinterpretAsFloats()
                        .convertShape(F2D, WIDE, 0)
                        .reinterpretAsDoubles()
                        .intoArray(x, j + RowScratch.LANES);
            }
        }
    }

    @Override
    void dots(ByteBuffer[] rows, int at, double[] x, int n, double[] lanes) {
        for (int row = 0; row < RowScratch.ROWS; row += TOGETHER) {
            dots(rows, row, at, x, n, lanes);
        }
    }

    private static void dots(ByteBuffer[] rows, int row, int at, double[] x, int n, double[] lanes) {
        ByteBuffer r0 = rows[row];
        ByteBuffer r1 = rows[row + 1];
        ByteBuffer r2 = rows[row + 2];
        ByteBuffer r3 = rows[row + 3];
        for (int h = 0; h < RowScratch.LANES; h += LANES) {
            DoubleVector s0 = DoubleVector.zero(WIDE);
            DoubleVector s1 = DoubleVector.zero(WIDE);
            DoubleVector s2 = DoubleVector.zero(WIDE);
            DoubleVector s3 = DoubleVector.zero(WIDE);
            int base = (at + h) * Short.BYTES;
            for (int j = h; j < n; j += GROUP) {
                int p = base + j * Short.BYTES;
                DoubleVector even = DoubleVector.fromArray(WIDE, x, j);
                DoubleVector odd = DoubleVector.fromArray(WIDE, x, j + RowScratch.LANES);
                IntVector w0 = IntVector.fromByteBuffer(INTS, r0, p, ORDER);
                s0 = ((DoubleVector) w0.lanewise(LSHL, 16).reinterpretAsFloats().convertShape(F2D, WIDE, 0))
                        .fma(even, s0);
                s0 = ((DoubleVector) w0.and(ODD).reinterpretAsFloats().convertShape(F2D, WIDE, 0)).fma(odd, s0);
                IntVector w1 = IntVector.fromByteBuffer(INTS, r1, p, ORDER);
                s1 = ((DoubleVector) w1.lanewise(LSHL, 16).reinterpretAsFloats().convertShape(F2D, WIDE, 0))
                        .fma(even, s1);
                s1 = ((DoubleVector) w1.and(ODD).reinterpretAsFloats().convertShape(F2D, WIDE, 0)).fma(odd, s1);
                IntVector w2 = IntVector.fromByteBuffer(INTS, r2, p, ORDER);
                s2 = ((DoubleVector) w2.lanewise(LSHL, 16).reinterpretAsFloats().convertShape(F2D, WIDE, 0))
                        .fma(even, s2);
                s2 = ((DoubleVector) w2.and(ODD).reinterpretAsFloats().convertShape(F2D, WIDE, 0)).fma(odd, s2);
                IntVector w3 = IntVector.fromByteBuffer(INTS, r3, p, ORDER);
                s3 = ((DoubleVector) w3.lanewise(LSHL, 16).reinterpretAsFloats().convertShape(F2D, WIDE, 0))
                        .fma(even, s3);
                s3 = ((DoubleVector) w3.and(ODD).reinterpretAsFloats().convertShape(F2D, WIDE, 0)).fma(odd, s3);
            }
            s0.intoArray(lanes, row * RowScratch.LANES + h);
            s1.intoArray(lanes, (row + 1) * RowScratch.LANES + h);
            s2.intoArray(lanes, (row + 2) * RowScratch.LANES + h);
            s3.intoArray(lanes, (row + 3) * RowScratch.LANES + h);
        }
    }

    @Override
    void add(ByteBuffer[] rows, double[] c, int first, int at, double[] sum, int n) {
        for (int row = 0; row < RowScratch.ROWS; row += TOGETHER) {
            add(rows, row, c, first + row, at, sum, n);
        }
    }

    private static void add(ByteBuffer[] rows, int row, double[] c, int first, int at, double[] sum, int n) {
        ByteBuffer r0 = rows[row];
        ByteBuffer r1 = rows[row + 1];
        ByteBuffer r2 = rows[row + 2];
        ByteBuffer r3 = rows[row + 3];
        DoubleVector c0 = DoubleVector.broadcast(WIDE, c[first]);
        DoubleVector c1 = DoubleVector.broadcast(WIDE, c[first + 1]);
        DoubleVector c2 = DoubleVector.broadcast(WIDE, c[first + 2]);
        DoubleVector c3 = DoubleVector.broadcast(WIDE, c[first + 3]);
        for (int h = 0; h < RowScratch.LANES; h += LANES) {
            int base = (at + h) * Short.BYTES;
            for (int j = h; j < n; j += GROUP) {
                int p = base + j * Short.BYTES;
                DoubleVector even = DoubleVector.fromArray(WIDE, sum, j);
                DoubleVector odd = DoubleVector.fromArray(WIDE, sum, j + RowScratch.LANES);
                IntVector w0 = IntVector.fromByteBuffer(INTS, r0, p, ORDER);
                even = ((DoubleVector)
                                w0.lanewise(LSHL, 16).reinterpretAsFloats().convertShape(F2D, WIDE, 0))
                        .fma(c0, even);
                odd = ((DoubleVector) w0.and(ODD).reinterpretAsFloats().convertShape(F2D, WIDE, 0)).fma(c0, odd);
                IntVector w1 = IntVector.fromByteBuffer(INTS, r1, p, ORDER);
                even = ((DoubleVector)
                                w1.lanewise(LSHL, 16).reinterpretAsFloats().convertShape(F2D, WIDE, 0))
                        .fma(c1, even);
                odd = ((DoubleVector) w1.and(ODD).reinterpretAsFloats().convertShape(F2D, WIDE, 0)).fma(c1, odd);
                IntVector w2 = IntVector.fromByteBuffer(INTS, r2, p, ORDER);
                even = ((DoubleVector)
                                w2.lanewise(LSHL, 16).reinterpretAsFloats().convertShape(F2D, WIDE, 0))
                        .fma(c2, even);
                odd = ((DoubleVector) w2.and(ODD).reinterpretAsFloats().convertShape(F2D, WIDE, 0)).fma(c2, odd);
                IntVector w3 = IntVector.fromByteBuffer(INTS, r3, p, ORDER);
                even = ((DoubleVector)
                                w3.lanewise(LSHL, 16).reinterpretAsFloats().convertShape(F2D, WIDE, 0))
                        .fma(c3, even);
                odd = ((DoubleVector) w3.and(ODD).reinterpretAsFloats().convertShape(F2D, WIDE, 0)).fma(c3, odd);
                even.intoArray(sum, j);
                odd.intoArray(sum, j + RowScratch.LANES);
            }
        }
    }
}
