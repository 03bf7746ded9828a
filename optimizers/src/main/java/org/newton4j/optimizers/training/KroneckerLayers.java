/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.graph.vertex.impl.FrozenVertex;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Which layers of a network have Kronecker factors, and why others have none.
 *
 * @param covered in the order of the flat vectors
 * @param skipped label of a layer with parameters to the reason
 */
record KroneckerLayers(List<Covered> covered, Map<String, String> skipped) {

    /**
     * One covered layer.
     *
     * @param given its name, which another layer may have, too
     * @param geometry its matrix, by a name that no other has
     * @param layer of the network
     */
    record Covered(String given, KroneckerLayer geometry, Layer layer) {}

    static KroneckerLayers of(Model model) {
        List<Trainable> trainables = Networks.trainables(model);
        List<LayerPlace> places = LayerPlace.of(model);
        List<LayerPlace> withMatrix = new ArrayList<>();
        Map<LayerPlace, String> reasons = new LinkedHashMap<>();
        Map<LayerPlace, Trainable> found = new HashMap<>();
        Set<Trainable> reached = reached(model);
        for (int i = 0; i < places.size(); i++) {
            Trainable trainable = trainables.get(i);
            if (trainable.numParams() > 0) {
                Layer layer = Networks.layer(trainable);
                String reason = layer == null
                        ? "a vertex, not a layer"
                        : reached.contains(trainable) ? reasonToSkip(layer) : "no gradient reaches it";
                if (reason != null) {
                    reasons.put(places.get(i), reason);
                } else {
                    withMatrix.add(places.get(i));
                    found.put(places.get(i), trainable);
                }
            }
        }
        // Apart from the others: these labels are keys of checkpoints, and a layer without a matrix has none.
        List<String> names = LayerPlace.labels(withMatrix, places);
        List<Covered> covered = new ArrayList<>();
        for (int i = 0; i < withMatrix.size(); i++) {
            LayerPlace place = withMatrix.get(i);
            Trainable trainable = Objects.requireNonNull(found.get(place));
            Layer layer = Objects.requireNonNull(Networks.layer(trainable));
            covered.add(new Covered(place.name(), geometry(names.get(i), trainable, layer, place.start()), layer));
        }
        List<LayerPlace> filled =
                places.stream().filter(LayerPlace::hasParameters).toList();
        List<String> labels = LayerPlace.labels(filled, places);
        Map<String, String> skipped = new HashMap<>();
        reasons.forEach((place, reason) -> skipped.put(labels.get(filled.indexOf(place)), reason));
        return new KroneckerLayers(List.copyOf(covered), Map.copyOf(skipped));
    }

    /** What the backward pass comes by: Deeplearning4j ends it at a frozen layer, and nothing starts it on a dead branch. */
    private static Set<Trainable> reached(Model model) {
        Set<Trainable> reached = Collections.newSetFromMap(new IdentityHashMap<>());
        if (model instanceof MultiLayerNetwork net) {
            for (int i = net.getnLayers() - 1; i >= 0 && !(net.getLayer(i) instanceof FrozenLayer); i--) {
                reached.add(net.getLayer(i));
            }
            return reached;
        }
        ComputationGraph graph = (ComputationGraph) model;
        int[] order = graph.topologicalSortOrder();
        for (int i = order.length - 1; i >= 0; i--) {
            GraphVertex vertex = graph.getVertices()[order[i]];
            boolean frozen =
                    vertex instanceof FrozenVertex || (vertex.hasLayer() && vertex.getLayer() instanceof FrozenLayer);
            if (vertex.isOutputVertex()) {
                reached.add(vertex);
            }
            if (reached.contains(vertex) && !frozen && !vertex.isInputVertex()) {
                for (VertexIndices input : vertex.getInputVertices()) {
                    reached.add(graph.getVertices()[input.getVertexIndex()]);
                }
            }
        }
        return reached;
    }

    private static KroneckerLayer geometry(String name, Trainable trainable, Layer layer, long offset) {
        long weightStart = -1;
        long biasStart = -1;
        long weights = 0;
        long at = offset;
        for (Map.Entry<String, INDArray> variable : trainable.paramTable(false).entrySet()) {
            if (variable.getKey().equals(DefaultParamInitializer.WEIGHT_KEY)) {
                weightStart = at;
                weights = variable.getValue().length();
            } else {
                biasStart = at;
            }
            at += variable.getValue().length();
        }
        long bias = biasStart < 0 ? 0 : 1;
        long outputs = ((FeedForwardLayer) layer.conf().getLayer()).getNOut();
        return new KroneckerLayer(
                name,
                Math.toIntExact(outputs),
                Math.toIntExact(weights / outputs + bias),
                weightStart,
                biasStart,
                layer.conf().getLayer() instanceof Convolution1DLayer);
    }

    private static @Nullable String reasonToSkip(Layer layer) {
        if (layer instanceof BaseWrapperLayer) {
            return layer.getClass().getSimpleName() + " is frozen or wraps another layer";
        }
        org.deeplearning4j.nn.conf.layers.Layer configuration = layer.conf().getLayer();
        Class<?> kind = configuration.getClass();
        if (kind == DenseLayer.class) {
            return ((DenseLayer) configuration).hasLayerNorm() ? "layer normalisation follows the weights" : null;
        }
        if (kind == Convolution1DLayer.class) {
            return ((Convolution1DLayer) configuration).getRnnDataFormat() == RNNFormat.NWC
                    ? "Convolution1DLayer with channels last"
                    : null;
        }
        return kind == OutputLayer.class || kind == RnnOutputLayer.class || kind == ConvolutionLayer.class
                ? null
                : "no Kronecker factors for " + kind.getSimpleName();
    }
}
