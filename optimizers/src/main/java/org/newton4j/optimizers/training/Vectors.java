/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.newton4j.curvature.operator.Arguments;

/** Checks and sizes of flat vectors that the operators on a network share. */
final class Vectors {

    private Vectors() {}

    /**
     * Refuses a vector that is not one of the network.
     *
     * @throws IllegalArgumentException if the length, the shape or the type is wrong
     */
    static void require(INDArray vector, String name, long length) {
        if (vector.length() != length) {
            throw new IllegalArgumentException(
                    name + " has length " + vector.length() + ", but the network has " + length + " parameters");
        }
        Arguments.shaped(name, vector, length);
        if (!vector.dataType().isFPType()) {
            throw new IllegalArgumentException(
                    name + " is " + vector.dataType() + ", but must be a floating type; use castTo(DataType.DOUBLE)");
        }
    }

    /**
     * Refuses a batch without labels.
     *
     * @throws IllegalArgumentException if labels are missing
     */
    static void requireLabels(MultiDataSet batch) {
        if (batch.getLabels() == null || batch.getLabels().length == 0 || batch.getLabels(0) == null) {
            throw new IllegalArgumentException("the batch has no labels; a loss needs them");
        }
    }

    /** Root mean square of the entries. */
    static double rms(INDArray vector) {
        return vector.norm2Number().doubleValue() / Math.sqrt((double) vector.length());
    }
}
