/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.Vectors;

/**
 * The trace of an operator from random probes (Hutchinson 1990).
 *
 * <p>Symbols: z_1, ..., z_k are Rademacher vectors.
 *
 * <pre>
 * estimate = (1/k) sum_n z_n' A z_n
 *
 * E[z' A z] = sum_ij A_ij E[z_i z_j]
 *           = sum_i A_ii = trace(A)              because E[z_i z_j] is 1 for i = j and else 0
 * Var[z' A z] = 2 sum_{i != j} A_ij^2            so a diagonal A is exact with one probe
 * standard error = sample deviation / sqrt(k)
 * </pre>
 *
 * <p>An adaptive {@link ProbeBudget} compares the standard error with |estimate|.
 */
public final class HutchinsonTrace {

    private HutchinsonTrace() {}

    /**
     * Estimates trace(A).
     *
     * @param a operator of dimension d
     * @param probes which random vectors
     * @param budget how many
     * @return the estimate with its error bar
     * @throws ArithmeticException when a product is not finite
     */
    public static ScalarEstimate of(LinearOperator a, Probes probes, ProbeBudget budget) {
        long begun = System.nanoTime();
        INDArray z = probes.vector(a.dimension());
        INDArray product = z.ulike();
        RunningMean mean = new RunningMean();
        do {
            probes.fill(z, mean.count());
            a.multiply(z, product);
            double sample = Vectors.dot(z, product);
            if (!(Math.abs(sample) <= Double.MAX_VALUE)) {
                throw new ArithmeticException("product " + (mean.count() + 1) + " of the operator is not finite");
            }
            mean.add(sample);
        } while (!budget.reached(mean.count(), mean.standardError(), Math.abs(mean.mean())));
        return new ScalarEstimate(mean.mean(), mean.standardError(), mean.count(), Cost.since(begun, mean.count(), a));
    }
}
