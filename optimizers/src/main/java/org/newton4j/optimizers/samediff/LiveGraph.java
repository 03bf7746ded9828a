/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gradients of the graph in training itself: its variables are changed, and put back from copies afterwards.
 *
 * <p>Adding and subtracting the step again would leave rounding errors in the parameters. While the graph computes, its
 * listeners are taken off, so that none of them sees evaluations that are not training.
 */
final class LiveGraph implements GraphGradient {

    /** Under this name SameDiff keeps the gradient function of a graph (Javadoc of {@code createGradFunction}). */
    static final String GRADIENTS = "grad";

    private final GraphLayout layout;
    private @Nullable Map<String, INDArray> placeholders;

    LiveGraph(GraphLayout layout) {
        this.layout = layout;
    }

    @Override
    public void load(SameDiff graph, Map<String, INDArray> data) {
        placeholders = Map.copyOf(data);
    }

    @Override
    public void at(SameDiff graph, INDArray parameters, INDArray out) {
        Map<String, INDArray> data = placeholders;
        if (data == null) {
            throw new IllegalStateException("load must be called before at");
        }
        INDArray[] copies = layout.variables().stream()
                .map(variable -> graph.getVariable(variable.name()).getArr().dup())
                .toArray(INDArray[]::new);
        try {
            layout.write(parameters, graph);
            layout.flatten(here(graph, data, layout), out);
        } finally {
            for (int i = 0; i < copies.length; i++) {
                graph.getVariable(layout.variables().get(i).name()).getArr().assign(copies[i]);
            }
        }
    }

    /**
     * The gradient where the graph is, in its own types and without its listeners.
     *
     * @param graph Not modified
     * @param data placeholders by name; Not modified
     * @param layout of the graph
     * @return by name of the variable
     */
    static Map<String, INDArray> here(SameDiff graph, Map<String, INDArray> data, GraphLayout layout) {
        return unheard(graph, () -> graph.calculateGradients(data, layout.differentiable()));
    }

    /**
     * Values where the graph is, in its own types and without its listeners.
     *
     * @param graph Not modified
     * @param data placeholders by name; Not modified
     * @param names of the wanted variables
     * @return by name
     */
    static Map<String, INDArray> values(SameDiff graph, Map<String, INDArray> data, List<String> names) {
        return unheard(
                graph,
                () -> graph.calculateGradientsAndOutputs(data, names, null).getOutputs());
    }

    private static <T> T unheard(SameDiff graph, Supplier<T> work) {
        List<Listener> listeners = List.copyOf(graph.getListeners());
        SameDiff gradients = graph.getFunction(GRADIENTS);
        List<Listener> inner = gradients == null ? List.of() : List.copyOf(gradients.getListeners());
        graph.setListeners(List.of());
        try {
            return work.get();
        } finally {
            graph.setListeners(listeners);
            if (gradients != null) {
                gradients.setListeners(inner);
            }
        }
    }

    @Override
    public DataType precision() {
        DataType narrowest = DataType.DOUBLE;
        for (GraphLayout.Variable variable : layout.variables()) {
            if (Nd4j.sizeOfDataType(variable.type()) < Nd4j.sizeOfDataType(narrowest)) {
                narrowest = variable.type();
            }
        }
        return narrowest;
    }
}
