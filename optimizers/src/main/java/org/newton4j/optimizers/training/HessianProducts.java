/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

/**
 * How products of a network's Hessian with a vector are computed: what they cost and how exact they are.
 *
 * <p>g is the gradient of the summed loss, g_frozen the same with every kink (relu, max pooling, dropout mask …) held on
 * the side it is on at θ. Units of cost are one gradient of the mini-batch. Limits of |error| are given beside |H v| and, for what rounding
 * of the gradient costs where H v is next to nothing, beside s = |g| |v| / |θ|. A product is a function of θ, the batch and v: the
 * same bits whatever was asked before.
 *
 * <pre>
 * F = (g_frozen(θ + ε v) - g(θ)) / ε,   B = (g(θ) - g_frozen(θ - ε v)) / ε
 * </pre>
 *
 * <p>ε changes the layers by a fixed small part of their length, arguments of tanh, sigmoid and softmax by no more than a fixed small
 * number, and does not depend on |g|, which vanishes at a minimum where H does not. Every product comes with an estimate of its
 * error ({@link NetworkHessian#lastError()}); one that is not good enough is computed with two sides, and if that does not do, in DOUBLE as
 * {@link #EXACT} is. Where the limits are out of reach all the same the estimate says so.
 *
 * <p>Networks with a part that is not known (own layers, SameDiff layers, own activations or losses that are not declared
 * {@link org.newton4j.optimizers.training.frozen.Smooth}) fall back to the central difference of a DOUBLE copy with a step
 * of 1e-10, two gradients per product, on every setting; one line in the log, once per network, says so and names the
 * part. The limits do not hold there; errors of 1e-7 … 1e-5 are usual.
 */
public enum HessianProducts {

    /**
     * F in the network's own precision; one gradient.
     *
     * <p>Limit 2e-2 |H v| + 1e-3 s. Usual errors are 5e-4 … 1e-2 in FLOAT, 1e-7 in DOUBLE networks, far below the sampling error of a
     * Hutchinson estimate. Where the kinks cannot be read from the main network's forward pass one more gradient per
     * mini-batch records them. A second one is evaluated where rounding may show (predictions as good as certain) and, for directions
     * other than random signs, where the gradient changes by more than a fortieth.
     */
    FAST,

    /**
     * (F + B) / 2 in the network's own precision; two gradients.
     *
     * <p>Limit 1e-3 |H v| + 1e-4 s. Usual errors are 1e-5 … 3e-4 in FLOAT, below 1e-8 in DOUBLE networks. One more gradient per
     * mini-batch for recording as for {@link #FAST}.
     */
    CENTRAL,

    /**
     * Differences D(ε) = (F + B) / 2 of a copy of the network in DOUBLE precision, extrapolated to ε = 0; four gradients, and one per
     * mini-batch for recording.
     *
     * <p>Limit 1e-8 |H v| + 1e-10 s. D(ε) and D(4 ε) are always computed, which measures the error; where they differ by more than the limit
     * further steps are added, two gradients each, seven at most.
     */
    EXACT
}
