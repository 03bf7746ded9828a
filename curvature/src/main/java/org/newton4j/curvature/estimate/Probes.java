/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.Rademacher;
import org.newton4j.curvature.operator.Arguments;

/**
 * The random vectors of an estimate: Rademacher, counted, never stored.
 *
 * <p>Entry i of probe k is -1 or 1 with equal probability, a function of (seed, iteration, k, i) alone. Two estimates with
 * the same numbers draw the same bits on every backend.
 *
 * @param type FLOAT or DOUBLE, the type of the products
 * @param seed any number
 * @param iteration at least 0; draw anew by counting it up
 */
public record Probes(DataType type, long seed, long iteration) {

    /**
     * Checks the type.
     *
     * @param type FLOAT or DOUBLE, the type of the products
     * @param seed any number
     * @param iteration at least 0
     * @throws IllegalArgumentException when the type is another one or the iteration is negative
     */
    public Probes {
        Arguments.floating("type", type);
        Arguments.count("iteration", iteration, 0, Long.MAX_VALUE);
    }

    /**
     * Probes of iteration 0.
     *
     * @param type FLOAT or DOUBLE, the type of the products
     * @param seed any number
     */
    public Probes(DataType type, long seed) {
        this(type, seed, 0);
    }

    /** A vector for probes or products. */
    INDArray vector(long dimension) {
        return Nd4j.createUninitialized(type, dimension);
    }

    /** Writes probe k. */
    void fill(INDArray out, int probe) {
        Rademacher.fill(out, seed, iteration, probe, 0);
    }
}
