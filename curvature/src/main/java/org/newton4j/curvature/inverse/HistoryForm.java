/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.blas.Level1;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.curvature.kernel.RowProducts;
import org.newton4j.curvature.kernel.Runs;
import org.newton4j.curvature.kernel.SymmetricKernels;
import org.newton4j.curvature.operator.Arguments;

/**
 * M as the history of its updates: cheaper than the matrix, and the same but for rounding, while there are few.
 *
 * <p>Symbols: W has a row for each of r updates, of length n; kappa is negative for rules that subtract. What updates do to
 * M they do to two numbers and a row:
 *
 * <pre>
 * M                       = alpha I + kappa W'W
 * a M + f u u' + b I      : alpha = a alpha + b,  kappa = a kappa,  next row = u sqrt(f / kappa)
 * M x                     = alpha x + kappa W'(W x)
 * </pre>
 *
 * <p>A product with a matrix of k columns takes 4 r n k operations instead of 2 n^2 k. The diagonal, which tells the largest
 * entry, is kept up to date in double. When a row more would not pay or a number leaves the range where squares are safe,
 * the matrix is formed, for good. Rows lie in the memory that will be the matrix's, so that no memory is added; forming copies them.
 */
final class HistoryForm implements RankOneForm {

    /** Rows beyond which two thin products cost more than a dense one, in multiples of n. Measured. */
    static final double SHARE = 0.4;

    /** The size below which calls outweigh operations. Measured. */
    static final int SMALLEST = 192;

    /** Squares of numbers between 1 / limit and limit, times each other, stay in the range of the type. */
    private static final double FLOAT_LIMIT = 0x1p40;

    private static final double DOUBLE_LIMIT = 0x1p300;

    private static final double[] NONE = {};

    private final INDArray memory;
    private final RowProducts rows;
    private final int most;
    private final double[] diagonal;
    private double alpha;
    private double kappa;
    private int count;
    private @Nullable Views views;

    /** The rows, once the matrix has taken their place; only while someone may want them back. */
    private @Nullable INDArray displaced;

    private boolean keeping;

    /**
     * What products work on, made when needed: a view costs ND4J several microseconds.
     *
     * @param stack W', [n, r] in F order
     * @param spare memory of the caller
     * @param product [r, k] or [k, r], in that memory
     */
    private record Views(INDArray stack, INDArray spare, INDArray product) {}

    /**
     * Starts at {@code M = alpha I}.
     *
     * @param n size
     * @param type FLOAT or DOUBLE
     * @param alpha greater than 0
     * @param sign of the factors of updates to come, 1 or -1
     */
    HistoryForm(int n, DataType type, double alpha, int sign) {
        memory = OffHeap.zeros(type, 'f', n, n);
        most = most(n);
        rows = Kernels.rows(rows(Math.max(1, most)));
        diagonal = new double[n];
        Arrays.fill(diagonal, alpha);
        this.alpha = alpha;
        kappa = sign;
    }

    /** Goes on from a checkpoint whose numbers have been checked. */
    private HistoryForm(RankOneHistory state, DataType type) {
        this((int) state.diagonal().length(), type, state.alpha(), 1);
        kappa = state.kappa();
        System.arraycopy(Runs.load(state.diagonal()), 0, diagonal, 0, diagonal.length);
        INDArray saved = state.rows();
        if (saved != null) {
            count = (int) saved.size(0);
            rows(count).assign(saved);
        }
    }

    /**
     * The form a checkpoint speaks of, or the matrix if this version keeps no history of that length.
     *
     * @throws IllegalArgumentException if its arrays do not fit each other or a number is out of range
     */
    static RankOneForm of(RankOneHistory state, DataType type) {
        Arguments.positive("alpha", state.alpha());
        if (!(Math.abs(Arguments.finite("kappa", state.kappa())) > 0)) {
            throw new IllegalArgumentException("kappa must not be 0");
        }
        long n = state.diagonal().length();
        INDArray saved = state.rows();
        if (saved != null) {
            Arguments.matrix("rows", saved, saved.size(0), n);
            requireFinite("rows", saved);
        }
        requireFinite("diagonal", state.diagonal());
        if (n >= SMALLEST && (saved == null || saved.size(0) <= most(n))) {
            return new HistoryForm(state, type);
        }
        INDArray matrix = OffHeap.zeros(type, 'f', n, n);
        form(
                saved == null ? null : OffHeap.copy(saved.castTo(type), 'c').transpose(),
                state.kappa(),
                state.alpha(),
                matrix);
        return new DenseForm(matrix, false);
    }

    private static void requireFinite(String name, INDArray array) {
        if (!Double.isFinite(array.castTo(DataType.DOUBLE).sumNumber().doubleValue())) {
            throw new IllegalArgumentException(name + " must be finite");
        }
    }

    private static int most(long n) {
        return (int) (SHARE * n);
    }

    @Override
    public DataType type() {
        return memory.dataType();
    }

    @Override
    public long dimension() {
        return memory.size(0);
    }

    @Override
    public SymmetricKernels kernels() {
        return Kernels.symmetric(memory);
    }

    /** The first rows of W, live. */
    private INDArray rows(long first) {
        long n = dimension();
        return Nd4j.create(memory.data(), new long[] {first, n}, new long[] {n, 1}, 0, 'c');
    }

