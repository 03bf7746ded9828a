/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * When MKOR-H gives up second-order updates: once they no longer speed up the decrease of the loss, training goes on with
 * the base updater alone, for good.
 *
 * <p>The paper says no more than "loss-decrease-rate-based switching", and the released code has no switch, so this rule is
 * our own. It follows the knee-point scheduler of the same authors. With L_t the loss of iteration t (with L1 and L2),
 * started at t = 0 with L_0 and r = 0,
 *
 * <pre>
 * r_t = (decay r_(t-1) + (1 − decay) (L_(t-1) − L_t)),  divided by 1 − decay^t
 * knee when r_t &lt; beta (L_0 − L_t) / t
 * </pre>
 *
 * <p>that is, when the present rate of improvement falls under a share beta of the mean rate so far. After {@code warmup}
 * iterations, {@code patience} knees in a row switch. Losses that are not finite are ignored.
 *
 * @param beta share of the mean rate, greater than 0; default {@value #DEFAULT_BETA}
 * @param patience knees in a row, at least 1; default {@value #DEFAULT_PATIENCE}
 * @param decay of the improvement's moving average, in [0, 1); default {@value #DEFAULT_DECAY}
 * @param warmup iterations before the first check, at least 1; default {@value #DEFAULT_WARMUP}
 */
public record MkorFallback(
        @JsonProperty("beta") double beta,
        @JsonProperty("patience") int patience,
        @JsonProperty("decay") double decay,
        @JsonProperty("warmup") int warmup) {

    /** Default share of the mean rate, 0.1 (our choice). */
    public static final double DEFAULT_BETA = 0.1;

    /** Default number of knees in a row, 10 (our choice). */
    public static final int DEFAULT_PATIENCE = 10;

    /** Default decay of the moving average, 0.99: losses of mini-batches are noisy (our choice). */
    public static final double DEFAULT_DECAY = 0.99;

    /** Default number of iterations before the first check, 100: the time the average needs to settle (our choice). */
    public static final int DEFAULT_WARMUP = 100;

    /**
     * Checks the numbers.
     *
     * @param beta greater than 0
     * @param patience at least 1
     * @param decay in [0, 1)
     * @param warmup at least 1
     * @throws IllegalArgumentException if a number is out of range or NaN
     */
    public MkorFallback {
        Range.POSITIVE.check("beta", beta, DEFAULT_BETA);
        Range.COUNT.check("patience", patience, DEFAULT_PATIENCE);
        Range.DECAY.check("decay", decay, DEFAULT_DECAY);
        Range.COUNT.check("warmup", warmup, DEFAULT_WARMUP);
    }

    /** The defaults. */
    public MkorFallback() {
        this(DEFAULT_BETA, DEFAULT_PATIENCE, DEFAULT_DECAY, DEFAULT_WARMUP);
    }
}
