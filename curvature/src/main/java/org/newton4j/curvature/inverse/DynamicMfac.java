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
 * M-FAC with a sliding window (Frantar, Kurtic, Alistarh 2021, section 3.2): the inverse of the empirical Fisher of the
 * last m gradients.
 *
 * <p>Symbols: G is the window, m rows of length d, initially 0; lambda the damping; K = G G'.
 *
 * <pre>
 * F      = lambda I + (1/m) sum_i g_i g_i'
 * F^-1 x = (x - G' (m lambda I + K)^-1 G x) / lambda          {@link #multiply(INDArray, INDArray)}
 * F^-1 g = m G' (m lambda I + K)^-1 e                         {@link #multiplyNewest}, e picks the newest row
 * </pre>
 *
 * <p>The divisor is m from the first gradient on, as in the reference (IST-DASLab/M-FAC {@code optim.py}), so the window
 * acts as if it had been full of zeros. {@code insert} replaces the oldest row and brings the Cholesky factor of the
 * m x m system up to date: one pass over the window and O(m^2). A product with the newest gradient is one more pass, any
 * other product two. Deviations from the reference: any m is allowed, the small system is symmetric and factored by
 * Cholesky in double, and the newest gradient has a product of its own, which does not subtract nearly equal vectors and
 * so keeps all digits at small damping.
 *
 * <p>The window may be narrower than the gradients. A gradient is rounded once, when it is stored, to nearest with ties
 * to even; sums run in double and inner products are those of the rounded rows, so the result is the exact inverse of
 * a slightly different Fisher matrix, applied to a slightly different gradient. BFLOAT16 keeps 8 significant bits, each
 * entry is off by at most 2^-8 of itself: with 32 independent Gaussian gradients of length 20,000 at damping 1e-2 the
 * product is off by 0.17 % of its norm, and the cosine of its angle with the FLOAT product is 0.999999.
 *
 * <p>Memory: m d numbers of the chosen type outside every workspace, see {@link MfacPlan}. Not thread-safe.
 */
public final class DynamicMfac extends FlatOperator {

    private final INDArray window;
    private final int m;
    private final long d;
    private final GradientRows rows;
    private final double[][] gram;
    private final SlidingCholesky factor;
    private double damping;
    private long inserted;

    /**
     * Allocates an empty window.
     *
     * @param dimension d, at least 1
     * @param m number of gradients kept, at least 1; the reference uses 1024
     * @param damping lambda, greater than 0; the reference uses 1e-5
     * @param type FLOAT, DOUBLE or BFLOAT16, the type gradients are stored in; gradients themselves are FLOAT or DOUBLE
     * @throws IllegalArgumentException when an argument is out of range, or as {@link MfacPlan#requireRoom}
     */
    public DynamicMfac(long dimension, int m, double damping, DataType type) {
        this(new MfacPlan(dimension, m, type), damping);
    }

    /**
     * Allocates an empty window.
     *
     * @param plan its sizes
     * @param damping lambda, greater than 0; the reference uses 1e-5
     * @throws IllegalArgumentException when the damping is out of range, or as {@link MfacPlan#requireRoom}
     */
    public DynamicMfac(MfacPlan plan, double damping) {
        this.d = plan.dimension();
        this.m = plan.m();
        this.damping = Arguments.positive("damping", damping);
        plan.requireRoom();
        Math.multiplyExact(d, (long) m);
        this.window = OffHeap.zeros(plan.type(), 'c', m, d);
        this.rows = new GradientRows(window);
        this.gram = new double[m][m];
        this.factor = new SlidingCholesky(m);
    }

    /**
     * Rebuilds a window from a checkpoint; its next product has the same bits as the original's.
     *
     * @param state from {@link #state()}; copied, Not modified
     * @throws IllegalArgumentException when its parts do not fit together
     */
    public DynamicMfac(MfacState state) {
        INDArray saved = state.window();
        Arguments.storage("window", saved.dataType());
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
        this.rows = new GradientRows(window);
        this.gram = state.gram().toDoubleMatrix();
        this.factor = new SlidingCholesky(m);
        int filled = filled();
        if (filled > 0) {
            Arguments.matrix("factor", state.factor(), filled, filled);
            if (state.factor().dataType() != DataType.DOUBLE) {
                throw new IllegalArgumentException(
                        "factor must be DOUBLE, but is " + state.factor().dataType());
            }
            factor.restore(state.factor());
        }
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
     * Type gradients are stored in.
     *
     * @return FLOAT, DOUBLE or BFLOAT16
     */
    public DataType storage() {
        return window.dataType();
    }

    /**
     * Damping in use.
     *
     * @return lambda
     */
    public double damping() {
        return damping;
    }

    /**
     * Changes the damping; another value than before costs O(m^3), as the system is factored anew.
     *
     * @param damping lambda, greater than 0
     * @throws IllegalArgumentException when it is not
     * @throws ArithmeticException when it is too small for the small system to be positive definite in double; the old one
     *     is then kept
     */
    public void setDamping(double damping) {
        double before = this.damping;
        if (Arguments.positive("damping", damping) == before) {
            return;
        }
        this.damping = damping;
        if (!factorAnew()) {
            this.damping = before;
            factorAnew();
            throw notDefinite(damping, "the old damping " + before + " stays");
        }
    }

    /**
     * Replaces the oldest gradient.
     *
     * @param gradient g, length d, FLOAT or DOUBLE; rounded to the type of the window and copied, Not modified
     * @throws IllegalArgumentException when its length or type is wrong or it holds a NaN; the window is then as before
     * @throws ArithmeticException when the square of its norm is not finite; the window is then as before. And when the gradient is so large against the damping that the small system is not
     *     positive definite in double; a row of zeros then takes its place and that of the oldest gradient
     */
    public void insert(INDArray gradient) {
        Arguments.vector("gradient", gradient, d);
        double norm = norm(gradient);
        if (!(norm * norm <= Double.MAX_VALUE)) {
            String message = "the gradient has norm " + norm + "; one such row would spoil the next " + m
                    + " products, skip this step";
            throw Double.isNaN(norm) ? new IllegalArgumentException(message) : new ArithmeticException(message);
        }
        int slot = (int) (inserted % m);
        boolean full = inserted >= m;
        inserted++;
        int filled = filled();
        store(slot, rows.insert(slot, gradient, filled));
        if (full) {
            factor.dropFirst();
        }
        if (!(factor.append(newestColumn(slot, filled), gram[slot][slot] + m * damping) || factorAnew())) {
            window.getRow(slot).assign(0);
            store(slot, new double[filled]);
            factorAnew();
            throw notDefinite(damping, "the gradient with norm " + norm + " is left out of the window");
        }
    }

    /**
     * Keeps what the next {@link #insert} and a change of the damping before it overwrite, in O(d + m^2), also where the
     * insertion fails.
     *
     * @return the present state
     */
    public KeptState keep() {
        int slot = (int) (inserted % m);
        long insertedBefore = inserted;
        double dampingBefore = damping;
        double[] dots = gram[slot].clone();
        INDArray oldest = inserted < m ? null : OffHeap.copy(window.getRow(slot), 'c');
        factor.keep();
        return new KeptState() {
            @Override
            public void takeBack() {
                if (oldest == null) {
                    window.getRow(slot).assign(0);
                } else {
                    window.getRow(slot).assign(oldest);
                }
                store(slot, dots);
                inserted = insertedBefore;
                damping = dampingBefore;
                factor.takeBack();
                release();
            }

            @Override
            public void release() {
                if (oldest != null) {
                    oldest.close();
                }
            }
        };
    }

    private double norm(INDArray gradient) {
        INDArray flat = Arguments.flat(gradient);
        INDArray dense = d == 1 || flat.stride(0) == 1 ? flat : flat.dup();
        return Math.sqrt(new GradientRows(dense.reshape('c', 1, d)).dots(dense)[0]);
    }

    private void store(int slot, double[] dots) {
        for (int i = 0; i < dots.length; i++) {
            gram[slot][i] = dots[i];
            gram[i][slot] = dots[i];
        }
    }

    /** Inner products of the newest row with the older ones, oldest first. */
    private double[] newestColumn(int slot, int filled) {
        double[] column = new double[filled - 1];
        for (int p = 0; p < column.length; p++) {
            column[p] = gram[slot][slot(p, filled)];
        }
        return column;
    }

    /** Row of the window at a place in the order of age, 0 being the oldest. */
    private int slot(int place, int filled) {
        return (int) ((inserted - filled + place) % m);
    }

    private boolean factorAnew() {
        int filled = filled();
        factor.clear();
        for (int p = 0; p < filled; p++) {
            double[] row = gram[slot(p, filled)];
            double[] column = new double[p];
            for (int q = 0; q < p; q++) {
                column[q] = row[slot(q, filled)];
            }
            if (!factor.append(column, row[slot(p, filled)] + m * damping)) {
                return false;
            }
        }
        return true;
    }

    private ArithmeticException notDefinite(double damping, String consequence) {
        return new ArithmeticException("a " + filled() + " x " + filled() + " system is not positive definite in double"
                + " with damping " + damping + "; " + consequence + "; increase the damping");
    }

    private int filled() {
        return (int) Math.min(inserted, m);
    }

    /**
     * Computes {@code out = F^-1 in}.
     *
     * <p>For {@code in} close to the span of the window the difference cancels: relative to out the error may reach the
     * machine precision times |in| / (lambda |out|). FLOAT vectors are computed in double and rounded once.
     */
    @Override
    protected void product(INDArray in, INDArray out) {
        if (inserted == 0) {
            out.assign(in).divi(damping);
            return;
        }
        double[] c = solve(rows.dots(in, filled()));
        for (int i = 0; i < c.length; i++) {
            c[i] /= -damping;
        }
        rows.combine(1 / damping, in, c, out);
    }

    /**
     * Computes {@code out = F^-1 g} for the newest gradient g as stored, which is already part of F.
     *
     * @param out length d, FLOAT or DOUBLE; may be the array that was inserted; Modified
     * @throws IllegalArgumentException when its length or type is wrong
     * @throws IllegalStateException when nothing was inserted yet
     */
    public void multiplyNewest(INDArray out) {
        if (inserted == 0) {
            throw new IllegalStateException("the window is empty; insert a gradient first");
        }
        double[] c = new double[filled()];
        c[(int) ((inserted - 1) % m)] = m;
        rows.combine(0, null, solve(c), out);
    }

    /** Solves the small system for a right-hand side in the order of the rows. */
    private double[] solve(double[] b) {
        int filled = b.length;
        double[] byAge = new double[filled];
        for (int p = 0; p < filled; p++) {
            byAge[p] = b[slot(p, filled)];
        }
        factor.solve(byAge);
        double[] x = new double[filled];
        for (int p = 0; p < filled; p++) {
            x[slot(p, filled)] = byAge[p];
        }
        return x;
    }

    /**
     * What a checkpoint must hold.
     *
     * @return the state; its window is the live array, so write it out or copy it before the next {@link #insert}
     */
    public MfacState state() {
        INDArray factorArray = inserted == 0 ? Nd4j.createFromArray(0.0) : Nd4j.createFromArray(factor.toArray());
        return new MfacState(window, Nd4j.createFromArray(gram), factorArray, inserted, damping);
    }

    @Override
    public String toString() {
        return "DynamicMfac" + Arrays.toString(new long[] {m, d}) + " " + storage() + " damping " + damping + ", "
                + inserted + " inserted";
    }
}
