/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMultiplication;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The product U = left V right of one layer, in place inside the flat gradient, and its rescaling.
 *
 * <p>Symbols: V = [dW | db], shape [nOut, K]; left and right symmetric. In memory the weights of an output lie together, so
 * dW' is a view with unit stride and nothing has to be gathered:
 *
 * <pre>
 * T = right_w dW' + right_b db'          right_w all columns but the last, right_b the last
 * uW' = T_w left,  ub' = T_b left        T_w all rows but the last, T_b the last
 * </pre>
 *
 * <p>which is two large products and two thin ones. 1-D convolutions, whose memory is the other way round, and factors of
 * another type than the gradient cost a copy more. Buffers are shared by the layers of a network.
 */
final class KroneckerProduct {

    private static final INDArrayIndex ALL = NDArrayIndex.all();

    /** What keeps the length of the gradient of a layer. */
    enum Rescale {
        /** Nothing. */
        NONE,
        /** |V| / |U|, the joint norm (MKOR, Algorithm 1, line 9). */
        JOINT,
        /** (|dW| + |db|) / (|uW| + |ub|) (MKOR's released code). */
        SUM_OF_NORMS
    }

    /** Memory for the largest layer of a network, taken when first needed. */
    static final class Buffers {

        private final DataType type;
        private final Map<Slot, INDArray> memory = new EnumMap<>(Slot.class);
        private final Collection<KroneckerLayer> layers;

        /**
         * Takes no memory yet.
         *
         * @param type FLOAT or DOUBLE, of the arithmetic
         * @param layers that share the buffers
         */
        Buffers(DataType type, Collection<KroneckerLayer> layers) {
            this.type = type;
            this.layers = List.copyOf(layers);
        }

        DataType type() {
            return type;
        }

        /** A matrix with columns in memory order, with whatever was in it. */
        private INDArray matrix(Slot slot, long rows, long columns) {
            return vector(slot, rows * columns).reshape('f', rows, columns);
        }

        /** The memory of a matrix, as it lies. */
        private INDArray vector(Slot slot, long length) {
            return memory.computeIfAbsent(slot, key -> Nd4j.createUninitialized(type, largest(key)))
                    .get(NDArrayIndex.interval(0, length));
        }

        private long largest(Slot slot) {
            ToLongFunction<KroneckerLayer> size = switch (slot) {
                case HALFWAY, WEIGHTS, GRADIENT -> layer -> (long) layer.inputs() * layer.outputs();
                case BIAS -> KroneckerLayer::outputs;
                case LEFT -> layer -> (long) layer.outputs() * layer.outputs();
                case RIGHT -> layer -> (long) layer.inputs() * layer.inputs();
            };
            return layers.stream().mapToLong(size).max().orElse(1);
        }

        private enum Slot {
            HALFWAY,
            WEIGHTS,
            BIAS,
            GRADIENT,
            LEFT,
            RIGHT
        }
    }

    private final KroneckerLayer geometry;
    private final Buffers buffers;
    private final int columns;

    /**
     * Prepares products.
     *
     * @param geometry of the layer
     * @param buffers of the network
     */
    KroneckerProduct(KroneckerLayer geometry, Buffers buffers) {
        this.geometry = geometry;
        this.buffers = buffers;
        columns = geometry.hasBias() ? geometry.inputs() - 1 : geometry.inputs();
    }

    /** FLOAT or DOUBLE, of the arithmetic. */
    DataType type() {
        return buffers.type();
    }

    /**
     * Replaces V by U.
     *
     * @param left symmetric, [nOut, nOut], any floating type; Not modified
     * @param right symmetric, [K, K], any floating type; Not modified
     * @param flat gradient of the network, rank 1; Modified in the range of the layer
     * @param rescale what to keep; a U of length 0 is not rescaled
     */
    void apply(INDArray left, INDArray right, INDArray flat, Rescale rescale) {
        int outputs = geometry.outputs();
        INDArray g = typed(left, Buffers.Slot.LEFT);
        INDArray a = typed(right, Buffers.Slot.RIGHT);
        INDArray target = geometry.weightsOf(flat).transpose();
        INDArray halfway = buffers.matrix(Buffers.Slot.HALFWAY, geometry.inputs(), outputs);
        INDArray weights = buffers.matrix(Buffers.Slot.WEIGHTS, columns, outputs);
        Nd4j.gemm(
                a.get(ALL, NDArrayIndex.interval(0, columns)),
                typed(target, Buffers.Slot.GRADIENT),
                halfway,
                false,
                false,
                1,
                0);
        INDArray bias = null;
        if (geometry.hasBias()) {
            bias = buffers.matrix(Buffers.Slot.BIAS, 1, outputs);
            bias.assign(geometry.bias(flat).reshape(1, outputs));
            Nd4j.gemm(a.get(ALL, NDArrayIndex.interval(columns, columns + 1)), bias, halfway, false, false, 1, 1);
            Nd4j.gemm(halfway.get(NDArrayIndex.interval(columns, columns + 1), ALL), g, bias, false, false, 1, 0);
        }
        Nd4j.gemm(halfway.get(NDArrayIndex.interval(0, columns), ALL), g, weights, false, false, 1, 0);
        double scale = scale(rescale, flat);
        store(weights, target, scale);
        if (bias != null) {
            store(bias.reshape(outputs), geometry.bias(flat), scale);
        }
    }

    private double scale(Rescale rescale, INDArray flat) {
        if (rescale == Rescale.NONE) {
            return 1;
        }
        int outputs = geometry.outputs();
        double rawWeights = norm(geometry.weightRange(flat));
        double newWeights = norm(buffers.vector(Buffers.Slot.WEIGHTS, (long) columns * outputs));
        double rawBias = 0;
        double newBias = 0;
        if (geometry.hasBias()) {
            rawBias = norm(geometry.bias(flat));
            newBias = norm(buffers.vector(Buffers.Slot.BIAS, outputs));
        }
        double raw = rescale == Rescale.JOINT ? Math.hypot(rawWeights, rawBias) : rawWeights + rawBias;
        double length = rescale == Rescale.JOINT ? Math.hypot(newWeights, newBias) : newWeights + newBias;
        return length == 0 ? 1 : raw / length;
    }

    /** By BLAS, ten times as fast as ND4J's norm. */
    private static double norm(INDArray part) {
        return Math.sqrt(Nd4j.getBlasWrapper().dot(part, part));
    }

    private INDArray typed(INDArray matrix, Buffers.Slot slot) {
        return matrix.dataType() == buffers.type()
                ? matrix
                : buffers.matrix(slot, matrix.size(0), matrix.size(1)).assign(matrix);
    }

    private static void store(INDArray from, INDArray to, double scale) {
        if (from.dataType() == to.dataType()) {
            Nd4j.getExecutioner().exec(new ScalarMultiplication(from, null, to, scale));
        } else {
            to.assign(from.muli(scale));
        }
    }
}
