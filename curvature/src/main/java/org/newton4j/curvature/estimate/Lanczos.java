/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.GradientRows;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.SymmetricEigen;
import org.newton4j.curvature.operator.Vectors;

/**
 * The algebraically largest or smallest eigenpairs (Lanczos 1950, with full reorthogonalisation).
 *
 * <p>Symbols: Q has j orthonormal rows spanning z, Az, ..., A^(j-1) z; T = Q A Q' is tridiagonal; beta_j is the
 * off-diagonal that would come next.
 *
 * <pre>
 * T s = theta s            Ritz pair: value theta, vector v = Q's, |v| = |s| = 1
 * A v - theta v = beta_j s_j q_{j+1}      because A Q' = Q' T + beta_j q_{j+1} e_j'
 * residual = |beta_j s_j|                 known without a product; the result reports the measured |A v - theta v|
 * theta_max grows with j to lambda_max    as a maximum of the Rayleigh quotient over growing spaces
 * </pre>
 *
 * <p>An eigenvalue that occurs several times shows up once, as one start vector has one component in its eigenspace; when
 * the space is exhausted before k pairs are found, a fresh probe goes on. Keeps {@code maxSteps} vectors of length d.
 */
public final class Lanczos {

    private final int maxSteps;
    private final double tolerance;

    /**
     * Sets up the iteration.
     *
     * @param maxSteps products spent on the space at most, at least 1; 100 is ample for a handful of pairs
     * @param tolerance on residual / max |theta|, greater than 0; for FLOAT products 1e-4 is about what rounding allows
     * @throws IllegalArgumentException when a number is out of range
     */
    public Lanczos(int maxSteps, double tolerance) {
        this.maxSteps = Arguments.count("maxSteps", maxSteps, 1);
        this.tolerance = Arguments.positive("tolerance", tolerance);
    }

    /**
     * The k largest eigenvalues, descending.
     *
     * @param a operator of dimension d
     * @param probes the start vector
     * @param k at least 1, at most d and maxSteps
     * @return the pairs with their error bars
     * @throws IllegalArgumentException when k is out of range
     * @throws ArithmeticException when a product is not finite
     */
    public Eigenpairs largest(LinearOperator a, Probes probes, int k) {
        return find(a, probes, k, true);
    }

    /**
     * The k smallest eigenvalues, ascending; the most negative come first.
     *
     * @param a operator of dimension d
     * @param probes the start vector
     * @param k at least 1, at most d and maxSteps
     * @return the pairs with their error bars
     * @throws IllegalArgumentException when k is out of range
     * @throws ArithmeticException when a product is not finite
     */
    public Eigenpairs smallest(LinearOperator a, Probes probes, int k) {
        return find(a, probes, k, false);
    }

    private Eigenpairs find(LinearOperator a, Probes probes, int k, boolean largest) {
        long begun = System.nanoTime();
        int capacity = (int) Math.min(maxSteps, a.dimension());
        Arguments.count("k", (long) k, 1, capacity);
        Krylov krylov = new Krylov(a, probes.type(), capacity);
        int restarts = 0;
        INDArray start = probes.vector(a.dimension());
        probes.fill(start, restarts);
        krylov.begin(start);
        SymmetricEigen ritz;
        boolean converged;
        while (true) {
            boolean grew = krylov.step();
            int j = krylov.steps();
            boolean exhausted = !grew && j < capacity;
            // The small problem costs O(j^3); every fifth step is soon enough.
            if (j == capacity || (j >= k && (exhausted || j % 5 == 0))) {
                ritz = krylov.eigen();
                converged = converged(krylov, ritz, k, largest);
                if (converged || j == capacity) {
                    break;
                }
            }
            while (exhausted) {
                probes.fill(start, ++restarts);
                exhausted = !krylov.begin(start);
            }
        }
        return pairs(a, krylov, ritz, k, largest, converged, begun);
    }

    private boolean converged(Krylov krylov, SymmetricEigen ritz, int k, boolean largest) {
        double[] values = ritz.values();
        int j = values.length;
        double scale = Math.max(Math.abs(values[0]), Math.abs(values[j - 1]));
        for (int i = 0; i < k; i++) {
            double last = ritz.vectors().getDouble(j - 1, largest ? j - 1 - i : i);
            if (!(Math.abs(krylov.lastBeta() * last) <= tolerance * scale)) {
                return false;
            }
        }
        return true;
    }

    private static Eigenpairs pairs(
            LinearOperator a,
            Krylov krylov,
            SymmetricEigen ritz,
            int k,
            boolean largest,
            boolean converged,
            long begun) {
        int j = krylov.steps();
        INDArray start = krylov.basis().row(0);
        INDArray vectors = Nd4j.create(start.dataType(), new long[] {k, a.dimension()}, 'c');
        double[] values = new double[k];
        double[] residuals = new double[k];
        GradientRows q = krylov.basis().first(j);
        INDArray product = start.ulike();
        for (int i = 0; i < k; i++) {
            int column = largest ? j - 1 - i : i;
            values[i] = ritz.values()[column];
            INDArray v = vectors.getRow(i);
            q.combine(0, null, ritz.vectors().getColumn(column).dup().toDoubleVector(), v);
            v.divi(Vectors.norm(v));
            a.multiply(v, product);
            Vectors.axpy(-values[i], v, product);
            residuals[i] = Vectors.norm(product);
        }
        return new Eigenpairs(values, vectors, residuals, converged, Cost.since(begun, j + (long) k));
    }
}
