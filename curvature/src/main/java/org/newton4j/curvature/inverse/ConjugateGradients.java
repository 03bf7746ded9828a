/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
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
 * <p>One product with A per iteration, five vectors of memory beside x. Inner products are summed in double. A Hessian may
 * be indefinite or singular, and then the iteration stops and nothing is silently damped. With u the unit roundoff of the
 * vectors' type and L the largest |Ap| / |p| met so far, a curvature p'Ap / p'p within 16 u L of 0 is one that rounding
 * cannot tell from 0:
 *
 * <ul>
 *   <li>{@link Status#NEGATIVE_CURVATURE}: below that, or A p is too long for a direction without curvature of a positive
 *       semi-definite A; x is the last iterate, and 0 if the first direction is like that already.
 *   <li>{@link Status#SINGULAR}: A p vanishes as well. A step along p would have no bound, so x is the combination of the
 *       iterates with the least r'Pr (the iterate of MINRES). When b has a part outside the range of A, that part is what
 *       remains of r at least.
 * </ul>
 *
 * <p>When b lies in the range of a singular A, its null space need not be met: x then converges to the solution without a
 * part in it.
 */
public final class ConjugateGradients {

    /** Roundings within which a curvature counts as 0. */
    private static final double ROUNDINGS = 16;

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
        NEGATIVE_CURVATURE,
        /** A direction p with A p = 0 up to rounding was met; damp the operator for a solution, or take x as it is. */
        SINGULAR
    }

    /**
     * What a solve achieved.
     *
     * @param status how it ended
     * @param iterations directions taken
     * @param products products with A: those that revealed negative or no curvature included, and with SINGULAR the one
     *     that measured the residual
     * @param relativeResidual |r| / |b| by the recursion, measured with SINGULAR, 0 for b = 0
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
        Arguments.vector("b", b, a.dimension());
        Arguments.vector("x", x, a.dimension());
        Arguments.sameType("b", b, "x", x);
        Arguments.apart("b", b, "x", x);
        if (preconditioner != null && preconditioner.dimension() != a.dimension()) {
            throw new IllegalArgumentException("the preconditioner has dimension " + preconditioner.dimension()
                    + ", but the operator " + a.dimension());
        }
        INDArray right = Arguments.dense(b).dup();
        double size = finite("|b|", Vectors.norm(right));
        if (size == 0) {
            Arguments.flat(x).assign(0);
            return new Result(Status.CONVERGED, 0, 0, 0, 0, seconds(begun));
        }
        // A power of two, so that nothing is rounded and nothing squared overflows or vanishes.
        int exponent = Math.getExponent(size);
        Vectors.multiplyByPowerOfTwo(right, -exponent);
        Iteration iteration = new Iteration(a, right);
        Status status = iteration.run();
        INDArray solution = iteration.x;
        if (status == Status.SINGULAR) {
            solution = iteration.mean;
            right.assign(Arguments.flat(b));
            Vectors.multiplyByPowerOfTwo(right, -exponent);
            iteration.measure(right);
        }
        Vectors.multiplyByPowerOfTwo(solution, exponent);
        Arguments.flat(x).assign(solution);
        return new Result(
                status, iteration.steps, iteration.products, iteration.relative, iteration.curvature, seconds(begun));
    }

    /** One solve from x = 0 for a right-hand side of length 1 to 2. */
    private final class Iteration {

        private final LinearOperator a;
        private final double size;
        private final INDArray x;
        private final INDArray r;
        private final INDArray z;
        private final INDArray p;
        private final INDArray product;
        /** The mean of all x so far with weights 1 / r'z, which has the least r'Pr of all their combinations. */
        private final INDArray mean;

        private double weights;
        private double rz;
        private double largest;
        private int steps;
        private int products;
        private double relative = 1;
        private double curvature;

        /** Takes over b. */
        Iteration(LinearOperator a, INDArray b) {
            this.a = a;
            r = b;
            size = Vectors.norm(b);
            x = Nd4j.zeros(b.dataType(), b.length());
            mean = x.dup();
            product = x.dup();
            z = preconditioner == null ? r : x.dup();
            rz = precondition();
            weights = 1 / rz;
            p = z.dup();
        }

        Status run() {
            double rounding = Vectors.rounding(r.dataType());
            double first = 0;
            for (steps = 0; steps < maxIterations; steps++) {
                a.multiply(p, product);
                products++;
                double pAp = finite("p'Ap", Vectors.dot(p, product));
                double length = finite("|p|", Vectors.norm(p));
                double image = finite("|Ap|", Vectors.norm(product)) / length;
                curvature = pAp / length / length;
                largest = Math.max(largest, image);
                double unresolved = ROUNDINGS * rounding * largest;
                if (steps == 1 && first <= unresolved) {
                    // The first product was rounding and nothing else, which only another one shows.
                    mean.assign(0);
                    return Status.SINGULAR;
                }
                if (!(curvature > unresolved)) {
                    return isSingular(image, rounding) ? Status.SINGULAR : Status.NEGATIVE_CURVATURE;
                }
                first = steps == 0 ? curvature : first;
                step(rz / pAp);
                if (relative <= tolerance) {
                    steps++;
                    return Status.CONVERGED;
                }
                double next = precondition();
                weights += 1 / next;
                mean.addi(x.sub(mean).muli(1 / next / weights));
                p.muli(next / rz).addi(z);
                rz = next;
            }
            return Status.MAX_ITERATIONS;
        }

        private boolean isSingular(double image, double rounding) {
            if (steps == 0 && curvature < 0 && curvature > -0.5 * image) {
                // What does not point against p may be rounding; A's size shows in another product.
                a.multiply(product, mean);
                products++;
                largest = Math.max(largest, finite("|AAp|", Vectors.norm(mean)) / Vectors.norm(product));
                mean.assign(0);
            }
            // |Ap|^2 <= L p'Ap in a positive semi-definite A.
            return curvature >= -ROUNDINGS * rounding * largest
                    && image <= 4 * ROUNDINGS * Math.sqrt(rounding) * largest;
        }

        private void step(double alpha) {
            Vectors.axpy(alpha, p, x);
            Vectors.axpy(-alpha, product, r);
            relative = finite("|r|", Vectors.norm(r)) / size;
        }

        /** r'Pr, with z = P r. */
        private double precondition() {
            if (preconditioner != null) {
                preconditioner.multiply(r, z);
            }
            return positive(Vectors.dot(r, z));
        }

        /** The residual of {@link #mean}; b is overwritten by it. */
        void measure(INDArray b) {
            a.multiply(mean, product);
            products++;
            Vectors.axpy(-1, product, b);
            relative = finite("|r|", Vectors.norm(b)) / size;
        }
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
