/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.Vectors;

/**
 * Eigenpairs of largest magnitude, one after the other with deflation.
 *
 * <p>Symbols: v is a unit vector orthogonal to the pairs already found.
 *
 * <pre>
 * lambda = v' A v,  v = A v / |A v|
 * A^n v = sum_i lambda_i^n (u_i'v) u_i        the term of largest |lambda| outgrows the others like |lambda_1/lambda_2|^n
 * stop when |lambda - previous| / |previous| &lt; tolerance
 * </pre>
 *
 * <p>Where nothing but rounding remains beside the pairs found, as with a zero operator or when k exceeds the rank, the
 * pair is 0 with a unit vector orthogonal to the others. Slower than {@link Lanczos}; here because published numbers were
 * made with it. Pairs lambda, -lambda mix, which shows in the residual and is not reported as converged.
 */
public final class PowerIteration {

    /** Whose habits to follow. */
    public enum Rule {
        /** Unit vectors, the newest Rayleigh quotient, relative change without an offset. */
        EXACT,
        /**
         * PyHessian ({@code pyhessian/hessian.py}): vectors are divided by |v| + 1e-6, which biases eigenvalues low by about
         * 2e-6 relative; the change is divided by |previous| + 1e-6; on convergence the previous quotient is returned.
         */
        PYHESSIAN
    }

    private static final double PYHESSIAN_OFFSET = 1e-6;

    /** Roundings within which a vector counts as 0. */
    private static final double ROUNDINGS = 16;

    private final Rule rule;
    private final int maxIterations;
    private final double tolerance;

    /**
     * Sets up the iteration.
     *
     * @param rule whose habits to follow
     * @param maxIterations products per pair, at least 1; PyHessian uses 100
     * @param tolerance on the relative change, greater than 0; PyHessian uses 1e-3
     * @throws IllegalArgumentException when a number is out of range
     */
    public PowerIteration(Rule rule, int maxIterations, double tolerance) {
        this.rule = rule;
        this.maxIterations = Arguments.count("maxIterations", maxIterations, 1);
        this.tolerance = Arguments.positive("tolerance", tolerance);
    }

    /**
     * Finds the k pairs of largest magnitude, starting from probes.
     *
     * @param a operator of dimension d
     * @param probes the start vectors
     * @param k at least 1, at most d
     * @return the pairs with their error bars
     * @throws IllegalArgumentException when k is out of range
     * @throws ArithmeticException when a product is not finite
     */
    public Eigenpairs find(LinearOperator a, Probes probes, int k) {
        Arguments.count("k", (long) k, 1, a.dimension());
        INDArray starts = Nd4j.create(probes.type(), new long[] {k, a.dimension()}, 'c');
        probes.fill(starts.getRow(0), 0);
        for (int i = 1; i < k; i++) {
            probes.fillSpread(starts.getRow(i), i);
        }
        return find(a, starts);
    }

    /**
     * Finds one pair per start vector.
     *
     * @param a operator of dimension d
     * @param starts shape [k, d], FLOAT or DOUBLE, no row 0; one that lies in the span of the pairs before it is replaced by
     *     a random one; Not modified
     * @return the pairs with their error bars
     * @throws IllegalArgumentException when the shape is wrong
     * @throws ArithmeticException when a start vector is 0 or not finite, before any product, or a product is not finite
     */
    public Eigenpairs find(LinearOperator a, INDArray starts) {
        long begun = System.nanoTime();
        Arguments.matrix("starts", starts, Arguments.count("k", starts.size(0), 1, a.dimension()), a.dimension());
        int k = (int) starts.size(0);
        INDArray vectors = starts.dup('c');
        for (int i = 0; i < k; i++) {
            requireStart(i, Vectors.norm(vectors.getRow(i)));
        }
        Run run = new Run(a, vectors);
        for (int i = 0; i < k; i++) {
            run.next();
        }
        return new Eigenpairs(
                run.values, vectors, run.residuals, run.converged, run.converged, Cost.since(begun, run.products, a));
    }

    private static void requireStart(int i, double norm) {
        if (!(norm > 0 && norm <= Double.MAX_VALUE)) {
            throw new ArithmeticException(
                    "power iteration cannot begin with start vector " + i + " of norm " + norm + "; draw another one");
        }
    }

