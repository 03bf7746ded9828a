/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.graph.vertex.impl.ElementWiseVertex;
import org.deeplearning4j.nn.graph.vertex.impl.MergeVertex;
import org.deeplearning4j.nn.graph.vertex.impl.PreprocessorVertex;
import org.deeplearning4j.nn.graph.vertex.impl.ReshapeVertex;
import org.deeplearning4j.nn.graph.vertex.impl.ScaleVertex;
import org.deeplearning4j.nn.graph.vertex.impl.ShiftVertex;
import org.deeplearning4j.nn.graph.vertex.impl.StackVertex;
import org.deeplearning4j.nn.graph.vertex.impl.SubsetVertex;
import org.deeplearning4j.nn.graph.vertex.impl.UnstackVertex;
import org.deeplearning4j.nn.layers.ActivationLayer;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.layers.DropoutLayer;
import org.deeplearning4j.nn.layers.convolution.CnnLossLayer;
import org.deeplearning4j.nn.layers.feedforward.PReLU;
import org.deeplearning4j.nn.layers.feedforward.dense.DenseLayer;
import org.deeplearning4j.nn.layers.feedforward.elementwise.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.layers.normalization.BatchNormalization;
import org.deeplearning4j.nn.layers.pooling.GlobalPoolingLayer;
import org.deeplearning4j.nn.layers.recurrent.BidirectionalLayer;
import org.deeplearning4j.nn.layers.recurrent.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.layers.recurrent.GravesLSTM;
import org.deeplearning4j.nn.layers.recurrent.LSTM;
import org.deeplearning4j.nn.layers.recurrent.RnnLossLayer;
import org.deeplearning4j.nn.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Which rows of each layer's input are real in the present mini-batch: those that neither a mask of the features nor a
 * mask of the labels takes out.
 *
 * <p>Deeplearning4j carries masks of the features to most layers, but not to convolutions, and those of the labels to the
 * output only. So this goes through the network from its outputs down: a row is real if a real row of an output depends on
 * it and the layer's own mask lets it pass. Layers that treat every position alone hand positions on, recurrent ones hand
 * on the earlier ones as well; below any other an example is real as a whole.
 */
final class RealRows {

    /** Every row is real. */
    static final RealRows ALL = new RealRows(new IdentityHashMap<>());

    /** By identity, unwrapped; absent where every row is real. */
    private final IdentityHashMap<Layer, RealPositions> byLayer;

    private RealRows(IdentityHashMap<Layer, RealPositions> byLayer) {
        this.byLayer = byLayer;
    }

    /**
     * Reads the masks of a network.
     *
     * @param model with the masks of the present mini-batch in its layers; Not modified
     * @param examples of the mini-batch
     */
    static RealRows of(Model model, int examples) {
        boolean masked = false;
        for (Layer layer : Networks.layers(model)) {
            masked |= layer.getMaskArray() != null;
        }
        if (!masked) {
            return ALL;
        }
        Walk walk = new Walk(examples);
        if (model instanceof MultiLayerNetwork net) {
            walk.through(net);
        } else {
            walk.through((ComputationGraph) model);
        }
        return new RealRows(walk.found);
    }

    /**
     * The rows of one layer.
     *
     * @param layer of the network, unwrapped
     * @param batch entries along the layer's first axis: examples, or examples times steps, step by step
     * @param height positions along the next axis, or 1
     * @param width positions along the last axis, or 1
     * @return for each entry of the batch which of its positions are real, row by row; null if all are
     */
    boolean @Nullable [][] of(Layer layer, int batch, int height, int width) {
        RealPositions positions = byLayer.get(layer);
        if (positions == null || batch % positions.examples() != 0) {
            return null;
        }
        int examples = positions.examples();
        int steps = batch / examples;
        boolean[][] real = new boolean[batch][];
        if (steps == 1) {
            real = positions.expanded(height, width).real();
        } else {
            boolean[][] bySteps = positions.expanded(steps, 1).real();
            for (int entry = 0; entry < batch; entry++) {
                real[entry] = new boolean[height * width];
                Arrays.fill(real[entry], bySteps[entry % examples][entry / examples]);
            }
        }
        for (boolean[] entry : real) {
            for (boolean one : entry) {
                if (!one) {
                    return real;
                }
            }
        }
        return null;
    }

    /** One way from the outputs down; null stands for all positions. */
    private static final class Walk {

        final IdentityHashMap<Layer, RealPositions> found = new IdentityHashMap<>();
        private final int examples;

        Walk(int examples) {
            this.examples = examples;
        }

        void through(MultiLayerNetwork net) {
            RealPositions below = null;
            for (int i = net.getnLayers() - 1; i >= 0; i--) {
                Layer layer = Networks.unwrap(net.getLayer(i));
                below = i == net.getnLayers() - 1 ? output(layer) : pass(layer, below);
            }
        }

