/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.Vectors;

/**
 * Preconditioned conjugate gradients for A x = b with a positive definite operator (Hestenes and Stiefel 1952).
 *
 * <p>Symbols: r = b - A x, P an approximation of A^-1 (the identity without a preconditioner), x = 0 at first.
 *
 * <pre>
 * z = P r,  p = z + (r'z / previous r'z) p
 * alpha = r'z / p'Ap,  x = x + alpha p,  r = r - alpha A p
 * </pre>
 *
 * <p>One product with A per iteration, four vectors of memory beside x. Inner products are summed in double. A Hessian may
 * be indefinite: when p'Ap is not greater than 0 the iteration stops with {@link Status#NEGATIVE_CURVATURE}, x is the last
 * iterate (0 if the first direction already has negative curvature), and nothing is silently damped.
 */
public final class ConjugateGradients {

    private final double tolerance;
    private final int maxIterations;
    private final @Nullable LinearOperator preconditioner;

    /** How a solve ended. */
    public enum Status {
        /** |r| is at most tolerance |b|. */
        CONVERGED,
        /** The allowed iterations are used up. */
        MAX_ITERATIONS,
        /** A direction p with p'Ap at most 0 was met; damp the operator to go on. */
        NEGATIVE_CURVATURE
    }

    /**
     * What a solve achieved.
     *
     * @param status how it ended
     * @param iterations directions taken
     * @param products products with A, the one that revealed negative curvature included
     * @param relativeResidual |r| / |b| by the recursion, 0 for b = 0
     * @param curvature p'Ap / p'p of the last direction, 0 when there was none
     * @param seconds wall-clock time
     */
    public record Result(
            Status status, int iterations, int products, double relativeResidual, double curvature, double seconds) {}

    /**
     * Sets up the solver.
     *
     * @param tolerance on |r| / |b|, greater than 0
     * @param maxIterations at least 1
     * @param preconditioner symmetric positive definite approximation of A^-1, or null for none
     * @throws IllegalArgumentException when a number is out of range
     */
    public ConjugateGradients(double tolerance, int maxIterations, @Nullable LinearOperator preconditioner) {
        this.tolerance = Arguments.positive("tolerance", tolerance);
        this.maxIterations = Arguments.count("maxIterations", maxIterations, 1);
        this.preconditioner = preconditioner;
    }

    /**
     * Solves A x = b.
     *
     * @param a positive definite operator
     * @param b right-hand side, length d; Not modified
     * @param x solution, length d, the type of b, not the array b; Modified, previous content ignored
     * @return how it went
     * @throws IllegalArgumentException when a length or a type is wrong or the preconditioner has another dimension
     * @throws ArithmeticException when b or a product is not finite or the preconditioner is not positive definite
     */
    public Result solve(LinearOperator a, INDArray b, INDArray x) {
        long begun = System.nanoTime();
        Arguments.product(a.dimension(), b, x);
        if (preconditioner != null && preconditioner.dimension() != a.dimension()) {
            throw new IllegalArgumentException("the preconditioner has dimension " + preconditioner.dimension()
                    + ", but the operator " + a.dimension());
        }
        INDArray solution = Arguments.flat(x);
        solution.assign(0);
        INDArray r = Arguments.flat(b).dup();
        double size = Math.sqrt(finite("|b|^2", Vectors.dot(r, r)));
        if (size == 0) {
            return new Result(Status.CONVERGED, 0, 0, 0, 0, seconds(begun));
        }
        INDArray z = preconditioner == null ? r : r.ulike();
        INDArray product = r.ulike();
        if (preconditioner != null) {
            preconditioner.multiply(r, z);
        }
        INDArray p = z.dup();
        double rz = positive(Vectors.dot(r, z));
        double relative = 1;
        double curvature = 0;
        for (int i = 0; i < maxIterations; i++) {
            a.multiply(p, product);
            double pAp = finite("p'Ap", Vectors.dot(p, product));
            curvature = pAp / Vectors.dot(p, p);
            if (!(pAp > 0)) {
                return new Result(Status.NEGATIVE_CURVATURE, i, i + 1, relative, curvature, seconds(begun));
            }
            double alpha = rz / pAp;
            Vectors.axpy(alpha, p, solution);
            Vectors.axpy(-alpha, product, r);
            relative = Math.sqrt(finite("|r|^2", Vectors.dot(r, r))) / size;
            if (relative <= tolerance) {
                return new Result(Status.CONVERGED, i + 1, i + 1, relative, curvature, seconds(begun));
            }
            if (preconditioner != null) {
                preconditioner.multiply(r, z);
            }
            double next = positive(Vectors.dot(r, z));
            p.muli(next / rz).addi(z);
            rz = next;
        }
        return new Result(Status.MAX_ITERATIONS, maxIterations, maxIterations, relative, curvature, seconds(begun));
    }

    private static double finite(String name, double value) {
        if (!(Math.abs(value) <= Double.MAX_VALUE)) {
            throw new ArithmeticException("conjugate gradients met " + name + " = " + value
                    + "; the right-hand side or a product holds NaN or infinity");
        }
        return value;
    }

    private static double positive(double rz) {
        if (!(rz > 0 && rz <= Double.MAX_VALUE)) {
            throw new ArithmeticException("r'Pr is " + rz + "; the preconditioner must be symmetric positive definite");
        }
        return rz;
    }

    private static double seconds(long begun) {
        return (System.nanoTime() - begun) / 1e9;
    }
}
