/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.GradientRows;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.SymmetricEigen;
import org.newton4j.curvature.operator.Vectors;

/**
 * The Lanczos recursion with full reorthogonalisation: an orthonormal Q with Q A Q' = T tridiagonal.
 *
 * <pre>
 * alpha_j = q_j' A q_j
 * beta_j q_{j+1} = A q_j made orthogonal to q_1, ..., q_j
 * </pre>
 *
 * <p>With known vectors K it is the recursion of (I - K'K) A (I - K'K): all q are orthogonal to them, too.
 */
final class Krylov {

    private final LinearOperator a;
    private final Basis basis;
    private final double[] alpha;
    private final double[] beta;
    private final INDArray work;
    private final int known;
    private int steps;

    Krylov(LinearOperator a, DataType type, int capacity) {
        this(a, type, capacity, List.of());
    }

    /** Leaves out orthonormal vectors; there must be room for {@code capacity} beside them. */
    Krylov(LinearOperator a, DataType type, int capacity, List<INDArray> leftOut) {
        this.a = a;
        this.basis = new Basis(type, leftOut.size() + capacity, a.dimension());
        leftOut.forEach(vector -> basis.add(vector.dup()));
        this.known = basis.size();
        this.alpha = new double[capacity];
        this.beta = new double[capacity];
        this.work = Nd4j.createUninitialized(type, a.dimension());
    }

    /** Begins with a vector, or goes on with it after the space was exhausted; v becomes a unit vector. */
    boolean begin(INDArray v) {
        return basis.add(v) > 0;
    }

    /** One product; whether the space grew. */
    boolean step() {
        INDArray q = basis.row(known + steps);
        a.multiply(q, work);
        double diagonal = Vectors.dot(q, work);
        if (!(Math.abs(diagonal) <= Double.MAX_VALUE)) {
            throw new ArithmeticException("product " + (steps + 1) + " of the operator is not finite");
        }
        alpha[steps] = diagonal;
        beta[steps] = steps + 1 < alpha.length ? basis.add(work) : rest();
        steps++;
        return beta[steps - 1] > 0 && steps < alpha.length;
    }

    private double rest() {
        basis.removeFrom(work);
        return Vectors.norm(work);
    }

    int steps() {
        return steps;
    }

    /** The vectors of the recursion. */
    GradientRows vectors() {
        return basis.stack(known, known + steps);
    }

    /** The off-diagonal that would follow T: bounds what the space misses. */
    double lastBeta() {
        return beta[steps - 1];
    }

    SymmetricEigen eigen() {
        double[][] t = new double[steps][steps];
        for (int i = 0; i < steps; i++) {
            t[i][i] = alpha[i];
            if (i + 1 < steps) {
                t[i][i + 1] = beta[i];
                t[i + 1][i] = beta[i];
            }
        }
        return SymmetricEigen.of(Nd4j.createFromArray(t));
    }

    @Override
    public String toString() {
        return "alpha " + Arrays.toString(Arrays.copyOf(alpha, steps)) + ", beta "
                + Arrays.toString(Arrays.copyOf(beta, steps));
    }
}
