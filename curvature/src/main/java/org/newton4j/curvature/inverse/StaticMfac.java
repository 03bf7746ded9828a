/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.FlatOperator;
import org.newton4j.curvature.operator.GradientRows;

/**
 * M-FAC for a fixed set of gradients (Frantar, Kurtic, Alistarh 2021, section 3.1): the inverse of their empirical
 * Fisher, with its elements and its diagonal.
 *
 * <p>Symbols: G holds m gradients of length d, lambda is the damping, L the Cholesky factor of the small system.
 *
 * <pre>
 * F              = lambda I + (1/m) sum_i g_i g_i'
 * L L'           = m lambda I + G G'
 * W              = L^-1 G                                  set-up, O(dm^2)
 * F^-1 x         = (x - W'(W x)) / lambda                  O(dm)
 * (F^-1)_ij      = (delta_ij - sum_k W_ki W_kj) / lambda   O(m)
 * </pre>
 *
 * <p>Row k of W is the reference's {@code Hg_k} times sqrt(lambda / denom_k) (IST-DASLab/M-FAC {@code prun.py}), so this
 * is the same recursion in closed form. Deviations: any m is allowed, sums run in double, the caller's gradients are left
 * alone, and all m rows count (the reference's pruning script drops the last one and still divides by m).
 *
 * <p>Memory: m d numbers beside the caller's gradients. Immutable, safe to share between threads.
 */
public final class StaticMfac extends FlatOperator {

    private final INDArray rows;
    private final GradientRows w;
    private final double damping;

    /**
     * Inverts the Fisher matrix of a stack of gradients.
     *
     * @param gradients shape [m, d], FLOAT or DOUBLE, finite; copied, Not modified
     * @param damping lambda, greater than 0
     * @throws IllegalArgumentException when the stack is no finite matrix or the damping is not positive
     * @throws ArithmeticException when the damping is too small for the small system to be positive definite in double
     */
    public StaticMfac(INDArray gradients, double damping) {
        Arguments.floating("gradients", gradients);
        if (!(gradients.rank() == 2)) {
            throw new IllegalArgumentException("gradients must be a matrix [m, d], but have rank " + gradients.rank());
        }
        double norm = gradients.norm2Number().doubleValue();
        if (!(norm * norm <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "the gradients have norm " + norm + "; leave out those that are not finite");
        }
        this.damping = Arguments.positive("damping", damping);
        int m = (int) Arguments.count("m", gradients.size(0), 1, Integer.MAX_VALUE);
        this.rows = OffHeap.copy(gradients, 'c');
        this.w = new GradientRows(rows);
        double[][] gram = new double[m][];
        for (int i = 0; i < m; i++) {
            gram[i] = w.dots(rows.getRow(i));
        }
        double[][] inverse = Cholesky.of(gram, m, m * damping).inverseOfLower();
        // Row i of W needs the gradients 0..i, so going down the copy can be overwritten.
        for (int i = m - 1; i >= 0; i--) {
            w.combine(0, null, Arrays.copyOf(inverse[i], i + 1), rows.getRow(i));
        }
    }

    @Override
    public long dimension() {
        return w.dimension();
    }

    /**
     * Number of gradients.
     *
     * @return m
     */
    public long count() {
        return w.count();
    }

    /** Computes {@code out = F^-1 in}. */
    @Override
    protected void product(INDArray in, INDArray out) {
        double[] c = w.dots(in);
        for (int i = 0; i < c.length; i++) {
            c[i] /= -damping;
        }
        w.combine(1 / damping, in, c, out);
    }

    /**
     * One element of the inverse.
     *
     * @param i row, in [0, d)
     * @param j column, in [0, d)
     * @return (F^-1)_ij
     * @throws IllegalArgumentException when an index lies outside
     */
    public double element(long i, long j) {
        Arguments.count("i", i, 0, dimension() - 1);
        Arguments.count("j", j, 0, dimension() - 1);
        double sum = i == j ? 1 : 0;
        for (long k = 0; k < w.count(); k++) {
            sum -= rows.getDouble(k, i) * rows.getDouble(k, j);
        }
        return sum / damping;
    }

    /**
     * The diagonal of the inverse.
     *
     * @return d numbers, the type of the gradients
     */
    public INDArray diagonal() {
        INDArray sum = Nd4j.ones(DataType.DOUBLE, dimension());
        for (long k = 0; k < w.count(); k++) {
            INDArray row = rows.getRow(k).castTo(DataType.DOUBLE);
            sum.subi(row.mul(row));
        }
        return sum.divi(damping).castTo(rows.dataType());
    }
}
