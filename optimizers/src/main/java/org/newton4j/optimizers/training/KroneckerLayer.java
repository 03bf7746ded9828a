/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.inverse.KroneckerFactors;

/**
 * A layer whose parameters form a matrix V of shape [outputs, inputs], bias column last, and where they lie in the flat
 * vectors of the network.
 *
 * <p>Dense weights are [nIn, nOut] in F order and 2-D convolution weights [nOut, nIn, kh, kw] in C order: in memory both
 * are nOut rows. The weights of a 1-D convolution claim to be [nOut, nIn, k, 1], but Deeplearning4j 1.0.0-M2.1 computes
 * with the same memory read as [k, nIn, nOut], nOut columns.
 *
 * @param name of the layer
 * @param outputs nOut
 * @param inputs K: nIn times the kernel, and 1 more with a bias
 * @param weightStart first flat index of the weights
 * @param biasStart first flat index of the bias, -1 without one
 * @param outputsLast whether one weight of each output comes after the other in memory, as in 1-D convolutions
 */
public record KroneckerLayer(
        String name, int outputs, int inputs, long weightStart, long biasStart, boolean outputsLast) {

    /**
     * Whether the last column is a bias.
     *
     * @return true with a bias
     */
    public boolean hasBias() {
        return biasStart >= 0;
    }

    /**
     * Copies the layer's part of a flat vector.
     *
     * @param flat gradient or parameters of the network, flat; Not modified
     * @return V, a new array [outputs, inputs]
     */
    public INDArray gather(INDArray flat) {
        INDArray vector = Networks.flat(flat);
        INDArray matrix = Nd4j.createUninitialized(vector.dataType(), outputs, inputs);
        weights(matrix).assign(weightsOf(vector));
        if (hasBias()) {
            matrix.getColumn(inputs - 1).assign(bias(vector));
        }
        return matrix;
    }

    /**
     * Writes the layer's part of a flat vector.
     *
     * @param matrix V, shape [outputs, inputs]; Not modified
     * @param flat vector of the network, flat; Modified in this layer's range
     * @throws IllegalArgumentException if {@code matrix} has another shape
     */
    public void scatter(INDArray matrix, INDArray flat) {
        if (!(matrix.rank() == 2 && matrix.size(0) == outputs && matrix.size(1) == inputs)) {
            throw new IllegalArgumentException("matrix has shape " + java.util.Arrays.toString(matrix.shape())
                    + ", but layer '" + name + "' needs [" + outputs + ", " + inputs + "]");
        }
        INDArray vector = Networks.flat(flat);
        weightsOf(vector).assign(weights(matrix));
        if (hasBias()) {
            bias(vector).assign(matrix.getColumn(inputs - 1));
        }
    }

    /**
     * Factors for this layer, both at the identity.
     *
     * @param type FLOAT or DOUBLE
     * @return new factors of sizes K and nOut
     */
    public KroneckerFactors newFactors(DataType type) {
        return new KroneckerFactors(inputs, outputs, type);
    }

    /** The most numbers a method with two factors keeps for this layer: three pairs of matrices, one of them in spectral form. */
    long mostStateNumbers() {
        return 3L * inputs * inputs + 3L * outputs * outputs + 2L * inputs * outputs + 8L * inputs + 8L * outputs;
    }

    private int columns() {
        return hasBias() ? inputs - 1 : inputs;
    }

    private INDArray weights(INDArray matrix) {
        return matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(0, columns()));
    }

    /** A view on the weights inside a flat vector, shaped like the matrix without its bias column. */
    INDArray weightsOf(INDArray vector) {
        INDArray part = weightRange(vector);
        return outputsLast
                ? part.reshape('c', true, columns(), outputs).transpose()
                : part.reshape('c', true, outputs, columns());
    }

    /** A view on the weights inside a flat vector, as they lie. */
    INDArray weightRange(INDArray vector) {
        return vector.get(NDArrayIndex.interval(weightStart, weightStart + (long) outputs * columns()));
    }

    /** A view on the bias inside a flat vector. */
    INDArray bias(INDArray vector) {
        return vector.get(NDArrayIndex.interval(biasStart, biasStart + outputs));
    }
}
