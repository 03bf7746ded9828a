/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static jdk.incubator.vector.VectorOperators.F2D;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** {@link VectorRows} of FLOAT. */
final class VectorFloatRows extends VectorRows {

    private static final VectorSpecies<Double> WIDE = DoubleVector.SPECIES_PREFERRED;

    private static final int LANES = WIDE.length();

    private static final VectorSpecies<Float> FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(WIDE.vectorBitSize() / 2));

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    @Override
    void unpack(ByteBuffer row, int at, double[] x, int n) {
        int base = at * Float.BYTES;
        for (int j = 0; j < n; j += LANES) {
            FloatVector.fromByteBuffer(FLOATS, row, base + j * Float.BYTES, ORDER)
                    .convertShape(F2D, WIDE, 0)
                    .reinterpretAsDoubles()
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
            int base = at * Float.BYTES;
            for (int j = h; j < n; j += RowScratch.LANES) {
                int p = base + j * Float.BYTES;
                DoubleVector v = DoubleVector.fromArray(WIDE, x, j);
                s0 = s0.add(((DoubleVector)
                                FloatVector.fromByteBuffer(FLOATS, r0, p, ORDER).convertShape(F2D, WIDE, 0))
                        .mul(v));
                s1 = s1.add(((DoubleVector)
                                FloatVector.fromByteBuffer(FLOATS, r1, p, ORDER).convertShape(F2D, WIDE, 0))
                        .mul(v));
                s2 = s2.add(((DoubleVector)
                                FloatVector.fromByteBuffer(FLOATS, r2, p, ORDER).convertShape(F2D, WIDE, 0))
                        .mul(v));
                s3 = s3.add(((DoubleVector)
                                FloatVector.fromByteBuffer(FLOATS, r3, p, ORDER).convertShape(F2D, WIDE, 0))
                        .mul(v));
                s4 = s4.add(((DoubleVector)
                                FloatVector.fromByteBuffer(FLOATS, r4, p, ORDER).convertShape(F2D, WIDE, 0))
                        .mul(v));
                s5 = s5.add(((DoubleVector)
                                FloatVector.fromByteBuffer(FLOATS, r5, p, ORDER).convertShape(F2D, WIDE, 0))
                        .mul(v));
                s6 = s6.add(((DoubleVector)
                                FloatVector.fromByteBuffer(FLOATS, r6, p, ORDER).convertShape(F2D, WIDE, 0))
                        .mul(v));
                s7 = s7.add(((DoubleVector)
                                FloatVector.fromByteBuffer(FLOATS, r7, p, ORDER).convertShape(F2D, WIDE, 0))
                        .mul(v));
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
        int base = at * Float.BYTES;
        for (int j = 0; j < n; j += LANES) {
            int p = base + j * Float.BYTES;
            DoubleVector v = DoubleVector.fromArray(WIDE, sum, j);
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r0, p, ORDER).convertShape(F2D, WIDE, 0))
                    .mul(c0));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r1, p, ORDER).convertShape(F2D, WIDE, 0))
                    .mul(c1));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r2, p, ORDER).convertShape(F2D, WIDE, 0))
                    .mul(c2));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r3, p, ORDER).convertShape(F2D, WIDE, 0))
                    .mul(c3));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r4, p, ORDER).convertShape(F2D, WIDE, 0))
                    .mul(c4));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r5, p, ORDER).convertShape(F2D, WIDE, 0))
                    .mul(c5));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r6, p, ORDER).convertShape(F2D, WIDE, 0))
                    .mul(c6));
            v = v.add(((DoubleVector)
                            FloatVector.fromByteBuffer(FLOATS, r7, p, ORDER).convertShape(F2D, WIDE, 0))
                    .mul(c7));
            v.intoArray(sum, j);
        }
    }
}
