/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;

/** A network in a few lines: what its layers are and what is set around them. */
final class CaseDescription {

    private final List<String> lines = new ArrayList<>();

    /** Settings of the layer before, which are not repeated. */
    private String settings = "";

    private CaseDescription() {}

    static String of(Object configuration) {
        return new CaseDescription().describe(configuration);
    }

    private String describe(Object configuration) {
        if (configuration instanceof MultiLayerConfiguration net) {
            lines.add("MultiLayerNetwork" + truncation(net.getBackpropType(), net.getTbpttFwdLength()));
            net.getConfs().forEach(conf -> lines.add("  " + layer(conf)));
        } else {
            ComputationGraphConfiguration graph = (ComputationGraphConfiguration) configuration;
            lines.add("ComputationGraph" + truncation(graph.getBackpropType(), graph.getTbpttFwdLength()));
            for (Map.Entry<String, GraphVertex> vertex : graph.getVertices().entrySet()) {
                lines.add("  " + vertex.getKey() + " <- "
                        + graph.getVertexInputs().get(vertex.getKey()) + ": "
                        + (vertex.getValue() instanceof LayerVertex l
                                ? layer(l.getLayerConf())
                                : vertex.getValue().toString()));
            }
        }
        return String.join("\n", lines);
    }

    private static String truncation(BackpropType type, int length) {
        return type == BackpropType.TruncatedBPTT ? ", truncated after " + length + " steps" : "";
    }

    private String layer(NeuralNetConfiguration conf) {
        return (conf.isMiniBatch() ? "" : "(sum, not mean) ") + layer(conf.getLayer());
    }

    private String layer(Layer layer) {
        String name = layer.getClass().getSimpleName();
        if (layer instanceof FrozenLayer frozen) {
            return name + " of " + layer(frozen.getLayer());
        }
        if (layer instanceof BaseWrapperLayer wrapper) {
            return name + " of " + layer(wrapper.getUnderlying());
        }
        if (layer instanceof Bidirectional both) {
            return name + " " + both.getMode() + " of " + layer(both.getFwd());
        }
        StringBuilder text = new StringBuilder(name);
        if (layer.getLayerName() != null) {
            text.append(" '").append(layer.getLayerName()).append('\'');
        }
        if (layer instanceof FeedForwardLayer sized) {
            text.append(' ').append(sized.getNIn()).append(" -> ").append(sized.getNOut());
        }
        if (layer instanceof ActivationLayer activation) {
            text.append(' ').append(activation.getActivationFn());
        }
        if (layer instanceof BaseLayer base) {
            describe(base, text);
        }
        if (layer instanceof BaseOutputLayer output) {
            text.append(", ").append(output.getLossFn());
        }
        if (layer instanceof LossLayer output) {
            text.append(", ").append(output.getLossFn());
        }
        if (layer.getIDropout() != null) {
            text.append(", ").append(layer.getIDropout());
        }
        if (layer.getConstraints() != null && !layer.getConstraints().isEmpty()) {
            text.append(", ").append(layer.getConstraints());
        }
        return text.toString();
    }

    private void describe(BaseLayer base, StringBuilder whole) {
        StringBuilder text = new StringBuilder();
        whole.append(' ').append(base.getActivationFn());
        text.append(", ").append(base.getIUpdater());
        if (base.getBiasUpdater() != null) {
            text.append(", bias ").append(base.getBiasUpdater());
        }
        if (base.getRegularization() != null && !base.getRegularization().isEmpty()) {
            text.append(", ").append(base.getRegularization());
        }
        if (base.getRegularizationBias() != null
                && !base.getRegularizationBias().isEmpty()) {
            text.append(", bias ").append(base.getRegularizationBias());
        }
        if (base.getWeightNoise() != null) {
            text.append(", ").append(base.getWeightNoise());
        }
        if (base.getGradientNormalization() != null && base.getGradientNormalization() != GradientNormalization.None) {
            text.append(", ")
                    .append(base.getGradientNormalization())
                    .append(' ')
                    .append(base.getGradientNormalizationThreshold());
        }
        whole.append(text.toString().equals(settings) ? ", as before" : text);
        settings = text.toString();
    }
}
