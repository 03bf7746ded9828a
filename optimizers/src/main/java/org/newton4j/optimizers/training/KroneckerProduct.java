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
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.curvature.kernel.SymmetricKernels;

/**
 * The product U = left V right of one layer, in place inside the flat gradient, and its rescaling.
 *
 * <p>Symbols: V = [dW | db], shape [nOut, K]; left and right symmetric. In memory the weights of an output lie together, so
 * dW' is a matrix in F order, and nothing has to be gathered or stored back:
 *
 * <pre>
 * T   = R dW' + r db'         [ R  r ] = right
 * t   = dW r + q db           [ r' q ]
 * dW' = T left,  db = left t
 * </pre>
 *
 * <p>which is two large products and a few thin ones; with the weights the other way round, as in 1-D convolutions, it is
 * the transpose of that. Factors or arithmetic of another type than the gradient cost a copy. Buffers are shared by the
 * layers of a network.
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
                case HALFWAY, WEIGHTS -> layer -> (long) layer.inputs() * layer.outputs();
                case BIAS, BIAS_HALFWAY -> KroneckerLayer::outputs;
                case LEFT -> layer -> (long) layer.outputs() * layer.outputs();
                case RIGHT -> layer -> (long) layer.inputs() * layer.inputs();
            };
            return layers.stream().mapToLong(size).max().orElse(1);
        }

        private enum Slot {
            HALFWAY,
            BIAS_HALFWAY,
            WEIGHTS,
            BIAS,
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
     * @param left symmetric, [nOut, nOut], any floating type, as {@link SymmetricKernels} keep it; Not modified
     * @param right symmetric, [K, K], any floating type, as {@link SymmetricKernels} keep it; Not modified
     * @param flat gradient of the network, rank 1; Modified in the range of the layer
     * @param rescale what to keep; a U of length 0 is not rescaled
     */
    void apply(INDArray left, INDArray right, INDArray flat, Rescale rescale) {
        INDArray g = typed(left, Buffers.Slot.LEFT);
        INDArray a = typed(right, Buffers.Slot.RIGHT);
        INDArray target = geometry.weightRange(flat);
        INDArray weights = typed(target, Buffers.Slot.WEIGHTS);
        INDArray biasTarget = geometry.hasBias() ? geometry.bias(flat) : null;
        INDArray bias = biasTarget == null ? null : typed(biasTarget, Buffers.Slot.BIAS);
        double raw = length(rescale, weights, bias);
        multiply(g, a, weights, bias);
        double length = length(rescale, weights, bias);
        double scale = length == 0 ? 1 : raw / length;
        finish(weights, scale, target);
        if (bias != null && biasTarget != null) {
            finish(bias, scale, biasTarget);
        }
    }

    private void multiply(INDArray g, INDArray a, INDArray weights, @Nullable INDArray bias) {
        int outputs = geometry.outputs();
        boolean outputsLast = geometry.outputsLast();
        SymmetricKernels onG = Kernels.symmetric(g);
        SymmetricKernels onA = Kernels.symmetric(a);
        INDArray v = outputsLast
                ? weights.reshape('f', true, outputs, columns)
                : weights.reshape('f', true, columns, outputs);
        INDArray t = buffers.matrix(Buffers.Slot.HALFWAY, v.size(0), v.size(1));
        if (outputsLast) {
            onA.right(v, a, t);
        } else {
            onA.left(a, v, t);
        }
        if (bias != null) {
            INDArray r = a.get(NDArrayIndex.interval(0, columns), NDArrayIndex.point(columns));
            onA.addOuter(outputsLast ? bias : r, outputsLast ? r : bias, t);
            INDArray tb = buffers.vector(Buffers.Slot.BIAS_HALFWAY, outputs);
            tb.assign(bias);
            // ND4J 1.0.0-M2.1 ignores the letter for a transpose.
            INDArray rows = outputsLast ? v : v.transpose();
            Nd4j.getBlasWrapper().level2().gemv('f', 'N', 1, rows, r, a.getDouble(columns, columns), tb);
            onG.multiply(g, tb, bias);
        }
        if (outputsLast) {
            onG.left(g, t, v);
        } else {
            onG.right(t, g, v);
        }
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
        if (given.dataType() == buffers.type()) {
            return given;
        }
        INDArray copy = given.rank() == 1
                ? buffers.vector(slot, given.length())
                : buffers.matrix(slot, given.size(0), given.size(1));
        return copy.assign(given);
    }

    private static void finish(INDArray from, double scale, INDArray to) {
        if (scale != 1) {
            Nd4j.getBlasWrapper().level1().scal(from.length(), scale, from);
        }
        if (from != to) {
            to.assign(from);
        }
    }
}
