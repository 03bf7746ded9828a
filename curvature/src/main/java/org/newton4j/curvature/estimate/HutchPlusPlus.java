/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.Vectors;

/**
 * The trace of an operator with a low-rank part taken out exactly (Hutch++, Meyer, Musco, Musco, Woodruff 2021).
 *
 * <p>Symbols: S holds k Rademacher vectors, Q is an orthonormal basis of the columns of A S, P = I - QQ' and z_1, ..., z_k
 * are further Rademacher vectors.
 *
 * <pre>
 * estimate = trace(Q'AQ) + (1/k) sum_n (P z_n)' A (P z_n)
 *
 * trace(A) = trace(Q'AQ) + trace(P A P)          because QQ' + P = I and trace(QQ'AP) = trace(AP QQ') = 0
 * E[(Pz)' A (Pz)] = trace(P A P)                 Hutchinson, given Q
 * Var = 2 x off-diagonal squares of P A P         small when Q has caught the large eigenvalues
 * standard error = sample deviation of the second part / sqrt(k)
 * </pre>
 *
 * <p>3k products reach a relative error eps for k of order 1/eps when A is semi-definite, where Hutchinson needs 1/eps^2.
 * Keeps k vectors of length d.
 */
public final class HutchPlusPlus {

    private HutchPlusPlus() {}

    /**
     * Estimates trace(A).
     *
     * @param a operator of dimension d
     * @param probes which random vectors
     * @param rank k, vectors in the sketch and probes behind it, at least 2
     * @return the estimate with its error bar; 3k products, fewer when A S has a smaller rank
     * @throws IllegalArgumentException when the rank is below 2 or above d
     * @throws ArithmeticException when a product is not finite
     */
    public static ScalarEstimate of(LinearOperator a, Probes probes, int rank) {
        long begun = System.nanoTime();
        Arguments.count("rank", rank, 2);
        Arguments.count("rank", (long) rank, 2, Math.max(2, a.dimension()));
        long products = 0;
        INDArray z = probes.vector(a.dimension());
        INDArray product = z.ulike();
        Basis basis = new Basis(probes.type(), rank, a.dimension());
        for (int i = 0; i < rank; i++) {
            probes.fill(z, i);
            a.multiply(z, product);
            products++;
            basis.add(product);
        }
        double caught = 0;
        for (int i = 0; i < basis.size(); i++) {
            a.multiply(basis.row(i), product);
            products++;
            caught += Vectors.dot(basis.row(i), product);
        }
        RunningMean rest = new RunningMean();
        for (int i = 0; i < rank; i++) {
            probes.fill(z, rank + i);
            basis.removeFrom(z);
            a.multiply(z, product);
            products++;
            rest.add(Vectors.dot(z, product));
        }
        double value = caught + rest.mean();
        if (!(Math.abs(value) <= Double.MAX_VALUE)) {
            throw new ArithmeticException("a product of the operator is not finite, the trace would be " + value);
        }
        return new ScalarEstimate(value, rest.standardError(), rank, Cost.since(begun, products, a));
    }
}
