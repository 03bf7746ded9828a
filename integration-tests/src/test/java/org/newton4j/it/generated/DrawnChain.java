/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;

/** Draws a MultiLayerNetwork: one layer after the other, from the input's shape to an output that fits. */
final class DrawnChain {

    private DrawnChain() {}

    /** Configuration of a whole network, and its output. */
    record Result(Object configuration, List<DrawnOutput> outputs, int frozen) {}

    static Result draw(
            Draw draw,
            NeuralNetConfiguration.Builder builder,
            DrawnSettings settings,
            DrawnInput input,
            DrawnLoss loss) {
        DrawnLayers kinds = new DrawnLayers(draw);
        List<Layer> layers = new ArrayList<>();
        InputType type = input.type();
        if (input.first() != null) {
            type = add(layers, input.first(), type);
        }
        int depth = draw.between(0, 4);
        for (int i = 0; i < depth; i++) {
            type = add(layers, kinds.next(type), type);
        }
        DrawnOutput output = DrawnOutput.draw(draw, loss, type);
        if (output.before() != null) {
            layers.add(kinds.maybeFrozen(output.before()));
        }
        layers.add(output.layer());
        boolean sameNames = draw.chance(0.15);
        NeuralNetConfiguration.ListBuilder list = builder.list();
        for (Layer layer : layers) {
            settings.layer(layer);
            if (sameNames && draw.chance(0.7)) {
                layer.setLayerName("same");
            }
            list.layer(layer);
        }
        if (input.steps() > 1 && output.steps() == input.steps() && draw.chance(0.3)) {
            list.backpropType(BackpropType.TruncatedBPTT).tBPTTLength(draw.between(1, input.steps()));
        }
        return new Result(list.setInputType(input.type()).build(), List.of(output), kinds.frozen());
    }

    private static InputType add(List<Layer> layers, Layer layer, InputType input) {
        layers.add(layer);
        return after(layer, input);
    }

    /** Shape behind a layer. */
    static InputType after(Layer layer, InputType input) {
        InputPreProcessor before = layer.getPreProcessorForInputType(input);
        InputType type = before == null ? input : before.getOutputType(input);
        Layer copy = layer.clone();
        copy.setNIn(type, true);
        return copy.getOutputType(0, type);
    }

    /** Truncated backpropagation of a graph, at times. */
    static void maybeTruncate(
            Draw draw, ComputationGraphConfiguration.GraphBuilder graph, DrawnInput input, List<DrawnOutput> outputs) {
        boolean sequences = input.steps() > 1 && outputs.stream().allMatch(o -> o.steps() == input.steps());
        if (sequences && draw.chance(0.3)) {
            graph.backpropType(BackpropType.TruncatedBPTT).tBPTTLength(draw.between(1, input.steps()));
        }
    }
}
