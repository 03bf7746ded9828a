/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The Cholesky factor of a system that loses its first row and column and gains a last one, in O(n^2) each time.
 *
 * <p>Symbols: M = U'U, U upper triangular. Both changes are exact algebra and lose no digits:
 *
 * <pre>
 * drop:    M = [a b'; b C],  U = [u w'; 0 V]   gives  C = V'V + w w',  a rank-one update by rotations
 * append:  U' y = column,  corner^2 = diagonal - y'y
 * </pre>
 *
 * <p>Rounding does not pile up either: a row lives for as many steps as the window is long, so after that nothing of an old
 * factor is left. Each row of U starts at its diagonal, so a dropped row moves no memory.
 */
final class SlidingCholesky {

    /** Row k of U from its diagonal on: {@code rows[k][j - k]}; the arrays trade places, each of full length. */
    private final double[][] rows;

    private int n;

    /** What {@link #keep} has copied, made at its first call. */
    private double @Nullable [][] kept;

    private int keptSize;

    SlidingCholesky(int capacity) {
        rows = new double[capacity][capacity];
    }

    int size() {
        return n;
    }

    void clear() {
        n = 0;
    }

    /** Removes the first row and column. */
    void dropFirst() {
        double[] first = rows[0];
        System.arraycopy(rows, 1, rows, 0, rows.length - 1);
        rows[rows.length - 1] = first;
        n--;
        double[] x = new double[n];
        System.arraycopy(first, 1, x, 0, n);
        for (int k = 0; k < n; k++) {
            double[] row = rows[k];
            double pivot = row[0];
            double root = Math.hypot(pivot, x[k]);
            double c = pivot / root;
            double s = x[k] / root;
            row[0] = root;
            rotate(row, x, k, n - k, c, s);
        }
    }

    private static void rotate(double[] row, double[] x, int k, int length, double c, double s) {
        for (int j = 1; j < length; j++) {
            double u = row[j];
            double v = x[k + j];
            row[j] = c * u + s * v;
            x[k + j] = c * v - s * u;
        }
    }

    /**
     * Appends a row and column.
     *
     * @param column the new entries above the diagonal, {@link #size} of them; overwritten
     * @param diagonal the new diagonal entry
     * @return false, and nothing appended, if the system is then not positive definite in double
     */
    boolean append(double[] column, double diagonal) {
        forward(column);
        double rest = diagonal;
        for (int k = 0; k < n; k++) {
            rest -= column[k] * column[k];
        }
        // Below this it is all rounding: the diagonal carries no more digits.
        if (!(rest > 0x1p-52 * diagonal && rest <= Double.MAX_VALUE)) {
            return false;
        }
        for (int k = 0; k < n; k++) {
            rows[k][n - k] = column[k];
        }
        rows[n][0] = Math.sqrt(rest);
        n++;
        return true;
    }

    /** Solves U' y = b in place; the first {@link #size} entries of b. */
    private void forward(double[] b) {
        for (int k = 0; k < n; k++) {
            double[] row = rows[k];
            double value = b[k] / row[0];
            b[k] = value;
            if (value != 0) {
                subtract(row, value, b, k, n - k);
            }
        }
    }

    private static void subtract(double[] row, double value, double[] b, int k, int length) {
        for (int j = 1; j < length; j++) {
            b[k + j] -= row[j] * value;
        }
    }

    /** Solves M x = b in place. */
    void solve(double[] b) {
        forward(b);
        for (int k = n - 1; k >= 0; k--) {
            double[] row = rows[k];
            double sum = b[k];
            for (int j = 1; j < n - k; j++) {
                sum -= row[j] * b[k + j];
            }
            b[k] = sum / row[0];
        }
    }

    /** Copies the present U for {@link #takeBack}. */
    void keep() {
        double[][] copy = kept;
        if (copy == null) {
            copy = new double[rows.length][];
            for (int k = 0; k < copy.length; k++) {
                copy[k] = new double[copy.length - k];
            }
            kept = copy;
        }
        for (int k = 0; k < n; k++) {
            System.arraycopy(rows[k], 0, copy[k], 0, n - k);
        }
        keptSize = n;
    }

    /** Goes back to the U of the last {@link #keep}. */
    void takeBack() {
        double[][] copy = Objects.requireNonNull(kept, "nothing was kept");
        n = keptSize;
        for (int k = 0; k < n; k++) {
            System.arraycopy(copy[k], 0, rows[k], 0, n - k);
        }
    }

    /** U as a square matrix, 0 below the diagonal. */
    double[][] toArray() {
        double[][] square = new double[n][n];
        for (int k = 0; k < n; k++) {
            System.arraycopy(rows[k], 0, square[k], k, n - k);
        }
        return square;
    }

    /** Takes over what {@link #toArray} gave. */
    void restore(INDArray square) {
        double[][] saved = square.toDoubleMatrix();
        n = saved.length;
        for (int k = 0; k < n; k++) {
            System.arraycopy(saved[k], k, rows[k], 0, n - k);
        }
    }
}