    private INDArray row(long index) {
        long n = dimension();
        return Nd4j.create(memory.data(), new long[] {n}, new long[] {1}, index * n);
    }

    private INDArray stack() {
        long n = dimension();
        return Nd4j.create(memory.data(), new long[] {n, count}, new long[] {1, n}, 0, 'f');
    }

    @Override
    public void multiply(INDArray x, INDArray out) {
        double[] c = count == 0 ? NONE : rows.dots(count, x);
        for (int i = 0; i < count; i++) {
            c[i] *= kappa;
        }
        rows.combine(alpha, x, c, out);
    }

    @Override
    public double largestOfDiagonal() {
        double largest = 0;
        for (double value : diagonal) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    @Override
    public RankOneForm update(double scale, double factor, INDArray u, double shift) {
        double nextAlpha = scale * alpha + shift;
        double nextKappa = scale * kappa;
        double largest = Math.sqrt(Math.abs(factor)) * kernels().largest(u);
        boolean fits = count < most
                && factor / nextKappa > 0
                && inRange(nextAlpha)
                && inRange(Math.abs(nextKappa))
                && largest <= limit();
        if (!fits) {
            return dense().update(scale, factor, u, shift);
        }
        INDArray row = row(count);
        rows.combine(Math.sqrt(factor / nextKappa), u, NONE, row);
        double[] w = Runs.load(row);
        for (int i = 0; i < w.length; i++) {
            diagonal[i] = scale * diagonal[i] + nextKappa * w[i] * w[i] + shift;
        }
        alpha = nextAlpha;
        kappa = nextKappa;
        count++;
        views = null;
        return this;
    }

    /** Rows are only added, so that their number is enough. */
    @Override
    public KeptState keep() {
        double[] diagonalBefore = diagonal.clone();
        double alphaBefore = alpha;
        double kappaBefore = kappa;
        int countBefore = count;
        keeping = true;
        return new KeptState() {
            @Override
            public void takeBack() {
                System.arraycopy(diagonalBefore, 0, diagonal, 0, diagonal.length);
                alpha = alphaBefore;
                kappa = kappaBefore;
                count = countBefore;
                views = null;
                INDArray rowsBefore = displaced;
                if (rowsBefore != null) {
                    stack().assign(rowsBefore);
                }
                release();
            }

            @Override
            public void release() {
                keeping = false;
                INDArray copy = displaced;
                displaced = null;
                if (copy != null) {
                    copy.close();
                }
            }
        };
    }

    private boolean inRange(double value) {
        return value >= 1 / limit() && value <= limit();
    }

    private double limit() {
        return type() == DataType.DOUBLE ? DOUBLE_LIMIT : FLOAT_LIMIT;
    }

    /** The matrix in the place of the rows. */
    private RankOneForm dense() {
        INDArray copy = count == 0 ? null : OffHeap.copy(stack(), 'f');
        form(copy, kappa, alpha, memory);
        if (keeping) {
            displaced = copy;
        } else if (copy != null) {
            copy.close();
        }
        return new DenseForm(memory, false);
    }

    private static void form(@Nullable INDArray columns, double kappa, double alpha, INDArray matrix) {
        if (columns == null) {
            matrix.assign(0);
            OffHeap.diagonal(matrix).assign(alpha);
        } else {
            Kernels.symmetric(matrix).form(columns, kappa, alpha, matrix);
        }
    }

    @Override
    public INDArray matrix() {
        INDArray matrix = upper();
        kernels().complete(matrix);
        return matrix;
    }

    @Override
    public INDArray upper() {
        INDArray matrix = OffHeap.zeros(type(), 'f', dimension(), dimension());
        form(count == 0 ? null : stack(), kappa, alpha, matrix);
        return matrix;
    }

    @Override
    public INDArray left(INDArray b, INDArray spare) {
        if (count == 0) {
            return scaled(b);
        }
        Views on = views(spare, b.size(1), true);
        Nd4j.gemm(on.stack(), b, on.product(), true, false, 1, 0);
        return Nd4j.gemm(on.stack(), on.product(), b, false, false, kappa, alpha);
    }

    @Override
    public INDArray right(INDArray b, INDArray spare) {
        if (count == 0) {
            return scaled(b);
        }
        Views on = views(spare, b.size(0), false);
        Nd4j.gemm(b, on.stack(), on.product(), false, false, 1, 0);
        return Nd4j.gemm(on.product(), on.stack(), b, false, true, kappa, alpha);
    }

    private INDArray scaled(INDArray b) {
        if (alpha != 1) {
            Level1 blas = Nd4j.getBlasWrapper().level1();
            blas.scal(b.length(), alpha, b.reshape('f', true, b.length()));
        }
        return b;
    }

    /** The product has r of the n rows or columns the caller's memory has. */
    private Views views(INDArray spare, long k, boolean left) {
        Views known = views;
        long rowCount = left ? count : k;
        if (known == null || known.spare() != spare || known.product().size(0) != rowCount) {
            INDArray product = spare.reshape('f', true, spare.length())
                    .get(NDArrayIndex.interval(0, count * k))
                    .reshape('f', true, rowCount, left ? k : count);
            known = new Views(stack(), spare, product);
            views = known;
        }
        return known;
    }

    /** For a checkpoint; the rows are the live ones. */
    RankOneHistory history() {
        return new RankOneHistory(alpha, kappa, Nd4j.createFromArray(diagonal), count == 0 ? null : rows(count));
    }
}
