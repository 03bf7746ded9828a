/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The factor of a small symmetric positive definite matrix in double: M = U'U, U upper triangular.
 *
 * <p>Row-wise and without recursion, so the inner loops run over neighbouring doubles and the result is the same bits on
 * every machine; that is what a resumed run needs.
 */
final class Cholesky {

    private final double[][] upper;

    private Cholesky(double[][] upper) {
        this.upper = upper;
    }

    /** Factors {@code matrix + shift I}; only the upper triangle is read. */
    static Cholesky of(double[][] matrix, int n, double shift) {
        double[][] u = new double[n][];
        for (int i = 0; i < n; i++) {
            // Entries below the diagonal are neither read nor written.
            u[i] = Arrays.copyOf(matrix[i], n);
            u[i][i] += shift;
        }
        for (int k = 0; k < n; k++) {
            double[] pivotRow = u[k];
            double pivot = pivotRow[k];
            if (!(pivot > 0 && pivot <= Double.MAX_VALUE)) {
                throw new ArithmeticException(
                        "a " + n + " x " + n + " system is not positive definite in double (pivot " + k + " is " + pivot
                                + " with damping " + shift + "); increase the damping");
            }
            double root = Math.sqrt(pivot);
            for (int j = k; j < n; j++) {
                pivotRow[j] /= root;
            }
            for (int i = k + 1; i < n; i++) {
                double factor = pivotRow[i];
                if (factor != 0) {
                    double[] row = u[i];
                    for (int j = i; j < n; j++) {
                        row[j] -= factor * pivotRow[j];
                    }
                }
            }
        }
        return new Cholesky(u);
    }

    static Cholesky of(INDArray matrix, double shift) {
        INDArray wide = matrix.castTo(DataType.DOUBLE);
        return of(wide.toDoubleMatrix(), (int) wide.size(0), shift);
    }

    /** Solves M x = b in place. */
    void solve(double[] b) {
        forward(b);
        for (int k = b.length - 1; k >= 0; k--) {
            double[] row = upper[k];
            double sum = b[k];
            for (int j = k + 1; j < b.length; j++) {
                sum -= row[j] * b[j];
            }
            b[k] = sum / row[k];
        }
    }

    /** Solves U' x = b in place. */
    void forward(double[] b) {
        for (int k = 0; k < b.length; k++) {
            double[] row = upper[k];
            b[k] /= row[k];
            double value = b[k];
            if (value != 0) {
                for (int j = k + 1; j < b.length; j++) {
                    b[j] -= row[j] * value;
                }
            }
        }
    }

    /** M^-1 as an array of the given type, exactly symmetric. */
    INDArray inverse(DataType type) {
        int n = upper.length;
        double[][] inverse = new double[n][n];
        for (int i = 0; i < n; i++) {
            inverse[i][i] = 1;
            solve(inverse[i]);
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double mean = 0.5 * (inverse[i][j] + inverse[j][i]);
                inverse[i][j] = mean;
                inverse[j][i] = mean;
            }
        }
        return Nd4j.createFromArray(inverse).castTo(type);
    }

    /** Row i of (U')^-1 for every i, lower triangular. */
    double[][] inverseOfLower() {
        int n = upper.length;
        double[][] rows = new double[n][n];
        double[] column = new double[n];
        for (int j = 0; j < n; j++) {
            Arrays.fill(column, 0);
            column[j] = 1;
            forward(column);
            for (int i = j; i < n; i++) {
                rows[i][j] = column[i];
            }
        }
        return rows;
    }
}
