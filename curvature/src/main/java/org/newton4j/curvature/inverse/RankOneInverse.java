/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.Vectors;

/**
 * An inverse Kronecker factor kept up to date with one vector at a time: O(n^2) per update, nothing is ever inverted.
 *
 * <p>Symbols: M is n x n, symmetric positive definite, I / scale at first; the rules are in {@link RankOneRule}. The
 * update is one symmetric rank-one pass in place; v'Mv is summed in double.
 *
 * <p>A vector whose update would leave the range of the type is refused and M stays as it was. State for a checkpoint:
 * {@link #matrix()} and {@link #updates()}. Not thread-safe.
 */
public final class RankOneInverse implements LinearOperator {

    private final INDArray matrix;
    private final INDArray diagonal;
    private final RankOneRule rule;
    private final double gamma;
    private final @Nullable Stabilizer stabilizer;
    private long updates;

    /**
     * Starts at M = I / scale.
     *
     * @param n size, at least 1
     * @param type FLOAT or DOUBLE
     * @param rule what an update does; EXACT is the inverse of a moving average
     * @param gamma decay, strictly between 0 and 1; MKOR uses 0.95
     * @param scale the moving average starts at scale times the identity, greater than 0; PAPER and REFERENCE need 1
     * @param stabilizer pulls a large M towards the identity before an update, or null for never; REFERENCE does that
     *     unconditionally and takes none
     * @throws IllegalArgumentException when an argument is out of range or does not go with the rule
     */
    public RankOneInverse(
            int n, DataType type, RankOneRule rule, double gamma, double scale, @Nullable Stabilizer stabilizer) {
        this(
                Nd4j.eye(Arguments.count("n", n, 1))
                        .castTo(Arguments.floating("type", type))
                        .divi(Arguments.positive("scale", scale)),
                rule,
                gamma,
                stabilizer,
                0);
        if (rule != RankOneRule.EXACT && scale != 1) {
            throw new IllegalArgumentException(rule + " starts at the identity, so scale must be 1, but is " + scale);
        }
    }

    /**
     * Goes on from a checkpoint.
     *
     * @param matrix M, shape [n, n], FLOAT or DOUBLE, symmetric; copied, Not modified
     * @param rule what an update does
     * @param gamma decay, strictly between 0 and 1
     * @param stabilizer or null for none
     * @param updates vectors taken in so far, at least 0
     * @throws IllegalArgumentException when an argument is out of range or does not go with the rule
     */
    public RankOneInverse(
            INDArray matrix, RankOneRule rule, double gamma, @Nullable Stabilizer stabilizer, long updates) {
        Arguments.symmetric("matrix", matrix);
        if (rule == RankOneRule.REFERENCE && stabilizer != null) {
            throw new IllegalArgumentException(
                    "REFERENCE blends with the identity at every update and takes no stabilizer; pass null");
        }
        // A symmetric matrix is the same in both orders; the rank-one product writes columns.
        this.matrix = OffHeap.copy(matrix, 'f');
        this.diagonal = OffHeap.diagonal(this.matrix);
        this.rule = rule;
        this.gamma = Arguments.openUnit("gamma", gamma);
        this.stabilizer = stabilizer;
        this.updates = Arguments.count("updates", updates, 0, Long.MAX_VALUE);
    }

    /**
     * Takes in one vector.
     *
     * @param vector v, length n, the type of the factor; Not modified
     * @return whether the stabiliser fired before the update
     * @throws IllegalArgumentException when v has the wrong length or type or is not finite
     * @throws ArithmeticException when the update would overflow or M is no longer positive definite; M is then as the
     *     stabiliser left it
     */
    public boolean update(INDArray vector) {
        Arguments.vector("vector", vector, dimension());
        Arguments.sameType("vector", vector, "factor", matrix);
        INDArray v = Arguments.flat(vector);
        INDArray wide = v.castTo(DataType.DOUBLE);
        double norm = Vectors.norm(wide);
        if (!(norm <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException("the vector has norm " + norm + "; skip this update");
        }
        Stabilizer test = stabilizer;
        boolean stabilized = test != null && test.norm().of(matrix) > test.epsilon();
        if (stabilized && test != null) {
            blend(test.zeta());
        }
        switch (rule) {
            case EXACT -> {
                INDArray u = product(v);
                double s = Vectors.dot(wide, u.castTo(DataType.DOUBLE));
                addOuter(u, s, 1 / gamma, -(1 - gamma) / (gamma * (gamma + (1 - gamma) * s)));
            }
            case PAPER -> {
                INDArray u = product(v);
                double s = Vectors.dot(wide, u.castTo(DataType.DOUBLE));
                addOuter(u, s, gamma, (1 - gamma) / (gamma * gamma * (1 + gamma * (1 - gamma) * s)));
            }
            case REFERENCE -> {
                if (updates > 0) {
                    blend(gamma);
                    INDArray u = product(v);
                    double s = Vectors.dot(wide, u.castTo(DataType.DOUBLE));
                    addOuter(u, s, 1, -1 / (1 + s));
                }
            }
        }
        updates++;
        return stabilized;
    }

    /**
     * The inverse factor.
     *
     * @return M, the live array of shape [n, n]; Not to be modified
     */
    public INDArray matrix() {
        return matrix;
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
        return matrix.size(0);
    }

    /** Computes {@code out = M in}. */
    @Override
    public void multiply(INDArray in, INDArray out) {
        Arguments.product(dimension(), in, out);
        Arguments.sameType("in", in, "factor", matrix);
        Arguments.flat(out).assign(product(Arguments.flat(in)));
    }

    private INDArray product(INDArray v) {
        return dimension() == 1 ? v.mul(matrix.getDouble(0, 0)) : matrix.mmul(v);
    }

    /** M = zeta M + (1 - zeta) I. */
    private void blend(double zeta) {
        matrix.muli(zeta);
        diagonal.addi(1 - zeta);
    }

    /** {@code M = scale M + factor u u'} in one pass, with the checks that keep M positive definite and finite. */
    private void addOuter(INDArray u, double s, double scale, double factor) {
        double root = Math.sqrt(Math.abs(factor));
        double largest = root * u.amaxNumber().doubleValue();
        // No entry of a positive definite matrix exceeds its largest diagonal one.
        double before = diagonal.amaxNumber().doubleValue();
        double limit = matrix.dataType() == DataType.FLOAT ? Float.MAX_VALUE : Double.MAX_VALUE;
        if (!(s >= 0 && scale * before + largest * largest <= limit)) {
            throw new ArithmeticException(rule + " with gamma " + gamma + " cannot take in vector " + (updates + 1)
                    + " of a " + matrix.dataType() + " factor: v'Mv is " + s + ", the largest entry " + before
                    + " would become "
                    + (scale * before + largest * largest) + "; "
                    + (rule == RankOneRule.PAPER
                            ? "the paper's formula grows without bound, use EXACT or a gamma closer to 1"
                            : "add a Stabilizer"));
        }
        // Scaled beforehand, entry ij and entry ji are the same product of two numbers: M stays symmetric.
        INDArray column = u.mul(root).reshape(dimension(), 1);
        Nd4j.gemm(column, column, matrix, false, true, Math.signum(factor), scale);
    }
}
