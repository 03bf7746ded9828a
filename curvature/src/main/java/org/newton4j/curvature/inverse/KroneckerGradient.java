/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.operator.Arguments;

/**
 * Products with the gradient of one layer held as a matrix, and the two scalings used behind them.
 *
 * <p>Symbols: V is the gradient [nOut, K], one row per output, the bias column last.
 */
public final class KroneckerGradient {

    private KroneckerGradient() {}

    /**
     * Computes U = left V right.
     *
     * @param left shape [nOut, nOut]; Not modified
     * @param gradient V, shape [nOut, K]; Not modified
     * @param right shape [K, K]; Not modified
     * @return U, shape [nOut, K]
     * @throws IllegalArgumentException when the shapes or types do not go together
     */
    public static INDArray sandwich(INDArray left, INDArray gradient, INDArray right) {
        Arguments.matrix("gradient", gradient, left.size(0), right.size(0));
        Arguments.sameType("gradient", gradient, "left", left);
        Arguments.sameType("gradient", gradient, "right", right);
        return left.mmul(gradient.mmul(right));
    }

    /**
     * The factor that gives a preconditioned gradient the length of the raw one (MKOR, Algorithm 1, line 9; the printed
     * line lacks the norm bars of the denominator).
     *
     * @param gradient V; Not modified
     * @param preconditioned U; Not modified
     * @return |V| / |U| in the Frobenius norm, and 1 when U is 0
     * @throws ArithmeticException when one of the norms is not finite
     */
    public static double rescale(INDArray gradient, INDArray preconditioned) {
        double raw = gradient.norm2Number().doubleValue();
        double length = preconditioned.norm2Number().doubleValue();
        if (!(raw <= Double.MAX_VALUE && length <= Double.MAX_VALUE)) {
            throw new ArithmeticException("cannot rescale: the gradient has norm " + raw
                    + " and the preconditioned gradient " + length + "; both must be finite");
        }
        return length == 0 ? 1 : raw / length;
    }

    /**
     * The KL clip of K-FAC (gpauloski/kfac-pytorch {@code base_preconditioner.py}).
     *
     * <pre>
     * scale = min(1, sqrt(klClip / |sum U V learningRate^2|))
     * </pre>
     *
     * @param klClip bound of the step's squared Fisher norm, greater than 0; the reference uses 1e-3
     * @param learningRate step, finite
     * @param innerProduct sum over all layers of the entries of U times those of V
     * @return the factor for every preconditioned gradient, in (0, 1]
     * @throws IllegalArgumentException when an argument is out of range
     */
    public static double klScale(double klClip, double learningRate, double innerProduct) {
        Arguments.positive("klClip", klClip);
        Arguments.finite("learningRate", learningRate);
        Arguments.finite("innerProduct", innerProduct);
        double size = Math.abs(innerProduct * learningRate * learningRate);
        return size == 0 ? 1 : Math.min(1, Math.sqrt(klClip / size));
    }
}
