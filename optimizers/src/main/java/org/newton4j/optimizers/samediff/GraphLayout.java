/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The floating-point variables of a graph as one flat vector: by name in ascending order ({@link String#compareTo}), the
 * values of each in C order.
 *
 * <p>Names, not the order of definition: that one is lost when a graph is saved.
 *
 * @param variables in flat order, without gaps
 */
record GraphLayout(List<Variable> variables) {

    /**
     * One variable.
     *
     * @param name of the variable in the graph
     * @param start first flat index
     * @param end one past the last flat index
     * @param type its data type
     * @param differentiable false if no floating-point path leads from it to the loss
     * @param window how the entries of one convolution kernel lie; {@link KernelWindow#NONE} for every other variable
     */
    record Variable(String name, long start, long end, DataType type, boolean differentiable, KernelWindow window) {

        INDArray of(INDArray flatVector) {
            return flatVector.get(NDArrayIndex.interval(start, end));
        }
    }

    /**
     * Reads the layout of a graph.
     *
     * @param graph with a gradient function; Not modified
     */
    static GraphLayout of(SameDiff graph) {
        // Until it exists, no variable has a gradient.
        if (!graph.hasGradientFunction()) {
            graph.createGradFunction();
        }
        Map<String, KernelWindow> windows = KernelWindow.of(graph);
        List<Variable> variables = new ArrayList<>();
        long offset = 0;
        for (SDVariable variable : trainable(graph).values()) {
            long end = offset + variable.getArr().length();
            variables.add(new Variable(
                    variable.name(),
                    offset,
                    end,
                    variable.dataType(),
                    variable.getGradient() != null,
                    windows.getOrDefault(variable.name(), KernelWindow.NONE)));
            offset = end;
        }
        return new GraphLayout(List.copyOf(variables));
    }

    private static TreeMap<String, SDVariable> trainable(SameDiff graph) {
        TreeMap<String, SDVariable> byName = new TreeMap<>();
        for (SDVariable variable : graph.variables()) {
            if (variable.getVariableType() == VariableType.VARIABLE
                    && variable.dataType().isFPType()) {
                byName.put(variable.name(), variable);
            }
        }
        return byName;
    }

    /** The variables the loss depends on, without gaps between them. */
    GraphLayout onlyDifferentiable() {
        List<Variable> kept = new ArrayList<>();
        long offset = 0;
        for (Variable variable : variables) {
            if (variable.differentiable()) {
                long end = offset + variable.end() - variable.start();
                kept.add(new Variable(variable.name(), offset, end, variable.type(), true, variable.window()));
                offset = end;
            }
        }
        return new GraphLayout(List.copyOf(kept));
    }

    long length() {
        return variables.isEmpty() ? 0 : variables.get(variables.size() - 1).end();
    }

    /** Names of the variables the loss depends on. */
    List<String> differentiable() {
        return variables.stream()
                .filter(Variable::differentiable)
                .map(Variable::name)
                .toList();
    }

    /**
     * Copies the values of the variables.
     *
     * @param graph a graph with this layout; Not modified
     * @param flat receives them, of any floating-point type; Modified
     */
    void read(SameDiff graph, INDArray flat) {
        Map<String, INDArray> values = new HashMap<>();
        for (Variable variable : variables) {
            values.put(variable.name(), graph.getVariable(variable.name()).getArr());
        }
        flatten(values, flat);
    }

    /**
     * Writes one array for each variable into a flat vector, zeros where there is none.
     *
     * @param arrays by name, in the shapes of the variables; Not modified
     * @param flat Modified
     */
    void flatten(Map<String, INDArray> arrays, INDArray flat) {
        for (Variable variable : variables) {
            INDArray array = arrays.get(variable.name());
            if (array == null) {
                variable.of(flat).assign(0);
            } else {
                variable.of(flat)
                        .assign(array.reshape('c', new long[] {array.length()}).castTo(flat.dataType()));
            }
        }
    }

    /**
     * Writes a flat vector into the variables.
     *
     * @param flat Not modified
     * @param graph its arrays are Modified in place
     */
    void write(INDArray flat, SameDiff graph) {
        for (Variable variable : variables) {
            INDArray array = graph.getVariable(variable.name()).getArr();
            array.assign(variable.of(flat).castTo(array.dataType()).reshape('c', array.shape()));
        }
    }
}
