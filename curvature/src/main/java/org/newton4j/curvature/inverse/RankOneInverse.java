/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.blas.Level1;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.SymmetricKernels;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.FlatOperator;

/**
 * An inverse Kronecker factor kept up to date with one vector at a time: O(n^2) per update, nothing is ever inverted.
 *
 * <p>Symbols: M is n x n, symmetric positive definite, I / scale at first; the rules are in {@link RankOneRule}. The
 * update is one product with and one symmetric rank-one pass over the upper triangle, in place; v'Mv is summed in double.
 *
 * <p>While few vectors have been taken in, there is no M: {@link RankOneHistory} stands for it, with which products are
 * cheaper; from about 0.4 n vectors on there is one.
 *
 * <p>Stored as HALF or BFLOAT16, M takes half the memory; the update widens it to FLOAT and rounds the result, symmetric as
 * it was. A vector whose update would leave the range of the type is refused and M stays as it was. State for a checkpoint:
 * {@link #history()}, or {@link #matrix()} where there is none, and {@link #updates()}. Not thread-safe.
 */
public final class RankOneInverse extends FlatOperator {

    /** The largest number of HALF; BFLOAT16, with the range of FLOAT, is held to it, too. */
    private static final double HALF_LIMIT = 65504;

    private final DataType arithmetic;
    private final RankOneRule rule;
    private final double gamma;
    private final @Nullable Stabilizer stabilizer;
    /** Receives M v; kept, because the update is too short to pay for memory every time. */
    private final INDArray product;

    private RankOneForm form;

    private long updates;

    /**
     * Starts at M = I / scale.
     *
     * @param n size, at least 1
     * @param type of the stored M: DOUBLE, FLOAT, HALF or BFLOAT16
     * @param rule what an update does; EXACT is the inverse of a moving average
     * @param gamma decay, strictly between 0 and 1; MKOR uses 0.95
     * @param scale the moving average starts at scale times the identity, greater than 0; PAPER and REFERENCE need 1
     * @param stabilizer pulls a large M towards the identity before an update, or null for never; REFERENCE does that
     *     unconditionally and takes none
     * @throws IllegalArgumentException when an argument is out of range or does not go with the rule
     */
    public RankOneInverse(
            int n, DataType type, RankOneRule rule, double gamma, double scale, @Nullable Stabilizer stabilizer) {
        this(start(n, type, rule, scale, stabilizer), rule, gamma, stabilizer, 0);
        if (rule != RankOneRule.EXACT && scale != 1) {
            throw new IllegalArgumentException(rule + " starts at the identity, so scale must be 1, but is " + scale);
        }
    }

    /**
     * Goes on from a checkpoint with a matrix; the factor has one from now on.
     *
     * @param matrix M, shape [n, n], DOUBLE, FLOAT, HALF or BFLOAT16, symmetric; copied, Not modified
     * @param rule what an update does
     * @param gamma decay, strictly between 0 and 1
     * @param stabilizer or null for none
     * @param updates vectors taken in so far, at least 0
     * @throws IllegalArgumentException when an argument is out of range or does not go with the rule
     */
    public RankOneInverse(
            INDArray matrix, RankOneRule rule, double gamma, @Nullable Stabilizer stabilizer, long updates) {
        this(copied(matrix), rule, gamma, stabilizer, updates);
    }

    /**
     * Goes on from a checkpoint with a history, bit by bit if the type is that of its rows.
     *
     * @param history as {@link #history} gave it; copied, Not modified
     * @param type of the stored M: DOUBLE, FLOAT, HALF or BFLOAT16
     * @param rule what an update does
     * @param gamma decay, strictly between 0 and 1
     * @param stabilizer or null for none
     * @param updates vectors taken in so far, at least 0
     * @throws IllegalArgumentException when an argument is out of range or does not go with the rule
     */
    public RankOneInverse(
            RankOneHistory history,
            DataType type,
            RankOneRule rule,
            double gamma,
            @Nullable Stabilizer stabilizer,
            long updates) {
        this(resumed(history, type, stabilizer), rule, gamma, stabilizer, updates);
    }

    private RankOneInverse(
            RankOneForm form, RankOneRule rule, double gamma, @Nullable Stabilizer stabilizer, long updates) {
        if (rule == RankOneRule.REFERENCE && stabilizer != null) {
            throw new IllegalArgumentException(
                    "REFERENCE blends with the identity at every update and takes no stabilizer; pass null");
        }
        this.form = form;
        arithmetic = arithmetic(form.type());
        product = OffHeap.zeros(arithmetic, 'c', form.dimension());
        this.rule = rule;
        this.gamma = Arguments.openUnit("gamma", gamma);
        this.stabilizer = stabilizer;
        this.updates = Arguments.count("updates", updates, 0, Long.MAX_VALUE);
    }

