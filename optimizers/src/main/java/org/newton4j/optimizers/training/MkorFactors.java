/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.KeptState;

/** The two symmetric matrices MKOR puts around the gradient of one layer. */
interface MkorFactors {

    /** One iteration's curvature of the layer. */
    interface Curvature {}

    /**
     * Mean vectors, for the rank-one rules.
     *
     * @param input a, [K]; Not modified
     * @param delta g, [nOut]; Not modified
     */
    record Means(INDArray input, INDArray delta) implements Curvature {}

    /**
     * Every example, for FULL.
     *
     * @param statistics of the layer
     * @param damping of this iteration
     */
    record Rows(LayerStatistics statistics, double damping) implements Curvature {}

    /**
     * Takes in curvature.
     *
     * @param curvature of the kind these factors need
     * @return null, or why it was refused; the factors are then as before, or at the identity if they were broken
     * @throws ArithmeticException if the method cannot go on
     */
    @Nullable
    String update(Curvature curvature);

    /** What the next update overwrites. */
    KeptState keep();

    /** Updates so far. */
    long updates();

    /** Whether the product with both is still the gradient itself. */
    boolean identity();

    /** In front of V, [nOut, nOut], until the next update. */
    SymmetricFactor left();

    /** Behind V, [K, K], until the next update. */
    SymmetricFactor right();

    /**
     * Writes the state.
     *
     * @param prefix of the names
     * @param to Modified
     */
    void save(String prefix, SavedArrays to);

    /**
     * Reads the state.
     *
     * @param prefix of the names
     * @param from as {@link #save} wrote it; Not modified
     * @throws IllegalArgumentException if it is of another shape
     */
    void restore(String prefix, SavedArrays from);

    /**
     * A symmetric matrix read from a file, in the type that is needed now.
     *
     * @throws IllegalArgumentException if it has another shape
     */
    static INDArray like(INDArray saved, String name, long n, DataType type) {
        if (!(saved.rank() == 2 && saved.size(0) == n && saved.size(1) == n)) {
            throw other(name, Arrays.toString(saved.shape()), n);
        }
        if (saved.dataType() == type) {
            return saved;
        }
        // What is symmetric up to the rounding of a narrower type is not symmetric enough for a wider one.
        INDArray wide = saved.castTo(DataType.DOUBLE);
        return wide.add(wide.transpose()).muli(0.5).castTo(type);
    }

    /**
     * Refuses a factor of another size.
     *
     * @throws IllegalArgumentException if it has another size
     */
    static void requireSize(long saved, String name, long n) {
        if (saved != n) {
            throw other(name, "[" + saved + ", " + saved + "]", n);
        }
    }

    private static IllegalArgumentException other(String name, String shape, long n) {
        return new IllegalArgumentException("the saved factor '" + name + "' has shape " + shape
                + ", but this network needs [" + n + ", " + n + "]");
    }
}
