/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.Rademacher;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.Vectors;

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

    private static final int SPREAD = 16;

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

    /**
     * Writes a vector that has a part in every direction, with entries spread over (-2, 2).
     *
     * <p>Entries of -1 and 1 do not: two probes agree on two given coordinates, up to sign, half of the time, so that the one
     * adds nothing to the other where these two have an eigenvalue in common.
     */
    void fillSpread(INDArray out, int vector) {
        INDArray bit = out.ulike();
        out.assign(0);
        for (int i = 0; i < SPREAD; i++) {
            Rademacher.fill(bit, ~seed, iteration, Math.addExact(Math.multiplyExact(vector, SPREAD), i), 0);
            Vectors.axpy(Math.scalb(1.0, -i), bit, out);
        }
    }

    /** Writes probe k. */
    void fill(INDArray out, int probe) {
        Rademacher.fill(out, seed, iteration, probe, 0);
    }
}
