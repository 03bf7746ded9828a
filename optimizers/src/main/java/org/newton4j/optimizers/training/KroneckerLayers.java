/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Which layers of a network have Kronecker factors, and why others have none.
 *
 * @param covered in the order of the flat vectors
 * @param skipped name of a layer with parameters to the reason
 */
record KroneckerLayers(List<Covered> covered, Map<String, String> skipped) {

    /**
     * One covered layer.
     *
     * @param geometry its matrix
     * @param layer of the network
     */
    record Covered(KroneckerLayer geometry, Layer layer) {}

    static KroneckerLayers of(Model model) {
        List<Covered> covered = new ArrayList<>();
        Map<String, String> skipped = new LinkedHashMap<>();
        long offset = 0;
        int index = 0;
        for (Trainable trainable : Networks.trainables(model)) {
            if (trainable.numParams() > 0) {
                String given = trainable.getConfig() == null
                        ? null
                        : trainable.getConfig().getLayerName();
                String name = given == null ? "" + index : given;
                Layer layer = Networks.layer(trainable);
                String reason = layer == null ? "a vertex, not a layer" : reasonToSkip(layer);
                if (layer == null || reason != null) {
                    skipped.put(name, "" + reason);
                } else {
                    covered.add(new Covered(geometry(name, trainable, layer, offset), layer));
                }
            }
            for (INDArray variable : trainable.paramTable(false).values()) {
                offset += variable.length();
            }
            index++;
        }
        return new KroneckerLayers(List.copyOf(covered), Map.copyOf(skipped));
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
