/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.graph.vertex.impl.FrozenVertex;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** Finds trainable layers below a {@code FrozenLayer}, through which Deeplearning4j sends no gradient. */
final class StoppedGradients {

    private StoppedGradients() {}

    /** One sentence per frozen layer or vertex that cuts trainable layers off. */
    static List<String> findings(Model model) {
        return model instanceof MultiLayerNetwork net ? inLine(net.getLayers()) : inGraph((ComputationGraph) model);
    }

    private static List<String> inLine(Layer[] layers) {
        List<String> findings = new ArrayList<>();
        List<String> below = new ArrayList<>();
        for (int i = 0; i < layers.length; i++) {
            String name = "'" + Networks.unwrap(layers[i]).conf().getLayer().getLayerName() + "'";
            if (layers[i] instanceof FrozenLayer && !below.isEmpty()) {
                findings.add(sentence(name, below));
                below.clear();
            }
            if (learns(layers[i])) {
                below.add(name);
            }
        }
        return findings;
    }

    private static List<String> inGraph(ComputationGraph graph) {
        List<String> findings = new ArrayList<>();
        for (GraphVertex vertex : graph.getVertices()) {
            if (stops(vertex)) {
                Set<Integer> visited = new TreeSet<>();
                collect(graph, vertex, visited);
                List<String> below = new ArrayList<>();
                for (int index : visited) {
                    GraphVertex input = graph.getVertices()[index];
                    if (!stops(input) && (input.hasLayer() ? learns(input.getLayer()) : input.numParams() > 0)) {
                        below.add("'" + input.getVertexName() + "'");
                    }
                }
                if (!below.isEmpty()) {
                    findings.add(sentence("'" + vertex.getVertexName() + "'", below));
                }
            }
        }
        return findings;
    }

    private static void collect(ComputationGraph graph, GraphVertex vertex, Set<Integer> visited) {
        VertexIndices[] inputs = vertex.getInputVertices();
        if (inputs != null) {
            for (VertexIndices input : inputs) {
                // What lies below another frozen one is told with that.
                if (visited.add(input.getVertexIndex()) && !stops(graph.getVertices()[input.getVertexIndex()])) {
                    collect(graph, graph.getVertices()[input.getVertexIndex()], visited);
                }
            }
        }
    }

    private static boolean stops(GraphVertex vertex) {
        return vertex instanceof FrozenVertex || (vertex.hasLayer() && vertex.getLayer() instanceof FrozenLayer);
    }

    private static boolean learns(Layer layer) {
        return !(layer instanceof FrozenLayer || layer instanceof FrozenLayerWithBackprop) && layer.numParams() > 0;
    }

    private static String sentence(String frozen, List<String> below) {
        return "frozen layer " + frozen + " stops the gradient, so that " + String.join(", ", below)
                + " below it get none and the Hessian is not symmetric; freeze them as well, or use "
                + "FrozenLayerWithBackprop";
    }
}
