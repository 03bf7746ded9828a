/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The inner loops of {@link VectorRowLoops} for one type of rows, several rows at once, so that each number of the vector is
 * loaded once for all of them. Eight in one loop are a tenth faster than four where C2 inlines everything; in other processes it
 * does not, and then they take twice as long.
 *
 * <p>Written out row by row and without small methods, because C2 keeps vectors in registers only where it inlines
 * everything, and it stops when a loop has grown too large; one loop variable that every index is a multiple of, so that
 * bounds are checked once.
 */
abstract class VectorRows {

    /**
     * Rows of one loop. C2 stops inlining at a number of nodes (NodeCountInliningCutoff), and every load from a buffer has
     * hundreds: with all of {@link RowScratch#ROWS} in one loop it boxed vectors in a quarter to a half of the processes that
     * train, see docs/performance.md. So it did where two such methods became part of their caller; these are methods of
     * their own.
     */
    static final int TOGETHER = 4;

    /**
     * The loops for a type.
     *
     * @param type FLOAT, DOUBLE or BFLOAT16
     */
    static VectorRows of(DataType type) {
        return switch (type) {
            case FLOAT -> new VectorFloatRows();
            case DOUBLE -> new VectorDoubleRows();
            default -> new VectorHalfRows();
        };
    }

    /**
     * Unpacks columns in the order of the rows.
     *
     * @param row bytes
     * @param at first column
     * @param x Modified
     * @param n columns, a multiple of {@link RowMemory#GROUP}
     */
    abstract void unpack(ByteBuffer row, int at, double[] x, int n);

    /**
     * Multiplies rows with a vector.
     *
     * @param rows {@link RowScratch#ROWS} rows
     * @param at first column
     * @param x the vector in the order of the rows, from 0 on
     * @param n columns, a multiple of {@link RowMemory#GROUP}
     * @param lanes {@link RowScratch#LANES} sums for each row; Modified, previous content ignored
     */
    abstract void dots(ByteBuffer[] rows, int at, double[] x, int n, double[] lanes);

    /**
     * Adds multiples of rows to a vector.
     *
     * @param rows {@link RowScratch#ROWS} rows
     * @param c coefficients
     * @param first coefficient of the first row
     * @param at first column
     * @param sum the vector in the order of the rows, from 0 on; Modified
     * @param n columns, a multiple of {@link RowMemory#GROUP}
     */
    abstract void add(ByteBuffer[] rows, double[] c, int first, int at, double[] sum, int n);
}
