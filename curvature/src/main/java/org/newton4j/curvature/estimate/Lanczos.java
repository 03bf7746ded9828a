/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.Arguments;
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
 * <p>One start vector has one component in an eigenspace, so an eigenvalue that occurs several times shows up once, and
 * {@link Eigenpairs#multiplicitiesResolved} is false unless k is 1 or the whole space was spanned. With
 * {@link #resolvingMultiplicities} the search begins anew in the complement of the pairs found, until nothing there belongs
 * in front of the last of them. When a space is exhausted before k pairs are found, a fresh probe goes on. Keeps
 * {@code maxSteps} vectors of length d, and k more in a complement.
 */
public final class Lanczos {

    private final int maxSteps;
    private final double tolerance;
    private final boolean resolving;

    /**
     * Sets up the iteration.
     *
     * @param maxSteps products spent on the space at most, at least 1; 100 is ample for a handful of pairs
     * @param tolerance on residual / max |theta|, greater than 0; for FLOAT products 1e-4 is about what rounding allows
     * @throws IllegalArgumentException when a number is out of range
     */
    public Lanczos(int maxSteps, double tolerance) {
        this(maxSteps, tolerance, false);
    }

    private Lanczos(int maxSteps, double tolerance, boolean resolving) {
        this.maxSteps = Arguments.count("maxSteps", maxSteps, 1);
        this.tolerance = Arguments.positive("tolerance", tolerance);
        this.resolving = resolving;
    }

    /**
     * The same iteration, which finds an eigenvalue as often as it occurs.
     *
     * <p>Costs a space of up to {@code maxSteps} products in the complement of the pairs found, and another one for each
     * time that something was found there: two to k + 1 spaces in all.
     *
     * @return a new one
     */
    public Lanczos resolvingMultiplicities() {
        return new Lanczos(maxSteps, tolerance, true);
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
        Arguments.count("k", (long) k, 1, Math.min(maxSteps, a.dimension()));
        Search search = new Search(a, probes, k, largest);
        boolean better = search.improve();
        while (resolving && better && search.converged && !search.resolved) {
            better = search.improve();
        }
        return search.measured(begun);
    }

    /**
     * A Ritz pair.
     *
     * @param value theta
     * @param vector of length 1
     */
    private record Pair(double value, INDArray vector) {}

    /** The best pairs so far. */
    private final class Search {

        private final LinearOperator a;
        private final Probes probes;
        private final int k;
        private final Comparator<Pair> order;
        private final boolean largest;
        private List<Pair> pairs = List.of();
        private int drawn;
        private long products;
        private double scale;
        private boolean converged;
        private boolean resolved;

        Search(LinearOperator a, Probes probes, int k, boolean largest) {
            this.a = a;
            this.probes = probes;
            this.k = k;
            this.largest = largest;
            Comparator<Pair> ascending = Comparator.comparingDouble(Pair::value);
            order = largest ? ascending.reversed() : ascending;
        }

        /** Searches the complement of the pairs; whether one was found that belongs among the first k. */
        boolean improve() {
            int room = (int) Math.min(maxSteps, a.dimension() - pairs.size());
            if (room == 0) {
                resolved = true;
                return false;
            }
            List<INDArray> known = pairs.stream().map(Pair::vector).toList();
            Krylov krylov = new Krylov(a, probes.type(), room, known);
            SymmetricEigen ritz = span(krylov, room);
            products += krylov.steps();
            List<Pair> all = new ArrayList<>(pairs);
            int wanted = wanted(ritz.values());
            for (int i = 0; i < Math.min(k, wanted); i++) {
                all.add(pair(krylov, ritz, i));
            }
            // Stable, so that of equal ones those found first stay in front.
            all.sort(order);
            pairs = List.copyOf(all.subList(0, k));
            boolean whole = known.size() + (long) krylov.steps() >= a.dimension();
            resolved = converged && (k == 1 || whole || wanted == 0);
            return wanted > 0;
        }

        private SymmetricEigen span(Krylov krylov, int room) {
            INDArray start = probes.vector(a.dimension());
            begin(krylov, start);
            int least = pairs.isEmpty() ? k : 1;
            while (true) {
                boolean grew = krylov.step();
                int j = krylov.steps();
                boolean exhausted = !grew && j < room;
                // The small problem costs O(j^3); every fifth step is soon enough.
                if (j == room || (j >= least && (exhausted || j % 5 == 0))) {
                    SymmetricEigen ritz = krylov.eigen();
                    converged = converged(krylov, ritz);
                    if (converged || j == room) {
                        return ritz;
                    }
                }
                if (exhausted) {
                    begin(krylov, start);
                }
            }
        }

        private void begin(Krylov krylov, INDArray start) {
            do {
                if (pairs.isEmpty()) {
                    probes.fill(start, drawn++);
                } else {
                    probes.fillSpread(start, drawn++);
                }
            } while (!krylov.begin(start));
        }

        private boolean converged(Krylov krylov, SymmetricEigen ritz) {
            double[] values = ritz.values();
            int j = values.length;
            scale = Math.max(scale, Math.max(Math.abs(values[0]), Math.abs(values[j - 1])));
            for (int i = 0; i < Math.max(1, wanted(values)); i++) {
                double last = ritz.vectors().getDouble(j - 1, column(j, i));
                if (!(Math.abs(krylov.lastBeta() * last) <= tolerance * scale)) {
                    return false;
                }
            }
            return true;
        }

        /** How many of the values belong among the first k. */
        private int wanted(double[] values) {
            if (pairs.isEmpty()) {
                return k;
            }
            double worst = pairs.get(k - 1).value();
            double margin = Math.max(tolerance, 100 * Vectors.rounding(probes.type())) * scale;
            int wanted = 0;
            while (wanted < Math.min(k, values.length)) {
                double value = values[column(values.length, wanted)];
                if (!(largest ? value > worst + margin : value < worst - margin)) {
                    break;
                }
                wanted++;
            }
            return wanted;
        }

        private int column(int size, int rank) {
            return largest ? size - 1 - rank : rank;
        }

        private Pair pair(Krylov krylov, SymmetricEigen ritz, int rank) {
            int column = column(krylov.steps(), rank);
            INDArray v = probes.vector(a.dimension());
            krylov.vectors()
                    .combine(0, null, ritz.vectors().getColumn(column).dup().toDoubleVector(), v);
            v.divi(Vectors.norm(v));
            return new Pair(ritz.values()[column], v);
        }

        Eigenpairs measured(long begun) {
            double[] values = new double[k];
            double[] residuals = new double[k];
            INDArray vectors = Nd4j.create(probes.type(), new long[] {k, a.dimension()}, 'c');
            INDArray product = probes.vector(a.dimension());
            double allowed = (tolerance + 1000 * Vectors.rounding(probes.type())) * scale;
            for (int i = 0; i < k; i++) {
                INDArray v = vectors.getRow(i);
                v.assign(pairs.get(i).vector());
                values[i] = pairs.get(i).value();
                a.multiply(v, product);
                Vectors.axpy(-values[i], v, product);
                residuals[i] = Vectors.norm(product);
                // What was known without a product may be less than what products that are not exact come to.
                converged &= residuals[i] <= allowed;
            }
            return new Eigenpairs(
                    values, vectors, residuals, converged, converged && resolved, Cost.since(begun, products + k, a));
        }
    }
}