    private static RankOneForm start(
            int n, DataType type, RankOneRule rule, double scale, @Nullable Stabilizer stabilizer) {
        Arguments.count("n", n, 1);
        Arguments.positive("scale", scale);
        if (type == arithmetic(type) && n >= HistoryForm.SMALLEST && needsDiagonalOnly(stabilizer)) {
            return new HistoryForm(n, type, 1 / scale, rule == RankOneRule.PAPER ? 1 : -1);
        }
        return copied(Nd4j.eye(n).castTo(arithmetic(type)).divi(scale).castTo(type));
    }

    /** Other norms want every entry at every update. */
    private static boolean needsDiagonalOnly(@Nullable Stabilizer stabilizer) {
        return stabilizer == null || stabilizer.norm() == MatrixNorm.MAX_ABS_ENTRY;
    }

    private static RankOneForm resumed(RankOneHistory history, DataType type, @Nullable Stabilizer stabilizer) {
        RankOneForm form = HistoryForm.of(history, arithmetic(type));
        return type == form.type() && needsDiagonalOnly(stabilizer)
                ? form
                : copied(form.matrix().castTo(type));
    }

    private static RankOneForm copied(INDArray matrix) {
        DataType arithmetic = arithmetic(matrix.dataType());
        Arguments.symmetric("matrix", matrix.castTo(arithmetic));
        // A symmetric matrix is the same in both orders; the kernels want columns.
        INDArray copy = OffHeap.copy(matrix, 'f');
        return matrix.dataType() == arithmetic ? new DenseForm(copy, true) : new NarrowForm(copy);
    }

