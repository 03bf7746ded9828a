/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.SymmetricKernels;

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

    /** Updates so far. */
    long updates();

    /** Whether the product with both is still the gradient itself. */
    boolean identity();

    /** In front of V, [nOut, nOut], live; the upper triangle counts, as for {@link SymmetricKernels}. */
    INDArray left();

    /** Behind V, [K, K], live; the upper triangle counts, as for {@link SymmetricKernels}. */
    INDArray right();

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
    static INDArray like(INDArray present, INDArray saved, String name) {
        if (!Arrays.equals(saved.shape(), present.shape())) {
            throw new IllegalArgumentException("the saved factor '" + name + "' has shape "
                    + Arrays.toString(saved.shape()) + ", but this network needs " + Arrays.toString(present.shape()));
        }
        if (saved.dataType() == present.dataType()) {
            return saved;
        }
        // What is symmetric up to the rounding of a narrower type is not symmetric enough for a wider one.
        INDArray wide = saved.castTo(DataType.DOUBLE);
        return wide.add(wide.transpose()).muli(0.5).castTo(present.dataType());
    }
}
