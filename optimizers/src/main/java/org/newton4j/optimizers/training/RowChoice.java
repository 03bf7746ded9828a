/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Takes the real rows out of all rows of a layer, which lie example by example.
 *
 * @param counts real rows of each example that has any
 * @param indices of the real rows, or null if all are
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
record RowChoice(int[] counts, int @Nullable [] indices) {

    /**
     * Chooses.
     *
     * @param real from {@link RealRows#of}, null for all
     * @param batch examples
     * @param positions of each
     */
    static RowChoice of(boolean @Nullable [][] real, int batch, int positions) {
        if (real == null) {
            int[] counts = new int[batch];
            Arrays.fill(counts, positions);
            return new RowChoice(counts, null);
        }
        int[] counts = new int[batch];
        int[] indices = new int[batch * positions];
        int examples = 0;
        int rows = 0;
        for (int n = 0; n < batch; n++) {
            int before = rows;
            for (int at = 0; at < positions; at++) {
                if (real[n][at]) {
                    indices[rows++] = n * positions + at;
                }
            }
            if (rows > before) {
                counts[examples++] = rows - before;
            }
        }
        return new RowChoice(Arrays.copyOf(counts, examples), Arrays.copyOf(indices, rows));
    }

    /** Rows that are left. */
    long rows() {
        long sum = 0;
        for (int one : counts) {
            sum += one;
        }
        return sum;
    }

    /**
     * The real ones.
     *
     * @param all [rows, columns]; Not modified
     * @return the very array if all are real, a new one of at least one row, or an array without entries
     */
    INDArray from(INDArray all) {
        if (indices == null) {
            return all;
        }
        return indices.length == 0
                ? Nd4j.empty(all.dataType())
                : Nd4j.pullRows(all.ordering() == 'c' && !all.isView() ? all : all.dup('c'), 1, indices, 'c');
    }
}