    /**
     * Takes in one vector.
     *
     * @param vector v, length n, DOUBLE for a factor of DOUBLE, else FLOAT; Not modified
     * @return whether the stabiliser fired before the update
     * @throws IllegalArgumentException when v has the wrong length or type or is not finite
     * @throws ArithmeticException when the update would overflow or M is no longer positive definite; M is then as it was
     */
    public boolean update(INDArray vector) {
        Arguments.vector("vector", vector, dimension());
        if (vector.dataType() != arithmetic) {
            throw new IllegalArgumentException("vector is " + vector.dataType() + ", but a factor of " + type()
                    + " needs " + arithmetic + "; cast it first");
        }
        RankOneForm m = form.opened();
        SymmetricKernels kernels = m.kernels();
        INDArray v = Arguments.flat(vector);
        double norm = Math.sqrt(kernels.dot(v, v));
        if (!(norm <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException("the vector has norm " + norm + "; skip this update");
        }
        if (rule == RankOneRule.REFERENCE && updates == 0) {
            updates++;
            return false;
        }
        double largest = m.largestOfDiagonal();
        Stabilizer test = stabilizer;
        boolean stabilized = test != null && norm(test.norm(), m, largest) > test.epsilon();
        double kept = rule == RankOneRule.REFERENCE ? gamma : stabilized && test != null ? test.zeta() : 1;
        // The blend is carried out last, so that a refused vector leaves M as it was: B = kept M + (1 - kept) I.
        INDArray u = product;
        m.multiply(v, u);
        if (kept != 1) {
            Level1 blas = Nd4j.getBlasWrapper().level1();
            blas.scal(u.length(), kept, u);
            blas.axpy(u.length(), 1 - kept, v, u);
        }
        double s = kernels.dot(v, u);
        double scale = switch (rule) {
            case EXACT -> 1 / gamma;
            case PAPER -> gamma;
            case REFERENCE -> 1;
        };
        double factor = switch (rule) {
            case EXACT -> -(1 - gamma) / (gamma * (gamma + (1 - gamma) * s));
            case PAPER -> (1 - gamma) / (gamma * gamma * (1 + gamma * (1 - gamma) * s));
            case REFERENCE -> -1 / (1 + s);
        };
        requireRoom(s, scale * (kept * largest + (1 - kept)), Math.sqrt(Math.abs(factor)) * kernels.largest(u));
        form = form.closed(m.update(scale * kept, factor, u, scale * (1 - kept)));
        updates++;
        return stabilized;
    }

    /**
     * The inverse factor.
     *
     * @return M, shape [n, n]: the live array, or while there is a {@link #history} a new one; Not to be modified
     */
    public INDArray matrix() {
        return form.matrix();
    }

    /**
     * The inverse factor for {@link SymmetricKernels}, without the pass that writes the lower triangle.
     *
     * @return M, shape [n, n], of which the upper triangle counts: the live array, or while there is a {@link #history} a
     *     new one; Not to be modified
     */
    public INDArray upper() {
        return form.upper();
    }

    /**
     * What stands for M as long as few vectors have been taken in.
     *
     * @return the history, its rows live and Not to be modified; null once there is a matrix, and always for HALF and BFLOAT16, small n and
     *     stabilizers with a norm of the whole matrix
     */
    public @Nullable RankOneHistory history() {
        return form instanceof HistoryForm thin ? thin.history() : null;
    }

    /**
     * Whether there is a {@link #history}, so that {@link #left} and {@link #right} cost less than with the matrix.
     *
     * @return whether products are thin
     */
    public boolean thin() {
        return form instanceof HistoryForm;
    }

    /**
     * Computes M b, with two thin products while there is a {@link #history}.
     *
     * @param b shape [n, k], F order without gaps, DOUBLE for a factor of DOUBLE, else FLOAT; Modified
     * @param spare other memory of the same shape and order; Modified
     * @return the one of the two that holds the product
     */
    public INDArray left(INDArray b, INDArray spare) {
        Arguments.matrix("b", b, dimension(), b.size(1));
        return form.left(b, spare);
    }

    /**
     * Computes b M, with two thin products while there is a {@link #history}.
     *
     * @param b shape [k, n], F order without gaps, DOUBLE for a factor of DOUBLE, else FLOAT; Modified
     * @param spare other memory of the same shape and order; Modified
     * @return the one of the two that holds the product
     */
    public INDArray right(INDArray b, INDArray spare) {
        Arguments.matrix("b", b, b.size(0), dimension());
        return form.right(b, spare);
    }

    /**
     * The type of the stored M.
     *
     * @return DOUBLE, FLOAT, HALF or BFLOAT16
     */
    public DataType type() {
        return form.type();
    }

    /**
     * The length of a vector as {@link #update} sees it.
     *
     * @param vector length n, FLOAT or DOUBLE; Not modified
     * @return its Euclidean norm, summed in double
     */
    public double norm(INDArray vector) {
        return Math.sqrt(form.kernels().dot(vector, vector));
    }

    /**
     * Vectors taken in so far.
     *
     * @return at least 0
     */
    public long updates() {
        return updates;
    }

    @Override
    public long dimension() {
        return form.dimension();
    }

    @Override
    protected void requireVectors(INDArray in, INDArray out) {
        super.requireVectors(in, out);
        if (in.dataType() != arithmetic) {
            throw new IllegalArgumentException("in is " + in.dataType() + ", but a factor of " + type() + " needs "
                    + arithmetic + "; cast it first");
        }
    }

    /** Computes {@code out = M in}. */
    @Override
    protected void product(INDArray in, INDArray out) {
        form.multiply(in, out);
    }

    private static DataType arithmetic(DataType type) {
        if (!type.isFPType()) {
            throw new IllegalArgumentException("type = " + type + ", but must be DOUBLE, FLOAT, HALF or BFLOAT16");
        }
        return type == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
    }

    /** No entry of a positive definite matrix exceeds its largest diagonal one, which spares a pass over M. */
    private static double norm(MatrixNorm norm, RankOneForm m, double largestOfDiagonal) {
        return norm == MatrixNorm.MAX_ABS_ENTRY ? largestOfDiagonal : norm.of(m.matrix());
    }

    /**
     * Keeps what the next {@link #update} overwrites: little while {@link #thin()}, else a copy of M.
     *
     * @return the present state
     */
    public KeptState keep() {
        RankOneForm formBefore = form;
        long updatesBefore = updates;
        KeptState content = formBefore.keep();
        return new KeptState() {
            @Override
            public void takeBack() {
                form = formBefore;
                updates = updatesBefore;
                content.takeBack();
            }

            @Override
            public void release() {
                content.release();
            }
        };
    }

    private void requireRoom(double s, double before, double largest) {
        DataType type = type();
        double limit = type == DataType.DOUBLE ? Double.MAX_VALUE : type.width() == 2 ? HALF_LIMIT : Float.MAX_VALUE;
        if (!(s >= 0 && before + largest * largest <= limit)) {
            throw new ArithmeticException(rule + " with gamma " + gamma + " cannot take in vector " + (updates + 1)
                    + " of a " + type + " factor: v'Mv is " + s + ", the largest entry " + before + " would become "
                    + (before + largest * largest) + "; "
                    + (rule == RankOneRule.PAPER
                            ? "the paper's formula grows without bound, use EXACT or a gamma closer to 1"
                            : "add a Stabilizer, or use a wider type"));
        }
    }
}
