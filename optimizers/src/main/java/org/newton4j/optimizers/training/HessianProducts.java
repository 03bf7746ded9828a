/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

/**
 * How products of a network's Hessian with a vector are computed: what they cost and how exact they are.
 *
 * <p>g is the gradient of the summed loss, g_frozen the same with every kink (relu, max pooling, dropout mask …) held on
 * the side it is on at θ. Units of cost are one gradient of the mini-batch; errors are |error|/|H v|
 * along random directions and their products. Along a single parameter of a very small FLOAT network they can be ten
 * times larger; take {@link #EXACT} to write a matrix out.
 *
 * <p>Networks with a part that is not known (own layers, SameDiff layers, own activations or losses that are not declared
 * {@link org.newton4j.optimizers.training.frozen.Smooth}) fall back to the central difference of a DOUBLE copy with a step
 * of 1e-10, two gradients per product, on every setting; one line in the log, once per network, says so and names the
 * part.
 */
public enum HessianProducts {

    /**
     * One-sided difference in the network's own precision.
     *
     * <pre>
     * H v ≈ (g_frozen(θ + ε v) - g(θ)) / ε,   ε such that |g_frozen(θ + ε v) - g(θ)| / |g(θ)| is about 5e-3
     * </pre>
     *
     * <p>One gradient per product where the kinks can be read from the main network's forward pass; else one more per
     * mini-batch for recording. Error 1e-3 … 1.5e-2, far below the sampling error of a Hutchinson estimate; in DOUBLE
     * networks 1e-7.
     */
    FAST,

    /**
     * Two-sided difference in the network's own precision.
     *
     * <pre>
     * H v ≈ (g_frozen(θ + ε v) - g_frozen(θ - ε v)) / (2 ε)
     * </pre>
     *
     * <p>Two gradients per product, and as for {@link #FAST} none or one for recording. Error 3e-5 … 1e-3 in FLOAT, below
     * 1e-8 in DOUBLE networks.
     */
    CENTRAL,

    /**
     * The two-sided difference of {@link #CENTRAL} on a copy of the network in DOUBLE precision.
     *
     * <p>Two gradients per product and one for recording, each up to twice as expensive as in FLOAT. Error below 1e-7.
     */
    EXACT
}
