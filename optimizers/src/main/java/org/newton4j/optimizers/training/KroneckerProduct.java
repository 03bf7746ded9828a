/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.kernel.Runs;

/**
 * The product U = left V right of one layer, inside the flat gradient, and its rescaling.
 *
 * <p>Symbols: V = [dW | db], shape [nOut, K]; left and right symmetric. In memory the weights of an output lie together,
 * so that the transpose V' = [dW'; db'] is copied column by column into a matrix in F order:
 *
 * <pre>
 * T  = right V'
 * U' = T left
 * </pre>
 *
 * <p>with the weights the other way round, as in 1-D convolutions, it is the transpose of that. Two large products and two
 * copies: to leave the weights where they are would take three thin products for the bias, which cost more than the
 * copies on small layers and as much on large ones. Buffers are shared by the layers of a network.
 */
final class KroneckerProduct {

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
                case GRADIENT, HALFWAY -> layer -> (long) layer.inputs() * layer.outputs();
                case LEFT -> layer -> (long) layer.outputs() * layer.outputs();
                case RIGHT -> layer -> (long) layer.inputs() * layer.inputs();
            };
            return layers.stream().mapToLong(size).max().orElse(1);
        }

        private enum Slot {
            GRADIENT,
            HALFWAY,
            LEFT,
            RIGHT
        }
    }

    private final KroneckerLayer geometry;
    private final Buffers buffers;
    private final int columns;
    private @Nullable Views views;

    /**
     * What a step works on. A view costs ND4J several microseconds, and the flat gradient is the same array at every step.
     *
     * @param flat the gradient of the network
     * @param weights of the layer, in it
     * @param bias of the layer, in it
     * @param v copy of both
     * @param matrix the same memory as v, V' or V in F order
     * @param other memory of the same size
     * @param halfway the same memory as other, shape of matrix
     */
    private record Views(
            INDArray flat,
            INDArray weights,
            @Nullable INDArray bias,
            INDArray v,
            INDArray matrix,
            INDArray other,
            INDArray halfway) {}

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
     * @param left [nOut, nOut]; Not modified
     * @param right [K, K]; Not modified
     * @param flat gradient of the network, rank 1; Modified in the range of the layer
     * @param rescale what to keep; a U of length 0 is not rescaled
     */
    void apply(SymmetricFactor left, SymmetricFactor right, INDArray flat, Rescale rescale) {
        Views known = views(flat);
        INDArray weights = known.weights();
        INDArray bias = known.bias();
        INDArray v = known.v();
        int outputs = geometry.outputs();
        double raw = length(rescale, weights, bias);
        if (geometry.outputsLast()) {
            Runs.copy(weights, 0, v, 0, outputs * columns, 1);
            if (bias != null) {
                Runs.copy(bias, 0, v, outputs * columns, outputs, 1);
            }
            INDArray u = multiply(left, known, right);
            Runs.copy(u, 0, weights, 0, outputs * columns, 1);
            if (bias != null) {
                Runs.copy(u, outputs * columns, bias, 0, outputs, 1);
            }
        } else {
            Runs.copy(weights, 0, v, 0, columns, outputs);
            if (bias != null) {
                Runs.copy(bias, 0, v, columns, 1, outputs);
            }
            INDArray u = multiply(right, known, left);
            Runs.copy(u, 0, weights, 0, columns, outputs);
            if (bias != null) {
                Runs.copy(u, columns, bias, 0, 1, outputs);
            }
        }
        double length = length(rescale, weights, bias);
        if (length != 0) {
            scale(weights, raw / length);
            if (bias != null) {
                scale(bias, raw / length);
            }
        }
    }

    private Views views(INDArray flat) {
        Views known = views;
        if (known == null || known.flat() != flat) {
            int outputs = geometry.outputs();
            int inputs = geometry.inputs();
            long rows = geometry.outputsLast() ? outputs : inputs;
            long width = geometry.outputsLast() ? inputs : outputs;
            INDArray v = buffers.vector(Buffers.Slot.GRADIENT, rows * width);
            INDArray other = buffers.vector(Buffers.Slot.HALFWAY, rows * width);
            known = new Views(
                    flat,
                    geometry.weightRange(flat),
                    geometry.hasBias() ? geometry.bias(flat) : null,
                    v,
                    v.reshape('f', true, rows, width),
                    other,
                    other.reshape('f', true, rows, width));
            views = known;
        }
        return known;
    }

    /** The memory of {@code first matrix second}, which is that of the matrix or the other one. */
    private INDArray multiply(SymmetricFactor first, Views on, SymmetricFactor second) {
        boolean last = geometry.outputsLast();
        INDArray half =
                first.left(on.matrix(), on.halfway(), m -> typed(m, last ? Buffers.Slot.LEFT : Buffers.Slot.RIGHT));
        INDArray whole = second.right(
                half,
                half == on.matrix() ? on.halfway() : on.matrix(),
                m -> typed(m, last ? Buffers.Slot.RIGHT : Buffers.Slot.LEFT));
        return whole == on.matrix() ? on.v() : on.other();
    }

    private static double length(Rescale rescale, INDArray weights, @Nullable INDArray bias) {
        if (rescale == Rescale.NONE) {
            return 0;
        }
        double ofBias = bias == null ? 0 : norm(bias);
        return rescale == Rescale.JOINT ? Math.hypot(norm(weights), ofBias) : norm(weights) + ofBias;
    }

    /** By BLAS, ten times as fast as ND4J's norm. */
    private static double norm(INDArray part) {
        return Math.sqrt(Nd4j.getBlasWrapper().dot(part, part));
    }

    private INDArray typed(INDArray given, Buffers.Slot slot) {
        return given.dataType() == buffers.type()
                ? given
                : buffers.matrix(slot, given.size(0), given.size(1)).assign(given);
    }

    private static void scale(INDArray part, double scale) {
        if (scale != 1) {
            Nd4j.getBlasWrapper().level1().scal(part.length(), scale, part);
        }
    }
}
