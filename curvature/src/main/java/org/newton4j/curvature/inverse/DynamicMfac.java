/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.GradientRows;
import org.newton4j.curvature.operator.LinearOperator;

/**
 * M-FAC with a sliding window (Frantar, Kurtic, Alistarh 2021, section 3.2): the inverse of the empirical Fisher of the
 * last m gradients.
 *
 * <p>Symbols: G is the window, m rows of length d, initially 0; lambda the damping; K = G G'.
 *
 * <pre>
 * F      = lambda I + (1/m) sum_i g_i g_i'
 * F^-1 x = (x - G' (m lambda I + K)^-1 G x) / lambda          {@link #multiply}
 * F^-1 g = m G' (m lambda I + K)^-1 e                         {@link #multiplyNewest}, e picks the newest row
 * </pre>
 *
 * <p>The divisor is m from the first gradient on, as in the reference (IST-DASLab/M-FAC {@code optim.py}), so the window
 * acts as if it had been full of zeros. {@code insert} replaces the oldest row: O(dm). The next product factors the
 * m x m system: O(m^3). Each product is O(dm). Deviations from the reference: any m is allowed, the small system is
 * symmetric and factored by Cholesky in double, and the newest gradient has a product of its own, which does not
 * subtract nearly equal vectors and so keeps all digits at small damping.
 *
 * <p>Memory: m d numbers of the chosen type outside every workspace, see {@link MfacPlan}. Not thread-safe.
 */
public final class DynamicMfac implements LinearOperator {

    private final INDArray window;
    private final int m;
    private final long d;
    private final double damping;
    private final double[][] gram;
    private long inserted;

    private @Nullable Cholesky factor;

    /**
     * Allocates an empty window.
     *
     * @param dimension d, at least 1
     * @param m number of gradients kept, at least 1; the reference uses 1024
     * @param damping lambda, greater than 0; the reference uses 1e-5
     * @param type FLOAT or DOUBLE, the type of the gradients
     * @throws IllegalArgumentException when an argument is out of range
     */
    public DynamicMfac(long dimension, int m, double damping, DataType type) {
        this.d = Arguments.count("dimension", dimension, 1, Long.MAX_VALUE);
        this.m = Arguments.count("m", m, 1);
        this.damping = Arguments.positive("damping", damping);
        Arguments.floating("type", type);
        Math.multiplyExact(dimension, (long) m);
        this.window = OffHeap.zeros(type, 'c', m, dimension);
        this.gram = new double[m][m];
    }

    /**
     * Rebuilds a window from a checkpoint; its next product has the same bits as the original's.
     *
     * @param state from {@link #state()}; copied, Not modified
     * @throws IllegalArgumentException when its parts do not fit together
     */
    public DynamicMfac(MfacState state) {
        INDArray saved = state.window();
        Arguments.floating("window", saved);
        if (!(saved.rank() == 2)) {
            throw new IllegalArgumentException("window must have shape [m, d], but has rank " + saved.rank());
        }
        this.m = (int) saved.size(0);
        this.d = saved.size(1);
        Arguments.matrix("gram", state.gram(), m, m);
        if (state.gram().dataType() != DataType.DOUBLE) {
            throw new IllegalArgumentException(
                    "gram must be DOUBLE, but is " + state.gram().dataType());
        }
        this.damping = Arguments.positive("damping", state.damping());
        this.inserted = Arguments.count("inserted", state.inserted(), 0, Long.MAX_VALUE);
        this.window = OffHeap.copy(saved, 'c');
        this.gram = state.gram().toDoubleMatrix();
    }

    @Override
    public long dimension() {
        return d;
    }

    /**
     * Rows of the window.
     *
     * @return m
     */
    public int capacity() {
        return m;
    }

    /**
     * Gradients seen so far, also those already replaced.
     *
     * @return at least 0
     */
    public long inserted() {
        return inserted;
    }

    /**
     * Replaces the oldest gradient.
     *
     * @param gradient g, length d, the type of the window; copied, Not modified
     * @throws IllegalArgumentException when its length or type is wrong or its norm is not finite; the window is then as
     *     before
     */
    public void insert(INDArray gradient) {
        Arguments.vector("gradient", gradient, d);
        Arguments.sameType("gradient", gradient, "window", window);
        double norm = gradient.norm2Number().doubleValue();
        if (!(norm * norm <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException("the gradient has norm " + norm + "; one such row would spoil the next "
                    + m + " products, skip this step");
        }
        int slot = (int) (inserted % m);
        INDArray row = window.getRow(slot);
        row.assign(Arguments.flat(gradient));
        inserted++;
        double[] dots = rows().dots(row);
        for (int i = 0; i < dots.length; i++) {
            gram[slot][i] = dots[i];
            gram[i][slot] = dots[i];
        }
        factor = null;
    }

    /**
     * Computes {@code out = F^-1 in}.
     *
     * <p>For {@code in} close to the span of the window the difference cancels: relative to out the error may reach the
     * machine precision times |in| / (lambda |out|). FLOAT windows are computed in double and rounded once.
     */
    @Override
    public void multiply(INDArray in, INDArray out) {
        Arguments.product(d, in, out);
        Arguments.sameType("in", in, "window", window);
        if (inserted == 0) {
            out.assign(in).divi(damping);
            return;
        }
        GradientRows rows = rows();
        double[] c = rows.dots(in);
        factor().solve(c);
        for (int i = 0; i < c.length; i++) {
            c[i] /= -damping;
        }
        rows.combine(1 / damping, in, c, out);
    }

    /**
     * Computes {@code out = F^-1 g} for the newest gradient g, which is already part of F.
     *
     * @param out length d, the type of the window; may be the array that was inserted; Modified
     * @throws IllegalArgumentException when its length or type is wrong
     * @throws IllegalStateException when nothing was inserted yet
     */
    public void multiplyNewest(INDArray out) {
        if (inserted == 0) {
            throw new IllegalStateException("the window is empty; insert a gradient first");
        }
        GradientRows rows = rows();
        double[] c = new double[(int) rows.count()];
        c[(int) ((inserted - 1) % m)] = m;
        factor().solve(c);
        rows.combine(0, null, c, out);
    }

    /**
     * What a checkpoint must hold.
     *
     * @return the state; its window is the live array, so write it out or copy it before the next {@link #insert}
     */
    public MfacState state() {
        return new MfacState(window, Nd4j.createFromArray(gram), inserted, damping);
    }

    private Cholesky factor() {
        Cholesky current = factor;
        if (current == null) {
            current = Cholesky.of(gram, (int) Math.min(inserted, m), m * damping);
            factor = current;
        }
        return current;
    }

    /** Rows not yet written are 0 and would add nothing. */
    private GradientRows rows() {
        long filled = Math.min(inserted, m);
        return new GradientRows(
                filled == m ? window : window.get(NDArrayIndex.interval(0, filled), NDArrayIndex.all()));
    }

    @Override
    public String toString() {
        return "DynamicMfac" + Arrays.toString(new long[] {m, d}) + " damping " + damping + ", " + inserted
                + " inserted";
    }
}