    /** The pairs found so far and the search for the next one. */
    private final class Run {

        private final LinearOperator a;
        private final INDArray vectors;
        private final double rounding;
        private final double[] values;
        private final double[] residuals;
        private final INDArray product;
        private final INDArray rest;
        private int found;
        /** The largest |A v| met, what rounding is relative to. */
        private double largest;

        /** Errors of later values that come from errors of the vectors found, to first order. */
        private double floor;

        private long products;
        private boolean converged = true;

        Run(LinearOperator a, INDArray vectors) {
            this.a = a;
            this.vectors = vectors;
            rounding = Vectors.rounding(vectors.dataType());
            values = new double[(int) vectors.size(0)];
            residuals = values.clone();
            product = vectors.getRow(0).ulike();
            rest = product.ulike();
        }

        void next() {
            INDArray v = vectors.getRow(found);
            begin(v);
            boolean settled = false;
            for (int n = 0; n < maxIterations && !settled; n++) {
                removeFound(v);
                normalise(v);
                multiply(v);
                double quotient = Vectors.dot(v, product);
                rest.assign(product);
                removeFound(rest);
                if (Vectors.norm(rest) <= ROUNDINGS * rounding * largest) {
                    // Nothing but rounding remains of the spectrum: v belongs to 0.
                    values[found] = quotient;
                    settled = true;
                    break;
                }
                v.assign(rule == Rule.EXACT ? rest : product);
                normalise(v);
                settled = n > 0 && settled(values[found], quotient);
                if (!settled || rule == Rule.EXACT) {
                    values[found] = quotient;
                }
            }
            multiply(v);
            Vectors.axpy(-values[found], v, product);
            residuals[found] = Vectors.norm(product);
            floor += largest > 0 ? residuals[found] * (residuals[found] / largest) : 0;
            converged &= settled && residuals[found] <= allowed(values[found]);
            found++;
        }

        private void begin(INDArray v) {
            double before = Vectors.norm(v);
            v.divi(before);
            removeFound(v);
            for (int attempt = 0; Vectors.norm(v) <= noise(); attempt++) {
                new Probes(v.dataType(), found).fillSpread(v, attempt);
                v.divi(Vectors.norm(v));
                removeFound(v);
            }
            normalise(v);
        }

        private void multiply(INDArray v) {
            a.multiply(v, product);
            products++;
            double size = Vectors.norm(product);
            if (!(size <= Double.MAX_VALUE)) {
                throw new ArithmeticException("product " + products + " of the operator is not finite");
            }
            largest = Math.max(largest, size);
        }

        /** Twice, as once leaves what cancelled. */
        private void removeFound(INDArray v) {
            for (int pass = 0; pass < 2; pass++) {
                for (int i = 0; i < found; i++) {
                    INDArray known = vectors.getRow(i);
                    Vectors.axpy(-Vectors.dot(v, known), known, v);
                }
            }
        }

        private boolean settled(double previous, double quotient) {
            double offset = rule == Rule.PYHESSIAN ? PYHESSIAN_OFFSET : 0;
            double change = Math.abs(previous - quotient);
            double lost = rule == Rule.PYHESSIAN ? 0 : 0.01 * floor;
            return change < tolerance * (Math.abs(previous) + offset) || change <= Math.max(rounding * largest, lost);
        }

        /**
         * With two eigenvalues at work, a change by tolerance goes with a residual of sqrt(tolerance / 2) times the value.
         * A quotient that stands still with a larger one mixes lambda and -lambda.
         */
        private double allowed(double value) {
            if (largest == 0) {
                return 0;
            }
            double change = Math.max(tolerance * Math.abs(value / largest), rounding);
            return (2 * Math.sqrt(change) + noise()) * largest;
        }

        /** What remains of a vector within the span of others when they are removed, relative to its length. */
        private double noise() {
            return rule == Rule.PYHESSIAN ? 4 * PYHESSIAN_OFFSET : 1000 * rounding;
        }
    }

    private void normalise(INDArray v) {
        v.divi(Vectors.norm(v) + (rule == Rule.PYHESSIAN ? PYHESSIAN_OFFSET : 0));
    }
}
