/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where a layer, or a vertex with parameters, stands in its network. In a MultiLayerNetwork several layers may have one
 * name, so this and not the name is what tells them apart.
 *
 * @param name as given, or Deeplearning4j's own
 * @param index as in {@code net.getLayer(index)}; -1 for a vertex that is no layer
 * @param start first flat index
 * @param end one past the last flat index, {@code start} without parameters
 */
record LayerPlace(String name, int index, long start, long end) {

    /** One place for each of {@link Networks#trainables}, in their order. */
    static List<LayerPlace> of(Model model) {
        List<LayerPlace> places = new ArrayList<>();
        Layer[] layers = Networks.layers(model);
        long offset = 0;
        for (Trainable trainable : Networks.trainables(model)) {
            String given =
                    trainable.getConfig() == null ? null : trainable.getConfig().getLayerName();
            long end = offset;
            for (INDArray variable : trainable.paramTable(false).values()) {
                end += variable.length();
            }
            places.add(new LayerPlace(
                    given == null ? "" + places.size() : given,
                    index(layers, Networks.layer(trainable), places.size()),
                    offset,
                    end));
            offset = end;
        }
        return places;
    }

    private static int index(Layer[] layers, @Nullable Layer layer, int likely) {
        if (layer != null && likely < layers.length && layers[likely] == layer) {
            return likely;
        }
        for (int i = 0; i < layers.length; i++) {
            if (layers[i] == layer) {
                return i;
            }
        }
        return -1;
    }

    boolean hasParameters() {
        return end > start;
    }

    /**
     * Different words for different places, for messages and as keys: the name where it is the only one of its kind, else
     * the name, # and the index.
     *
     * @param places of one network
     * @param all places of the network, whose names stand for themselves
     * @return one for each of {@code places}, in their order
     */
    static List<String> labels(List<LayerPlace> places, List<LayerPlace> all) {
        Map<String, Integer> counts = new HashMap<>();
        places.forEach(place -> counts.merge(place.name(), 1, Integer::sum));
        Set<String> taken = new HashSet<>();
        all.forEach(place -> taken.add(place.name()));
        List<String> labels = new ArrayList<>();
        for (LayerPlace place : places) {
            String label = place.name();
            if (counts.getOrDefault(label, 0) > 1) {
                label += "#" + place.index();
                // Somebody may have given such a name.
                while (!taken.add(label)) {
                    label += "'";
                }
            }
            labels.add(label);
        }
        return labels;
    }
}
