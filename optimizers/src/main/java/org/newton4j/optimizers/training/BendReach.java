/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.optimizers.training.frozen.FrozenKinks;

/**
 * Finds the weights along a network and how large their inputs are, from one forward pass.
 *
 * <p>Piecewise linear activations are frozen, so they are straight; an identity in front of a later layer may feed a bent one and
 * counts as bent, as an output it does not.
 */
final class BendReach {

    private BendReach() {}

    /** From what a {@code MultiLayerNetwork} shows its listeners: the input, then the output of each layer. */
    static List<WeightReach> of(Model network, Model running, List<INDArray> activations) {
        return of(network, running, index -> index < activations.size() ? List.of(activations.get(index)) : List.of());
    }

    /** From what a {@code ComputationGraph} shows its listeners: the output of each vertex by name. */
    static List<WeightReach> of(ComputationGraph network, Model running, Map<String, INDArray> activations) {
        List<Trainable> trainables = Networks.trainables(network);
        return of(network, running, index -> {
            String name = ((GraphVertex) trainables.get(index)).getVertexName();
            List<String> inputs = network.getConfiguration().getVertexInputs().get(name);
            List<INDArray> shown = new ArrayList<>();
            if (inputs != null) {
                for (String input : inputs) {
                    INDArray activation = activations.get(input);
                    if (activation != null) {
                        shown.add(activation);
                    }
                }
            }
            return shown;
        });
    }

    /**
     * Walks along the weights.
     *
     * @param network whose configuration says what is bent; Not modified
     * @param running whose layers hold the masks of this pass, {@code network} or its twin; Not modified
     */
    private static List<WeightReach> of(Model network, Model running, IntFunction<List<INDArray>> inputs) {
        List<WeightReach> reaches = new ArrayList<>();
        List<Trainable> trainables = Networks.trainables(network);
        long offset = 0;
        for (int i = 0; i < trainables.size(); i++) {
            Trainable trainable = trainables.get(i);
            Layer outer = Networks.layer(trainable);
            Layer layer = outer == null ? null : Networks.unwrap(outer);
            BaseLayer configuration = layer == null ? null : weighing(layer);
            boolean bent = configuration != null && isBent(configuration, layer instanceof IOutputLayer);
            double largest = -1;
            for (Map.Entry<String, INDArray> entry : trainable.paramTable(false).entrySet()) {
                INDArray values = entry.getValue();
                long end = offset + values.length();
                if (configuration != null && values.rank() >= 2 && isInputWeight(entry.getKey())) {
                    largest = largest < 0 ? largestRms(inputs.apply(i), masks(running, i)) : largest;
                    // Dense weights are [in, out] in F order, kernels [out, in, …] in C order.
                    boolean dense = values.rank() == 2;
                    long fanIn = dense ? values.size(0) : values.length() / values.size(0);
                    boolean together = dense ? values.ordering() == 'f' : values.ordering() == 'c';
                    reaches.add(new WeightReach(offset, end, fanIn, together, largest, bent));
                }
                offset = end;
            }
        }
        return reaches;
    }

    private static boolean isInputWeight(String name) {
        return name.contains("W") && !name.contains("RW");
    }

    private static @Nullable BaseLayer weighing(Layer layer) {
        return layer.conf() != null
                        && layer.conf().getLayer() instanceof BaseLayer configuration
                        && !(configuration instanceof BatchNormalization)
                        && !(configuration instanceof EmbeddingLayer)
                        && !(configuration instanceof EmbeddingSequenceLayer)
                ? configuration
                : null;
    }

    private static boolean isBent(BaseLayer configuration, boolean output) {
        IActivation activation = configuration.getActivationFn();
        if (activation instanceof ActivationIdentity || activation == null) {
            return !output;
        }
        return !FrozenKinks.isStraight(activation);
    }

    /** The masks of a pass, the layer's own first: recurrent layers show none, though the layers after them do. */
    private static List<INDArray> masks(Model running, int trainable) {
        List<Trainable> trainables = Networks.trainables(running);
        List<INDArray> masks = new ArrayList<>();
        for (int i = trainable; i < trainables.size(); i++) {
            Layer layer = Networks.layer(trainables.get(i));
            if (layer != null && layer.getMaskArray() != null) {
                masks.add(layer.getMaskArray());
            }
        }
        return masks;
    }

    /** The largest rms over the features of one example, or of one of its time steps; what is masked counts nowhere. */
    private static double largestRms(List<INDArray> inputs, List<INDArray> masks) {
        double largest = 0;
        for (INDArray input : inputs) {
            if (!input.dataType().isFPType() || input.rank() < 2 || input.isEmpty()) {
                continue;
            }
            int[] features = new int[input.rank() == 3 ? 1 : input.rank() - 1];
            double count = 1;
            for (int d = 0; d < features.length; d++) {
                features[d] = d + 1;
                count *= input.size(d + 1);
            }
            INDArray norms = input.norm2(features);
            for (INDArray mask : masks) {
                if (mask.length() == norms.length()) {
                    // [examples, steps], or a column in which the examples of one step follow each other.
                    INDArray shaped =
                            mask.equalShapes(norms) ? mask : mask.dup('f').reshape('f', norms.shape());
                    norms = norms.mul(shaped.castTo(norms.dataType()));
                    break;
                }
            }
            double norm = norms.maxNumber().doubleValue();
            largest = Math.max(largest, norm / Math.sqrt(count));
        }
        return largest;
    }
}