        void through(ComputationGraph graph) {
            Map<Integer, RealPositions> wanted = new HashMap<>();
            // Every position is wanted: needed beside absence, which means that nothing has asked yet.
            Set<Integer> whole = new HashSet<>();
            int[] order = graph.topologicalSortOrder();
            for (int i = order.length - 1; i >= 0; i--) {
                GraphVertex vertex = graph.getVertices()[order[i]];
                if (vertex.isInputVertex()) {
                    continue;
                }
                boolean asked = wanted.containsKey(order[i]) || whole.contains(order[i]);
                RealPositions out = whole.contains(order[i]) ? null : wanted.get(order[i]);
                Layer layer = vertex.hasLayer() ? Networks.unwrap(vertex.getLayer()) : null;
                RealPositions below;
                if (vertex.isOutputVertex() && layer != null) {
                    RealPositions own = output(layer);
                    below = !asked ? own : own == null || out == null ? null : own.or(out);
                } else if (!asked) {
                    continue;
                } else {
                    below = layer == null ? pass(vertex, out) : pass(layer, out);
                }
                for (VertexIndices input : vertex.getInputVertices()) {
                    int index = input.getVertexIndex();
                    RealPositions known = wanted.get(index);
                    if (below == null) {
                        whole.add(index);
                    } else if (!whole.contains(index)) {
                        wanted.put(index, known == null ? below : known.or(below));
                    }
                }
            }
        }

        private @Nullable RealPositions output(Layer layer) {
            RealPositions real = layer instanceof IOutputLayer ? labels(layer) : null;
            keep(layer, real);
            return layer instanceof IOutputLayer ? real : pass(layer, null);
        }

        /** What the output's loss counts; Deeplearning4j lets a mask of the features stand in for one of the labels. */
        private @Nullable RealPositions labels(Layer layer) {
            INDArray mask = layer.getMaskArray();
            if (mask == null) {
                return null;
            }
            if (layer instanceof CnnLossLayer images && mask.rank() == 4 && mask.size(0) == examples) {
                return RealPositions.ofChannels(
                        images.layerConf().getFormat() == CNN2DFormat.NHWC ? mask.permute(0, 3, 1, 2) : mask);
            }
            if (layer instanceof RnnLossLayer && mask.rank() == 3 && mask.size(0) == examples) {
                return RealPositions.ofChannels(mask);
            }
            if (layer instanceof RnnLossLayer) {
                return mask.rank() == 2 && mask.size(0) == examples ? RealPositions.ofSteps(mask) : null;
            }
            return mask.rank() == 2 && mask.size(0) % examples == 0 ? RealPositions.ofRows(mask, examples) : null;
        }

        private void keep(Layer layer, @Nullable RealPositions real) {
            if (real != null) {
                found.put(layer, real);
            }
        }

        /** From the output of a layer to its input. */
        @SuppressWarnings("deprecation") // Networks may still have layers Deeplearning4j would have replaced.
        private @Nullable RealPositions pass(Layer layer, @Nullable RealPositions out) {
            if (layer instanceof DenseLayer) {
                RealPositions real = both(out, rowMask(layer));
                keep(layer, real);
                return real;
            }
            if (alone(layer)) {
                keep(layer, out);
                return both(out, layer instanceof BaseLayer ? rowMask(layer) : null);
            }
            keep(layer, out);
            if (layer instanceof LSTM || layer instanceof GravesLSTM || layer instanceof SimpleRnn) {
                return both(out == null ? null : out.andEarlier(), stepMask(layer));
            }
            if (layer instanceof BidirectionalLayer || layer instanceof GravesBidirectionalLSTM) {
                return both(out == null ? null : out.byExample(), stepMask(layer));
            }
            if (layer instanceof GlobalPoolingLayer) {
                return both(out == null ? null : out.byExample(), pooledMask(layer));
            }
            return out == null ? null : out.byExample();
        }

        private static @Nullable RealPositions pass(GraphVertex vertex, @Nullable RealPositions out) {
            if (out == null
                    || vertex instanceof StackVertex
                    || vertex instanceof UnstackVertex
                    || vertex instanceof ReshapeVertex) {
                // The first axis is another one below.
                return null;
            }
            return vertex instanceof ElementWiseVertex
                            || vertex instanceof MergeVertex
                            || vertex instanceof ScaleVertex
                            || vertex instanceof ShiftVertex
                            || vertex instanceof SubsetVertex
                            || vertex instanceof PreprocessorVertex
                    ? out
                    : out.byExample();
        }

        /** Whether the layer's output at a position depends on its input at this position only, and masks pass as they are. */
        private static boolean alone(Layer layer) {
            if (layer instanceof ActivationLayer
                    || layer instanceof DropoutLayer
                    || layer instanceof BatchNormalization
                    || layer instanceof PReLU
                    || layer instanceof ElementWiseMultiplicationLayer) {
                return true;
            }
            return layer.conf().getLayer() instanceof ConvolutionLayer convolution
                    && (convolution.getConvolutionMode() == ConvolutionMode.Same
                            || convolution.getConvolutionMode() == ConvolutionMode.Causal)
                    && Arrays.stream(convolution.getStride()).allMatch(stride -> stride == 1);
        }

        private @Nullable RealPositions rowMask(Layer layer) {
            INDArray mask = layer.getMaskArray();
            return mask != null && mask.rank() == 2 && mask.size(1) == 1 && mask.size(0) % examples == 0
                    ? RealPositions.ofRows(mask, examples)
                    : null;
        }

        private @Nullable RealPositions stepMask(Layer layer) {
            INDArray mask = layer.getMaskArray();
            return mask != null && mask.rank() == 2 && mask.size(0) == examples ? RealPositions.ofSteps(mask) : null;
        }

        private @Nullable RealPositions pooledMask(Layer layer) {
            INDArray mask = layer.getMaskArray();
            return mask != null && mask.rank() == 4 && mask.size(0) == examples
                    ? RealPositions.ofChannels(mask)
                    : stepMask(layer);
        }

        private static @Nullable RealPositions both(@Nullable RealPositions a, @Nullable RealPositions b) {
            if (a == null || b == null) {
                return a == null ? b : a;
            }
            return a.and(b);
        }
    }
}
