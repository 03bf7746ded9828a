/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.ScalarOp;

/**
 * Gradients of a copy of the graph in which every floating-point value is DOUBLE.
 *
 * <p>SameDiff's own {@code convertDataTypes} is not used: it visits each operation once, in breadth-first order, so that
 * values behind two paths of different length keep their old type, and it does not touch the constants inside scalar
 * operations (relu among them), which must have the type of their input.
 *
 * <ul>
 *   <li>Variables, constants and placeholders of a floating-point type become DOUBLE, and with them the results of
 *       every operation with a floating-point input.
 *   <li>Operations that make floating-point values of nothing or of integers (one-hot codes, random masks) keep their
 *       type, so that they give the same bits, and are widened behind.
 *   <li>Casts from one floating-point type to another are passed by.
 * </ul>
 */
final class WideGraph implements GraphGradient {

    private final SameDiff copy;
    private final GraphLayout layout;

    /** Types the placeholders have in the original, which rounds the data to them. */
    private final Map<String, DataType> types = new HashMap<>();

    private @Nullable Map<String, INDArray> placeholders;

    /**
     * Copies a graph.
     *
     * @param original Not modified
     * @param layout of the original
     * @throws RuntimeException of several kinds, if SameDiff cannot copy or differentiate it
     */
    WideGraph(SameDiff original, GraphLayout layout) {
        this.layout = layout;
        for (SDVariable variable : original.variables()) {
            if (variable.getVariableType() == VariableType.PLACEHOLDER) {
                types.put(variable.name(), variable.dataType());
            }
        }
        copy = original.dup();
        copy.setListeners(List.of());
        widenLeaves();
        widenOperations();
        copy.createGradFunction();
        SameDiff gradients = copy.getFunction(LiveGraph.GRADIENTS);
        for (SameDiffOp op : gradients.getOps().values()) {
            widenScalar(gradients, op);
        }
    }

    private void widenLeaves() {
        for (SDVariable variable : copy.variables()) {
            if (variable.getVariableType() == VariableType.ARRAY
                    || !variable.dataType().isFPType()) {
                continue;
            }
            INDArray array = variable.getVariableType() == VariableType.PLACEHOLDER ? null : variable.getArr();
            variable.setDataType(DataType.DOUBLE);
            if (array != null) {
                // castTo returns the array itself if it is DOUBLE already, and the copy must own what it changes.
                copy.associateArrayWithVariable(array.castTo(DataType.DOUBLE).dup(), variable);
            }
        }
    }

    private void widenOperations() {
        for (SameDiffOp op : inOrder()) {
            List<String> inputs = inputs(op);
            boolean floating = inputs.stream()
                    .anyMatch(name -> copy.getVariable(name).dataType().isFPType());
            if (floating && op.getOp().opName().equals("cast")) {
                String result = op.getOutputsOfOp().get(0);
                if (copy.getVariable(result).dataType().isFPType()) {
                    reroute(result, copy.getVariable(inputs.get(0)));
                }
                continue;
            }
            for (String name : op.getOutputsOfOp()) {
                SDVariable result = copy.getVariable(name);
                if (!result.dataType().isFPType()) {
                    continue;
                }
                if (floating) {
                    result.setDataType(DataType.DOUBLE);
                } else if (result.dataType() != DataType.DOUBLE) {
                    widenBehind(result);
                }
            }
            widenScalar(copy, op);
        }
    }

    private void widenBehind(SDVariable narrow) {
        List<String> consumers = consumers(narrow.name());
        if (!consumers.isEmpty()) {
            reroute(narrow.name(), consumers, narrow.castTo(DataType.DOUBLE));
        }
    }

    private void reroute(String from, SDVariable to) {
        reroute(from, consumers(from), to);
    }

    private void reroute(String from, List<String> consumers, SDVariable to) {
        for (String consumer : consumers) {
            SameDiffOp op = Objects.requireNonNull(copy.getOps().get(consumer));
            List<String> inputs = inputs(op);
            for (int i = 0; i < inputs.size(); i++) {
                if (inputs.get(i).equals(from)) {
                    copy.replaceArgFor(i, to, op.getOp());
                }
            }
        }
        List<String> losses = new ArrayList<>(copy.getLossVariables());
        if (losses.contains(from)) {
            losses.replaceAll(name -> name.equals(from) ? to.name() : name);
            copy.setLossVariables(losses.toArray(new String[0]));
        }
    }

    private List<String> consumers(String variable) {
        List<String> consumers =
                Objects.requireNonNull(copy.getVariables().get(variable)).getInputsForOp();
        return consumers == null ? List.of() : List.copyOf(consumers);
    }

    /** The constant of a scalar operation must have the type of its input. */
    private static void widenScalar(SameDiff graph, SameDiffOp op) {
        if (op.getOp() instanceof ScalarOp scalar
                && scalar.scalar() != null
                && scalar.scalar().dataType().isFPType()
                && inputs(op).stream().anyMatch(name -> graph.getVariable(name).dataType() == DataType.DOUBLE)) {
            scalar.setScalar(scalar.scalar().castTo(DataType.DOUBLE));
        }
    }

    private static List<String> inputs(SameDiffOp op) {
        return op.getInputsToOp() == null ? List.of() : List.copyOf(op.getInputsToOp());
    }

    /** Every operation after those it needs. */
    private List<SameDiffOp> inOrder() {
        Set<String> known = new HashSet<>();
        copy.getVariables().values().stream()
                .filter(variable -> variable.getOutputOfOp() == null)
                .forEach(variable -> known.add(variable.getName()));
        List<SameDiffOp> ordered = new ArrayList<>();
        List<SameDiffOp> left = new ArrayList<>(copy.getOps().values());
        while (!left.isEmpty()) {
            int before = left.size();
            left.removeIf(op -> {
                boolean ready = known.containsAll(inputs(op));
                if (ready) {
                    ordered.add(op);
                    known.addAll(op.getOutputsOfOp());
                }
                return ready;
            });
            if (left.size() == before) {
                throw new UnsupportedOperationException("the graph has loops");
            }
        }
        return ordered;
    }

    @Override
    public void load(SameDiff graph, Map<String, INDArray> data) {
        for (SDVariable variable : graph.variables()) {
            if (variable.getVariableType() == VariableType.VARIABLE
                    || variable.getVariableType() == VariableType.CONSTANT) {
                INDArray mine = copy.getVariable(variable.name()).getArr();
                if (mine != null && !mine.isEmpty()) {
                    mine.assign(variable.getArr().castTo(mine.dataType()));
                }
            }
        }
        Map<String, INDArray> wide = new HashMap<>();
        data.forEach((name, array) -> {
            DataType type = types.get(name);
            boolean widen = type != null && type.isFPType();
            wide.put(name, widen ? array.castTo(type).castTo(DataType.DOUBLE) : array);
        });
        placeholders = wide;
    }

    @Override
    public void at(SameDiff graph, INDArray parameters, INDArray out) {
        layout.write(parameters, copy);
        layout.flatten(copy.calculateGradients(placeholders, layout.differentiable()), out);
    }

    @Override
    public DataType precision() {
        return DataType.DOUBLE;
    }
}
