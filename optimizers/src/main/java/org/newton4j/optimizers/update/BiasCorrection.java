/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/**
 * Weights of a moving average that starts at zero.
 *
 * <p>After n samples, {@code x_n = beta x_(n-1) + (1 - beta) s_n} with {@code x_0 = 0} holds weights that add up to
 * {@code 1 - beta^n}; dividing by that sum gives an average (Kingma and Ba 2015, section 3).
 */
public final class BiasCorrection {

    private BiasCorrection() {}

    /**
     * The sum of the weights after n samples.
     *
     * @param beta decay, in [0, 1)
     * @param n number of samples, at least 1
     * @return {@code 1 - beta^n}, accurate for beta near 1 too
     */
    public static double of(double beta, long n) {
        return -Math.expm1((double) n * Math.log(beta));
    }

    /**
     * The decay that folds one sample in as if it had been the sample of all n steps.
     *
     * <p>An average that is still zero at its n-th sample (an optimizer swapped in mid-training) would be divided by
     * {@code 1 - beta^n} although its weights add up to {@code 1 - beta}. With the decay {@code beta^n} in place of
     * beta, {@code beta^n 0 + (1 - beta^n) s} divided by {@code 1 - beta^n} is s, as at the very first step. For n = 1
     * this is beta itself.
     *
     * @param beta decay, in [0, 1)
     * @param n number of samples, at least 1
     * @return {@code beta^n}
     */
    public static double coldStartDecay(double beta, long n) {
        return Math.pow(beta, (double) n);
    }
}
