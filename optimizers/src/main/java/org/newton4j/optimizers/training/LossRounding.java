/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.newton4j.optimizers.training.frozen.Losses;

/**
 * How exactly a gradient is known, seen where it starts: at the losses of a shadow network.
 *
 * <pre>
 * ν = u √(Σ y² + Σ o²) / √(Σ δ²),   δ = ∂l/∂z
 * </pre>
 *
 * <p>u is half the distance of neighbouring numbers near 1, y the labels, o the pre-output z where the output is not bounded. δ is
 * all but always a difference of numbers as large as labels and outputs, and each of those is rounded: as examples are learned δ shrinks
 * and its rounding does not, which is what keeps a gradient from telling a derivative. Everything in front of the loss is
 * multiplied with δ and adds no more than a few u.
 */
final class LossRounding {

    private final List<Watch> watches = new ArrayList<>();

    private LossRounding() {}

    /** Puts watches around the losses of a configuration from which a shadow is to be built; Modified. */
    static LossRounding watch(MultiLayerConfiguration configuration) {
        LossRounding rounding = new LossRounding();
        rounding.watch(
                configuration.getConf(configuration.getConfs().size() - 1).getLayer());
        return rounding;
    }

    /** Puts watches around the losses of a configuration from which a shadow is to be built; Modified. */
    static LossRounding watch(ComputationGraphConfiguration configuration) {
        LossRounding rounding = new LossRounding();
        for (String name : configuration.getNetworkOutputs()) {
            if (configuration.getVertices().get(name) instanceof LayerVertex vertex) {
                rounding.watch(vertex.getLayerConf().getLayer());
            }
        }
        return rounding;
    }

    private void watch(Layer layer) {
        ILossFunction loss = Losses.of(layer);
        Class<?> type = layer.getClass();
        // Other output layers may look at the class of their loss.
        boolean plain = type == OutputLayer.class
                || type == RnnOutputLayer.class
                || type == LossLayer.class
                || type == RnnLossLayer.class
                || type == CnnLossLayer.class
                || type == Cnn3DLossLayer.class;
        if (loss != null && plain) {
            Watch watch = new Watch(loss);
            Losses.replace(layer, watch);
            watches.add(watch);
        }
    }

    /** The network's own loss inside a watch. */
    static @Nullable ILossFunction inner(@Nullable ILossFunction loss) {
        return loss instanceof Watch watch ? watch.inner : loss;
    }

    /** u, half the distance of neighbouring numbers near 1. */
    static double unit(DataType type) {
        return type == DataType.DOUBLE ? 0x1p-53 : 0x1p-24;
    }

    /**
     * The relative rounding of the gradient last evaluated.
     *
     * @param type the shadow's
     * @return ν, at least 2 u; infinite if δ is zero
     */
    double relative(DataType type) {
        double unit = unit(type);
        double sizes = 0;
        double deltas = 0;
        for (Watch watch : watches) {
            sizes += watch.sizes;
            deltas += watch.deltas;
        }
        return watches.isEmpty() ? 2 * unit : unit * Math.max(2, Math.sqrt(sizes / deltas));
    }

    /** A loss that remembers how large its last gradient was beside what it is a difference of. */
    private static final class Watch implements ILossFunction {

        private static final long serialVersionUID = 1L;

        private final ILossFunction inner;
        private transient double sizes;
        private transient double deltas;

        Watch(ILossFunction inner) {
            this.inner = inner;
        }

        @Override
        public INDArray computeGradient(INDArray labels, INDArray z, IActivation activation, @Nullable INDArray mask) {
            sizes = labels.dataType().isFPType() ? squares(labels, mask) : labels.size(0);
            boolean bounded = activation instanceof ActivationSoftmax
                    || activation instanceof ActivationSigmoid
                    || activation instanceof ActivationTanH;
            if (!bounded) {
                sizes += squares(z, mask);
            }
            INDArray gradient = inner.computeGradient(labels, z, activation, mask);
            deltas = squares(gradient, null);
            return gradient;
        }

        /** Σ x² of the rows that are not masked. */
        private static double squares(INDArray array, @Nullable INDArray mask) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                INDArray counted = array;
                if (mask != null && array.rank() == 2 && mask.length() == array.size(0)) {
                    counted =
                            array.mulColumnVector(mask.castTo(array.dataType()).reshape(mask.length(), 1));
                } else if (mask != null && mask.equalShapes(array)) {
                    counted = array.mul(mask.castTo(array.dataType()));
                }
                double norm = counted.norm2Number().doubleValue();
                return norm * norm;
            }
        }

        @Override
        public Pair<Double, INDArray> computeGradientAndScore(
                INDArray labels, INDArray z, IActivation activation, @Nullable INDArray mask, boolean average) {
            return new Pair<>(
                    computeScore(labels, z, activation, mask, average), computeGradient(labels, z, activation, mask));
        }

        @Override
        public double computeScore(
                INDArray labels, INDArray z, IActivation activation, @Nullable INDArray mask, boolean average) {
            return inner.computeScore(labels, z, activation, mask, average);
        }

        @Override
        public INDArray computeScoreArray(
                INDArray labels, INDArray z, IActivation activation, @Nullable INDArray mask) {
            return inner.computeScoreArray(labels, z, activation, mask);
        }

        @Override
        public String name() {
            return inner.name();
        }
    }
}
