/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/**
 * What an optimizer wants to know about curvature, and how often.
 *
 * @param kind which quantity
 * @param updateInterval a new estimate at every iteration divisible by this, at least 1
 * @param spatialAveraging whether |D| is averaged over the window of each convolution kernel
 */
public record CurvatureRequest(Kind kind, int updateInterval, boolean spatialAveraging) {

    /** A quantity that can be estimated. */
    public enum Kind {
        /** z ⊙ Hz with Rademacher z, for the mean loss the optimizer's gradient belongs to. */
        HUTCHINSON_DIAGONAL,
        /**
         * N ĝ ⊙ ĝ with ĝ the gradient of the mean loss on labels drawn from the network's output and N the batch size,
         * plus the coefficient of L2 regularisation: an estimate of the diagonal of the Gauss-Newton matrix of the
         * objective the optimizer's gradient belongs to.
         */
        GAUSS_NEWTON_BARTLETT,
        /** ĝ ⊙ ĝ of {@link #GAUSS_NEWTON_BARTLETT} without N and without L2, as Sophia's reference code has it. */
        SAMPLED_GRADIENT_SQUARED
    }

    /**
     * Checks the interval.
     *
     * @param kind which quantity
     * @param updateInterval a new estimate at every iteration divisible by this, at least 1
     * @param spatialAveraging whether |D| is averaged over the window of each convolution kernel
     * @throws IllegalArgumentException if {@code updateInterval} is less than 1
     */
    public CurvatureRequest {
        if (updateInterval < 1) {
            throw new IllegalArgumentException("updateInterval = " + updateInterval + ", but must be at least 1");
        }
    }

    /**
     * Whether a new estimate belongs to this iteration.
     *
     * @param iteration 0-based, as Deeplearning4j counts
     * @return true at 0, updateInterval, 2 updateInterval, …
     */
    public boolean isDue(int iteration) {
        return iteration % updateInterval == 0;
    }

    /**
     * How many estimates an optimizer has folded in after this iteration.
     *
     * @param iteration 0-based, as Deeplearning4j counts
     * @return n ≥ 1, the exponent of the curvature's bias correction
     */
    public long estimatesAfter(int iteration) {
        return iteration / updateInterval + 1L;
    }
}
