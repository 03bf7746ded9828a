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
                case GRADIENT, HALFWAY, RESULT -> layer -> (long) layer.inputs() * layer.outputs();
                case LEFT -> layer -> (long) layer.outputs() * layer.outputs();
                case RIGHT -> layer -> (long) layer.inputs() * layer.inputs();
            };
            return layers.stream().mapToLong(size).max().orElse(1);
        }

        private enum Slot {
            GRADIENT,
            HALFWAY,
            RESULT,
            LEFT,
            RIGHT
        }
    }

    private final KroneckerLayer geometry;
    private final Buffers buffers;
    private final int columns;
    private @Nullable Place place;
    private @Nullable Blocks inPlace;
    private @Nullable Blocks apart;

    /**
     * Where the layer lies. A view costs ND4J several microseconds, and the flat gradient is the same array at every step.
     *
     * @param flat the gradient of the network
     * @param weights of the layer, in it
     * @param bias of the layer, in it
     */
    private record Place(
            INDArray flat, INDArray weights, @Nullable INDArray bias) {}

    /**
     * Memory of the buffers, of the size of the layer.
     *
     * @param vector as the layer lies: V or U, the weights first
     * @param matrix the same memory in F order, V' or V
     */
    private record Block(INDArray vector, INDArray matrix) {}

    /**
     * What a step works on.
     *
     * @param v copy of weights and bias
     * @param halfway between the two products
     * @param result for the second product: v itself, or other memory where v is needed afterwards
     */
    private record Blocks(Block v, Block halfway, Block result) {

        /** The block one of whose views this is. */
        Block of(INDArray matrix) {
            return matrix == v.matrix() ? v : matrix == halfway.matrix() ? halfway : result;
        }
    }

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
        Place at = place(flat);
        Blocks in = inPlace;
        if (in == null) {
            Block v = block(Buffers.Slot.GRADIENT);
            in = new Blocks(v, block(Buffers.Slot.HALFWAY), v);
            inPlace = in;
        }
        double raw = length(rescale, at.weights(), at.bias());
        multiply(left, right, at, in);
        double length = length(rescale, at.weights(), at.bias());
        if (length != 0) {
            scale(raw / length, at);
        }
    }

    /**
     * Replaces V by U and keeps a copy of V meanwhile, one matrix more.
     *
     * @param left as in {@link #apply}, and a matrix: a history multiplies in place; Not modified
     * @param right as {@code left}; Not modified
     * @param flat gradient of the network, rank 1; Modified in the range of the layer
     * @return the sum of the products of the entries of V and U
     */
    double applyKeeping(INDArray left, INDArray right, INDArray flat) {
        Blocks in = apart;
        if (in == null) {
            in = new Blocks(block(Buffers.Slot.GRADIENT), block(Buffers.Slot.HALFWAY), block(Buffers.Slot.RESULT));
            apart = in;
        }
        INDArray u = multiply(SymmetricFactor.of(left), SymmetricFactor.of(right), place(flat), in);
        return Nd4j.getBlasWrapper().dot(in.v().vector(), u);
    }

    /**
     * Multiplies the range of the layer by a number.
     *
     * @param scale the factor
     * @param flat gradient of the network, rank 1; Modified in the range of the layer
     */
    void scale(double scale, INDArray flat) {
        scale(scale, place(flat));
    }

    private Place place(INDArray flat) {
        Place known = place;
        if (known == null || known.flat() != flat) {
            known = new Place(flat, geometry.weightRange(flat), geometry.hasBias() ? geometry.bias(flat) : null);
            place = known;
        }
        return known;
    }

    private Block block(Buffers.Slot slot) {
        long rows = geometry.outputsLast() ? geometry.outputs() : geometry.inputs();
        long width = geometry.outputsLast() ? geometry.inputs() : geometry.outputs();
        INDArray vector = buffers.vector(slot, rows * width);
        return new Block(vector, vector.reshape('f', true, rows, width));
    }

    /** Copies V, computes U, puts it in the place of V and returns the other copy of U. */
    private INDArray multiply(SymmetricFactor left, SymmetricFactor right, Place at, Blocks in) {
        INDArray weights = at.weights();
        INDArray bias = at.bias();
        INDArray v = in.v().vector();
        int outputs = geometry.outputs();
        if (geometry.outputsLast()) {
            Runs.copy(weights, 0, v, 0, outputs * columns, 1);
            if (bias != null) {
                Runs.copy(bias, 0, v, outputs * columns, outputs, 1);
            }
            INDArray u = product(left, in, right);
            Runs.copy(u, 0, weights, 0, outputs * columns, 1);
            if (bias != null) {
                Runs.copy(u, outputs * columns, bias, 0, outputs, 1);
            }
            return u;
        }
        Runs.copy(weights, 0, v, 0, columns, outputs);
        if (bias != null) {
            Runs.copy(bias, 0, v, columns, 1, outputs);
        }
        INDArray u = product(right, in, left);
        Runs.copy(u, 0, weights, 0, columns, outputs);
        if (bias != null) {
            Runs.copy(u, columns, bias, 0, 1, outputs);
        }
        return u;
    }

    /** The memory of {@code first matrix second}: where it ends depends on the forms of the two. */
    private INDArray product(SymmetricFactor first, Blocks in, SymmetricFactor second) {
        boolean last = geometry.outputsLast();
        INDArray start = in.v().matrix();
        INDArray half =
                first.left(start, in.halfway().matrix(), m -> typed(m, last ? Buffers.Slot.LEFT : Buffers.Slot.RIGHT));
        INDArray spare = half == start ? in.halfway().matrix() : in.result().matrix();
        INDArray whole = second.right(half, spare, m -> typed(m, last ? Buffers.Slot.RIGHT : Buffers.Slot.LEFT));
        return in.of(whole).vector();
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

    private static void scale(double scale, Place at) {
        if (scale != 1) {
            scaled(scale, at.weights());
            INDArray bias = at.bias();
            if (bias != null) {
                scaled(scale, bias);
            }
        }
    }

    private static void scaled(double scale, INDArray part) {
        Nd4j.getBlasWrapper().level1().scal(part.length(), scale, part);
    }
}
