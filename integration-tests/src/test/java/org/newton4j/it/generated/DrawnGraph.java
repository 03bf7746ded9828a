/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;

/** Draws a ComputationGraph: a trunk with side branches and vertices, one to three outputs, at times a second input. */
final class DrawnGraph {

    /** The first input. */
    static final String INPUT = "in";

    private final Draw draw;
    private final DrawnSettings settings;
    private final DrawnLayers kinds;
    private final ComputationGraphConfiguration.GraphBuilder graph;
    private String last = INPUT;
    private InputType type;
    private int named;

    private DrawnGraph(Draw draw, NeuralNetConfiguration.Builder builder, DrawnSettings settings, DrawnInput input) {
        this.draw = draw;
        this.settings = settings;
        this.kinds = new DrawnLayers(draw);
        this.graph = builder.graphBuilder();
        this.type = input.type();
    }

    /** Draws a graph with one output for each loss. */
    static DrawnChain.Result draw(
            Draw draw,
            NeuralNetConfiguration.Builder builder,
            DrawnSettings settings,
            DrawnInput input,
            List<DrawnLoss> losses) {
        DrawnGraph drawn = new DrawnGraph(draw, builder, settings, input);
        drawn.graph.addInputs(INPUT).setInputTypes(input.type());
        if (input.first() != null) {
            drawn.layer(input.first());
        }
        int depth = draw.between(0, 3);
        for (int i = 0; i < depth; i++) {
            drawn.grow();
        }
        return drawn.end(input, losses);
    }

    private DrawnChain.Result end(DrawnInput input, List<DrawnLoss> losses) {
        List<DrawnOutput> outputs = new ArrayList<>();
        List<String> names = new ArrayList<>();
        String trunk = last;
        InputType shape = type;
        for (DrawnLoss loss : losses) {
            last = trunk;
            type = shape;
            if (losses.size() > 1 && draw.chance(0.5)) {
                layer(kinds.next(type));
            }
            DrawnOutput output = DrawnOutput.draw(draw, loss, type);
            if (output.before() != null) {
                layer(kinds.maybeFrozen(output.before()));
            }
            String name = "out" + outputs.size();
            settings.layer(output.layer());
            graph.addLayer(name, output.layer(), last);
            outputs.add(output);
            names.add(name);
        }
        graph.setOutputs(names.toArray(String[]::new));
        DrawnChain.maybeTruncate(draw, graph, input, outputs);
        return new DrawnChain.Result(graph.build(), outputs, kinds.frozen());
    }

    private void grow() {
        switch (draw.between(0, 7)) {
            case 0 -> residual();
            case 1 -> merged();
            case 2 -> vertex();
            default -> layer(kinds.next(type));
        }
    }

    /** A branch of the same shape, joined with the trunk entry by entry. */
    private void residual() {
        Layer same = sameShape();
        if (same == null) {
            layer(kinds.next(type));
            return;
        }
        String trunk = last;
        InputType shape = type;
        layer(same);
        join(
                new ElementWiseVertex(draw.oneOf(
                        ElementWiseVertex.Op.Add,
                        ElementWiseVertex.Op.Add,
                        ElementWiseVertex.Op.Subtract,
                        ElementWiseVertex.Op.Product,
                        ElementWiseVertex.Op.Average,
                        ElementWiseVertex.Op.Max)),
                shape,
                trunk,
                last);
    }

    private @Nullable Layer sameShape() {
        if (type instanceof InputType.InputTypeFeedForward f) {
            return new DenseLayer.Builder()
                    .nOut(f.getSize())
                    .activation(DrawnActivations.any(draw))
                    .build();
        }
        if (type instanceof InputType.InputTypeRecurrent r) {
            return new LSTM.Builder()
                    .nOut(r.getSize())
                    .activation(DrawnActivations.bounded(draw))
                    .build();
        }
        if (type instanceof InputType.InputTypeConvolutional c) {
            return new ConvolutionLayer.Builder(3, 3)
                    .nOut(c.getChannels())
                    .convolutionMode(ConvolutionMode.Same)
                    .activation(DrawnActivations.any(draw))
                    .build();
        }
        return null;
    }

    /** Two layers side by side, their outputs one behind the other. */
    private void merged() {
        String trunk = last;
        InputType shape = type;
        Layer left = sameShape();
        Layer right = sameShape();
        if (left == null || right == null) {
            layer(kinds.next(type));
            return;
        }
        String first = layer(left);
        InputType leftShape = type;
        last = trunk;
        type = shape;
        layer(right);
        GraphVertex merge = new MergeVertex();
        String name = "merge" + named++;
        graph.addVertex(name, merge, first, last);
        type = merge.getOutputType(0, leftShape, type);
        last = name;
    }

    private void vertex() {
        GraphVertex vertex = switch (draw.between(0, 5)) {
            case 0 -> new ScaleVertex(draw.uniform(0.5, 2));
            case 1 -> new ShiftVertex(draw.uniform(-1, 1));
            case 2 ->
                type instanceof InputType.InputTypeRecurrent
                        ? new ReverseTimeSeriesVertex(draw.chance(0.5) ? INPUT : null)
                        : new L2NormalizeVertex();
            case 3 ->
                type instanceof InputType.InputTypeRecurrent ? new LastTimeStepVertex(INPUT) : new ScaleVertex(0.7);
            case 4 ->
                type instanceof InputType.InputTypeFeedForward f && f.getSize() > 1
                        ? new SubsetVertex(0, (int) f.getSize() - 2)
                        : new ShiftVertex(0.1);
            default -> new StackVertex();
        };
        if (vertex instanceof StackVertex) {
            String stacked = "stack" + named++;
            graph.addVertex(stacked, vertex, last, last);
            String name = "unstack" + named++;
            graph.addVertex(name, new UnstackVertex(draw.between(0, 1), 2), stacked);
            last = name;
            return;
        }
        String name = "vertex" + named++;
        graph.addVertex(name, vertex, last);
        type = vertex.getOutputType(0, type);
        last = name;
    }

    private void join(GraphVertex vertex, InputType shape, String trunk, String branch) {
        String name = "join" + named++;
        graph.addVertex(name, vertex, trunk, branch);
        type = vertex.getOutputType(0, shape, type);
        last = name;
    }

    private String layer(Layer layer) {
        settings.layer(layer);
        String name = "layer" + named++;
        graph.addLayer(name, layer, last);
        type = DrawnChain.after(layer, type);
        last = name;
        return name;
    }
}
