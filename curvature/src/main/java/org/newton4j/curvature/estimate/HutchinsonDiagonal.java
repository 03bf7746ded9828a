/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.curvature.operator.Vectors;

/**
 * The diagonal of an operator from random probes (Bekas, Kokiopoulou, Saad 2007).
 *
 * <p>Symbols: z_1, ..., z_k are Rademacher vectors, * is elementwise.
 *
 * <pre>
 * estimate = (1/k) sum_n z_n * (A z_n)
 *
 * E[z_i (A z)_i] = sum_j A_ij E[z_i z_j]
 *                = A_ii                          because E[z_i z_j] is 1 for i = j and else 0
 * Var[z_i (A z)_i] = sum_{j != i} A_ij^2         so a diagonal A is exact with one probe
 * standard error_i = sample deviation_i / sqrt(k)
 * </pre>
 *
 * <p>The relative error that an adaptive {@link ProbeBudget} watches is |standard errors| / |estimate|. Mean and deviation
 * are streamed: five vectors of memory, whatever k is.
 */
public final class HutchinsonDiagonal {

    private HutchinsonDiagonal() {}

    /**
     * Estimates diag(A).
     *
     * @param a operator of dimension d
     * @param probes which random vectors
     * @param budget how many
     * @return the estimate with its error bars
     * @throws ArithmeticException when a product is not finite
     */
    public static DiagonalEstimate of(LinearOperator a, Probes probes, ProbeBudget budget) {
        long begun = System.nanoTime();
        INDArray z = probes.vector(a.dimension());
        INDArray sample = z.ulike();
        INDArray mean = z.ulike().assign(0);
        INDArray squares = z.ulike().assign(0);
        int k = 0;
        // Squares are of samples divided by the size of the first, so that they neither overflow nor vanish.
        double size = 0;
        double relative;
        do {
            probes.fill(z, k);
            a.multiply(z, sample);
            sample.muli(z);
            k++;
            if (size == 0) {
                size = Vectors.norm(sample);
            }
            Vectors.multiplyByPowerOfTwo(sample, -exponent(size));
            // Welford: change = x - mean; mean += change / k; squares += change (x - mean).
            INDArray change = sample.sub(mean);
            Vectors.axpy(1.0 / k, change, mean);
            sample.subi(mean);
            squares.addi(change.muli(sample));
            relative = relative(mean, squares, k);
        } while (!budget.reached(k, relative, 1));
        INDArray error = Transforms.sqrt(squares.divi((double) (k - 1) * k), false);
        Vectors.multiplyByPowerOfTwo(mean, exponent(size));
        Vectors.multiplyByPowerOfTwo(error, exponent(size));
        return new DiagonalEstimate(mean, error, relative, k, Cost.since(begun, k, a));
    }

    private static int exponent(double size) {
        return size > 0 && size <= Double.MAX_VALUE ? Math.getExponent(size) : 0;
    }

    private static double relative(INDArray mean, INDArray squares, int k) {
        double size = Vectors.norm(mean);
        double spread = squares.sumNumber().doubleValue();
        if (!(size <= Double.MAX_VALUE && spread <= Double.MAX_VALUE)) {
            throw new ArithmeticException("product " + k + " of the operator is not finite");
        }
        if (k < 2) {
            return Double.POSITIVE_INFINITY;
        }
        double error = Math.sqrt(spread / (k - 1) / k);
        return error == 0 ? 0 : error / size;
    }
}
