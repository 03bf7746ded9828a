/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * The two inner loops over a block of columns. The Vector API has another implementation with the same bits; fused
 * multiply-add is for exact products only.
 */
class RowLoops {

    /**
     * Unpacks columns of a row into {@code scratch.vector}, in the order of the row, 0 behind the last.
     *
     * @param rows stack
     * @param row which
     * @param at first column
     * @param n columns, at most {@link RowProducts#BLOCK}
     * @param scratch its {@code vector} is Modified
     */
    void unpack(RowMemory rows, int row, int at, int n, RowScratch scratch) {
        rows.widen(row, at, n, scratch.vector, scratch);
    }

    /**
     * Rounds columns of a vector into a row.
     *
     * @param vector FLOAT or DOUBLE, finite
     * @param rows stack; Modified
     * @param row which
     * @param at first column
     * @param n columns, at most {@link RowProducts#BLOCK}
     * @param scratch to work in
     */
    void store(RowMemory vector, RowMemory rows, int row, int at, int n, RowScratch scratch) {
        rows.store(row, vector, at, n, scratch);
    }

    /**
     * Rounds {@code scratch.vector} to the type of a vector and writes it there.
     *
     * @param target FLOAT or DOUBLE; Modified
     * @param grouped whether {@code scratch.vector} is in the order of BFLOAT16 rows
     * @param at first column
     * @param n columns, at most {@link RowProducts#BLOCK}
     * @param scratch to work in
     */
    void finish(RowMemory target, boolean grouped, int at, int n, RowScratch scratch) {
        double[] natural = scratch.vector;
        if (grouped) {
            RowMemory.ungroup(scratch.vector, n, scratch.natural);
            natural = scratch.natural;
        }
        target.put(0, at, n, natural, scratch);
    }

    /**
     * Adds the product of each row with a vector to what is there.
     *
     * @param rows stack
     * @param count rows
     * @param at first column
     * @param n columns, at most {@link RowProducts#BLOCK}
     * @param scratch its {@code vector} holds the columns of the vector in the order of the rows, 0 behind the last
     * @param sums one number for each row; Modified
     */
    void dots(RowMemory rows, int count, int at, int n, RowScratch scratch, double[] sums) {
        for (int i = 0; i < count; i++) {
            rows.widen(i, at, n, scratch.row, scratch);
            dot(scratch.row, scratch.vector, RowMemory.upToGroup(n), scratch.lanes);
            sums[i] += scratch.sum(0);
        }
    }

    /**
     * Adds a multiple of each row to a vector, row by row.
     *
     * @param rows stack
     * @param coefficients one for each row that takes part
     * @param at first column
     * @param n columns, at most {@link RowProducts#BLOCK}
     * @param scratch its {@code vector} is Modified; columns in the order of the rows
     */
    void combine(RowMemory rows, double[] coefficients, int at, int n, RowScratch scratch) {
        double[] sum = scratch.vector;
        double[] row = scratch.row;
        int filled = RowMemory.upToGroup(n);
        for (int i = 0; i < coefficients.length; i++) {
            rows.widen(i, at, n, row, scratch);
            double c = coefficients[i];
            for (int j = 0; j < filled; j++) {
                sum[j] += c * row[j];
            }
        }
    }

    private static void dot(double[] row, double[] x, int n, double[] lanes) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        double s4 = 0;
        double s5 = 0;
        double s6 = 0;
        double s7 = 0;
        for (int j = 0; j < n; j += RowScratch.LANES) {
            s0 += row[j] * x[j];
            s1 += row[j + 1] * x[j + 1];
            s2 += row[j + 2] * x[j + 2];
            s3 += row[j + 3] * x[j + 3];
            s4 += row[j + 4] * x[j + 4];
            s5 += row[j + 5] * x[j + 5];
            s6 += row[j + 6] * x[j + 6];
            s7 += row[j + 7] * x[j + 7];
        }
        lanes[0] = s0;
        lanes[1] = s1;
        lanes[2] = s2;
        lanes[3] = s3;
        lanes[4] = s4;
        lanes[5] = s5;
        lanes[6] = s6;
        lanes[7] = s7;
    }
}
