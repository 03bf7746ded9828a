/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * What one thread works in while it goes over a stack of rows; half a MB, made once per thread.
 */
final class RowScratch {

    /** Rows that share one look at the vector. */
    static final int ROWS = 8;

    /** Partial sums of a row within a block; lane l takes the columns l, l + 8, l + 16 … of the unpacked order. */
    static final int LANES = 8;

    private static final ThreadLocal<RowScratch> MINE = ThreadLocal.withInitial(RowScratch::new);

    final double[] vector = new double[RowProducts.BLOCK];
    final double[] natural = new double[RowProducts.BLOCK];
    final double[] row = new double[RowProducts.BLOCK];
    final float[] floats = new float[RowProducts.BLOCK];
    final short[] shorts = new short[RowProducts.BLOCK];
    final double[] lanes = new double[ROWS * LANES];

    static RowScratch mine() {
        return MINE.get();
    }

    /** The lanes of row {@code r}, added in one fixed order. */
    double sum(int r) {
        int l = r * LANES;
        return ((lanes[l] + lanes[l + 1]) + (lanes[l + 2] + lanes[l + 3]))
                + ((lanes[l + 4] + lanes[l + 5]) + (lanes[l + 6] + lanes[l + 7]));
    }
}
