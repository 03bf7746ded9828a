/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link VectorRows} of DOUBLE. */
final class VectorDoubleRows extends VectorRows {

    private static final VectorSpecies<Double> WIDE = DoubleVector.SPECIES_PREFERRED;

    private static final int LANES = WIDE.length();

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    @Override
    void unpack(ByteBuffer row, int at, double[] x, int n) {
        int base = at * Double.BYTES;
        for (int j = 0; j < n; j += LANES) {
            DoubleVector.fromByteBuffer(WIDE, row, base + j * Double.BYTES, ORDER)
                    .intoArray(x, j);
        }
    }

    @Override
    void dots(ByteBuffer[] rows, int at, double[] x, int n, double[] lanes) {
        ByteBuffer r0 = rows[0];
        ByteBuffer r1 = rows[1];
        ByteBuffer r2 = rows[2];
        ByteBuffer r3 = rows[3];
        ByteBuffer r4 = rows[4];
        ByteBuffer r5 = rows[5];
        ByteBuffer r6 = rows[6];
        ByteBuffer r7 = rows[7];
        for (int h = 0; h < RowScratch.LANES; h += LANES) {
            DoubleVector s0 = DoubleVector.zero(WIDE);
            DoubleVector s1 = DoubleVector.zero(WIDE);
            DoubleVector s2 = DoubleVector.zero(WIDE);
            DoubleVector s3 = DoubleVector.zero(WIDE);
            DoubleVector s4 = DoubleVector.zero(WIDE);
            DoubleVector s5 = DoubleVector.zero(WIDE);
            DoubleVector s6 = DoubleVector.zero(WIDE);
            DoubleVector s7 = DoubleVector.zero(WIDE);
            int base = at * Double.BYTES;
            for (int j = h; j < n; j += RowScratch.LANES) {
                int p = base + j * Double.BYTES;
                DoubleVector v = DoubleVector.fromArray(WIDE, x, j);
                s0 = s0.add(DoubleVector.fromByteBuffer(WIDE, r0, p, ORDER).mul(v));
                s1 = s1.add(DoubleVector.fromByteBuffer(WIDE, r1, p, ORDER).mul(v));
                s2 = s2.add(DoubleVector.fromByteBuffer(WIDE, r2, p, ORDER).mul(v));
                s3 = s3.add(DoubleVector.fromByteBuffer(WIDE, r3, p, ORDER).mul(v));
                s4 = s4.add(DoubleVector.fromByteBuffer(WIDE, r4, p, ORDER).mul(v));
                s5 = s5.add(DoubleVector.fromByteBuffer(WIDE, r5, p, ORDER).mul(v));
                s6 = s6.add(DoubleVector.fromByteBuffer(WIDE, r6, p, ORDER).mul(v));
                s7 = s7.add(DoubleVector.fromByteBuffer(WIDE, r7, p, ORDER).mul(v));
            }
            s0.intoArray(lanes, h);
            s1.intoArray(lanes, RowScratch.LANES + h);
            s2.intoArray(lanes, 2 * RowScratch.LANES + h);
            s3.intoArray(lanes, 3 * RowScratch.LANES + h);
            s4.intoArray(lanes, 4 * RowScratch.LANES + h);
            s5.intoArray(lanes, 5 * RowScratch.LANES + h);
            s6.intoArray(lanes, 6 * RowScratch.LANES + h);
            s7.intoArray(lanes, 7 * RowScratch.LANES + h);
        }
    }

    @Override
    void add(ByteBuffer[] rows, double[] c, int first, int at, double[] sum, int n) {
        ByteBuffer r0 = rows[0];
        ByteBuffer r1 = rows[1];
        ByteBuffer r2 = rows[2];
        ByteBuffer r3 = rows[3];
        ByteBuffer r4 = rows[4];
        ByteBuffer r5 = rows[5];
        ByteBuffer r6 = rows[6];
        ByteBuffer r7 = rows[7];
        DoubleVector c0 = DoubleVector.broadcast(WIDE, c[first]);
        DoubleVector c1 = DoubleVector.broadcast(WIDE, c[first + 1]);
        DoubleVector c2 = DoubleVector.broadcast(WIDE, c[first + 2]);
        DoubleVector c3 = DoubleVector.broadcast(WIDE, c[first + 3]);
        DoubleVector c4 = DoubleVector.broadcast(WIDE, c[first + 4]);
        DoubleVector c5 = DoubleVector.broadcast(WIDE, c[first + 5]);
        DoubleVector c6 = DoubleVector.broadcast(WIDE, c[first + 6]);
        DoubleVector c7 = DoubleVector.broadcast(WIDE, c[first + 7]);
        int base = at * Double.BYTES;
        for (int j = 0; j < n; j += LANES) {
            int p = base + j * Double.BYTES;
            DoubleVector v = DoubleVector.fromArray(WIDE, sum, j);
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r0, p, ORDER).mul(c0));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r1, p, ORDER).mul(c1));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r2, p, ORDER).mul(c2));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r3, p, ORDER).mul(c3));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r4, p, ORDER).mul(c4));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r5, p, ORDER).mul(c5));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r6, p, ORDER).mul(c6));
            v = v.add(DoubleVector.fromByteBuffer(WIDE, r7, p, ORDER).mul(c7));
            v.intoArray(sum, j);
        }
    }
}
