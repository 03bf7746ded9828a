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
            int base = at * Double.BYTES;
            for (int j = h; j < n; j += RowScratch.LANES) {
                int p = base + j * Double.BYTES;
                DoubleVector v = DoubleVector.fromArray(WIDE, x, j);
                s0 = s0.add(DoubleVector.fromByteBuffer(WIDE, r0, p, ORDER).mul(v));
                s1 = s1.add(DoubleVector.fromByteBuffer(WIDE, r1, p, ORDER).mul(v));
                s2 = s2.add(DoubleVector.fromByteBuffer(WIDE, r2, p, ORDER).mul(v));
                s3 = s3.add(DoubleVector.fromByteBuffer(WIDE, r3, p, ORDER).mul(v));
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
}
