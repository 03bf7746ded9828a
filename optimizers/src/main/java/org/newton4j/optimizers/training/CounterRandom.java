/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

/**
 * Uniform and normal numbers as a pure function of (seed, iteration, probe, stream, index): no state, no global
 * generator.
 *
 * <pre>
 * mix(x)     = finalizer of SplitMix64 (Steele, Lea and Flood 2014, variant 13 of Stafford)
 * key        = mix(mix(mix(mix(seed + G) + iteration + G) + probe + G) + stream + G),     G = 0x9E3779B97F4A7C15
 * word(i)    = mix(key + (i + 1) G)
 * uniform(i) = (top 53 bits of word(i) + 1/2) / 2^53                                      in (0, 1)
 * normal(i)  = sqrt(-2 ln uniform(2i)) cos(2 π uniform(2i + 1))                           Box and Muller 1958
 * </pre>
 */
public final class CounterRandom {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final long key;

    /**
     * Opens a stream.
     *
     * @param seed seed of the run, any number
     * @param iteration training iteration, at or above 0
     * @param probe number of the sample within the iteration, at or above 0
     * @param stream what the numbers are for, for example the index of an output
     * @throws IllegalArgumentException if {@code iteration} or {@code probe} is negative
     */
    public CounterRandom(long seed, long iteration, int probe, int stream) {
        if (!(iteration >= 0)) {
            throw new IllegalArgumentException("iteration is " + iteration + ", must be at or above 0");
        }
        if (!(probe >= 0)) {
            throw new IllegalArgumentException("probe is " + probe + ", must be at or above 0");
        }
        key = mix(mix(mix(mix(seed + GOLDEN) + iteration + GOLDEN) + probe + GOLDEN) + stream + GOLDEN);
    }

    /**
     * The number of this index, uniform in (0, 1).
     *
     * @param index any number
     * @return the same for the same stream and index
     */
    public double uniform(long index) {
        return ((mix(key + (index + 1) * GOLDEN) >>> 11) + 0.5) * 0x1p-53;
    }

    /**
     * The number of this index, standard normal; StrictMath, so that every machine draws the same.
     *
     * @param index any number
     * @return the same for the same stream and index
     */
    public double normal(long index) {
        return StrictMath.sqrt(-2 * StrictMath.log(uniform(2 * index)))
                * StrictMath.cos(2 * Math.PI * uniform(2 * index + 1));
    }

    /**
     * The category of this index: the first at which the cumulated probability exceeds u times the total, which rounding
     * keeps off 1.
     *
     * @param index any number
     * @param p probabilities, at least 0, not all 0; Not modified
     * @return in 0 … p.length - 1
     */
    public int category(long index, double[] p) {
        double u = uniform(index);
        double total = 0;
        int last = 0;
        for (int j = 0; j < p.length; j++) {
            total += p[j];
            if (p[j] > 0) {
                last = j;
            }
        }
        double sum = 0;
        for (int j = 0; j < p.length; j++) {
            sum += p[j];
            if (sum > u * total) {
                return j;
            }
        }
        return last;
    }

    private static long mix(long x) {
        long z = x;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
