/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

/**
 * Chooses the step of a gradient difference by what it does to the gradient.
 *
 * <pre>
 * ε = k / size,   size = √ Σ_l |v_l|² / |θ_l|²  over layers l with θ_l ≠ 0
 * r = |g(θ + ε v) - g(θ)| / |g(θ)|
 * k ← k · clip(target / r, 0.01, 100)   after every try
 * </pre>
 *
 * <p>The truncation error of a difference is proportional to r (one-sided) or r² (two-sided) and its rounding error to
 * 1/r, with constants near one for random and for structured directions, large and small networks alike; no rule that
 * looks at θ and v alone predicts the error along the gradient or a conjugate direction. So r is measured and a step
 * whose r is far from the target is tried again, at most {@value #TRIES} times in all. k persists from product to product
 * at one θ and starts anew at the next: what training does must not depend on what was computed before it was resumed.
 * For Rademacher directions the first k is good, so a second try is rare.
 */
final class StepControl {

    /** Evaluations of one product at most. */
    static final int TRIES = 3;

    private static final double SMALLEST = 1e-12;
    private static final double LARGEST = 1;

    private final double target;
    private final double start;
    private double k;

    /**
     * A control.
     *
     * @param target wanted r
     * @param start first k
     */
    StepControl(double target, double start) {
        this.target = target;
        this.start = start;
        this.k = start;
    }

    /** Forgets what was learned. */
    void restart() {
        k = start;
    }

    double step(double size) {
        return k / size;
    }

    /**
     * Learns from a try.
     *
     * @param r measured change of the gradient; not used if not positive and finite
     * @param tries tries made for this product
     * @return whether another try is worth its cost
     */
    boolean shouldRetry(double r, int tries) {
        if (!(r > 0) || Double.isInfinite(r)) {
            return false;
        }
        double before = k;
        k = Math.min(LARGEST, Math.max(SMALLEST, k * Math.min(100, Math.max(0.01, target / r))));
        boolean farOff = r < target / 10 || r > target * 5;
        return farOff && tries < TRIES && k != before;
    }
}
