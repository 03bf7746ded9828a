/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.NotFinite;
import org.newton4j.curvature.kernel.Rademacher;
import org.newton4j.optimizers.training.CounterRandom;
import org.newton4j.optimizers.training.RandomStream;
import org.newton4j.optimizers.training.SpatialAverage;
import org.newton4j.optimizers.update.CurvatureRequest;
import org.newton4j.optimizers.update.NonFiniteException;

/**
 * What a {@link SameDiffCurvatureListener} keeps for one graph: the copy and the buffers, built at first use and again
 * when the graph was changed.
 *
 * <p>Nothing in here influences training beyond one iteration.
 */
final class GraphSession {

    private @Nullable Tools tools;
    private long evaluations;

    /**
     * Estimates the diagonal of the Hessian for some variables.
     *
     * @param graph in training; Not modified
     * @param data of this iteration by name of the placeholder; Not modified
     * @param requests what the updater of each waiting variable wants, by name
     * @param l2 coefficient of L2 regularisation, which belongs to the objective the updater sees
     * @param iteration 0-based
     * @return for each waiting variable with a gradient its flat part, in its own type
     * @throws NonFiniteException if an entry is not finite
     */
    Map<String, INDArray> diagonal(
            SameDiff graph,
            Map<String, INDArray> data,
            Map<String, CurvatureRequest> requests,
            double l2,
            long seed,
            int probes,
            int iteration) {
        RandomStream stream = RandomStream.here();
        Tools t = toolsFor(graph);
        GraphHessian hessian = t.hessian(graph, data, stream);
        if (hessian == null) {
            throw new NonFiniteException("the gradient is not finite");
        }
        long before = hessian.evaluations();
        hessian.moveTo(graph, t.layout);
        List<GraphLayout.Variable> waiting = t.layout.variables().stream()
                .filter(variable -> variable.differentiable() && requests.containsKey(variable.name()))
                .toList();
        t.diagonal.assign(0);
        for (int probe = 0; probe < probes && !waiting.isEmpty(); probe++) {
            t.probe.assign(0);
            for (GraphLayout.Variable variable : waiting) {
                Rademacher.fill(variable.of(t.probe), seed, iteration, probe, variable.start());
            }
            hessian.multiply(graph, t.probe, stream, t.product);
            t.diagonal.addi(t.product.muli(t.probe));
        }
        t.diagonal.divi(probes);
        evaluations += hessian.evaluations() - before;
        Map<String, INDArray> parts = new LinkedHashMap<>();
        for (GraphLayout.Variable variable : waiting) {
            INDArray part = variable.of(t.diagonal).dup();
            // z ⊙ (l2 z) = l2 for every probe.
            part.addi(l2);
            CurvatureRequest request = requests.get(variable.name());
            if (request != null && request.spatialAveraging()) {
                SpatialAverage.apply(
                        part, variable.window().size(), variable.window().inner());
            }
            INDArray narrow = part.castTo(variable.type());
            requireUsable(variable, narrow, narrow.dataType() != DataType.FLOAT16);
            parts.put(variable.name(), narrow);
        }
        return parts;
    }

    /**
     * Squares gradients on labels drawn from the graph's own output.
     *
     * @param graph in training; Not modified
     * @param data of this iteration by name of the placeholder; Not modified
     * @param requests what the updater of each waiting variable wants, by name
     * @param output where labels are drawn
     * @param l2 coefficient of L2 regularisation
     * @return for each waiting variable with a gradient its flat part, in its own type
     * @throws NonFiniteException if an entry is not finite
     */
    Map<String, INDArray> sampledGradientSquared(
            SameDiff graph,
            Map<String, INDArray> data,
            Map<String, CurvatureRequest> requests,
            SampledOutput output,
            double l2,
            long seed,
            int probes,
            int iteration) {
        RandomStream stream = RandomStream.here();
        Tools t = toolsFor(graph);
        t.diagonal.assign(0);
        double examples = 1;
        for (int probe = 0; probe < probes; probe++) {
            stream.restore();
            Map<String, INDArray> sampled = output.draw(graph, data, new CounterRandom(seed, iteration, probe, 0));
            INDArray drawn = sampled.get(output.labels());
            examples = drawn == null ? 1 : (double) drawn.size(0);
            stream.restore();
            t.layout.flatten(LiveGraph.here(graph, sampled, t.layout), t.product);
            evaluations++;
            t.diagonal.addi(t.product.muli(t.product));
        }
        t.diagonal.divi(probes);
        Map<String, INDArray> parts = new LinkedHashMap<>();
        for (GraphLayout.Variable variable : t.layout.variables()) {
            CurvatureRequest request = requests.get(variable.name());
            if (request == null || !variable.differentiable()) {
                continue;
            }
            INDArray part = variable.of(t.diagonal).dup();
            if (request.kind() == CurvatureRequest.Kind.GAUSS_NEWTON_BARTLETT) {
                part.muli(examples).addi(l2);
            }
            INDArray narrow = part.castTo(variable.type());
            requireUsable(variable, narrow, false);
            parts.put(variable.name(), narrow);
        }
        return parts;
    }

    /** Gradients evaluated so far. */
    long evaluations() {
        return evaluations + (tools == null ? 0 : tools.choice.evaluations());
    }

    /** AdaHessian squares Hessians; in HALF that happens in FLOAT, and most squares fit once they are weighted. */
    private static void requireUsable(GraphLayout.Variable variable, INDArray part, boolean squared) {
        long unusable =
                squared ? NotFinite.countBeyond(part, NotFinite.squareLimit(part.dataType())) : NotFinite.count(part);
        if (unusable > 0) {
            throw new NonFiniteException("the curvature of '" + variable.name() + "' has " + unusable
                    + " entries that are not finite or too large to be squared in " + part.dataType());
        }
    }

    private Tools toolsFor(SameDiff graph) {
        List<String> signature = signature(graph);
        Tools current = tools;
        if (current == null || !current.signature.equals(signature)) {
            evaluations = evaluations();
            current = new Tools(graph, signature);
            tools = current;
        }
        return current;
    }

    /** Changes when variables, operations, types or losses of the graph do. */
    private static List<String> signature(SameDiff graph) {
        List<String> parts = new ArrayList<>(graph.getLossVariables());
        for (SDVariable variable : graph.variables()) {
            boolean hasValues = variable.getVariableType() == VariableType.VARIABLE
                    || variable.getVariableType() == VariableType.CONSTANT;
            parts.add(variable.name() + " " + variable.getVariableType() + " " + variable.dataType() + " "
                    + (hasValues ? variable.getArr().shapeInfoToString() : ""));
        }
        for (SameDiffOp op : graph.getOps().values()) {
            parts.add(op.getName() + " " + op.getOp().opName() + " " + op.getInputsToOp() + " " + op.getOutputsOfOp());
        }
        return parts;
    }

    /** The evaluator and the vectors as long as the parameters. */
    private static final class Tools {

        final List<String> signature;
        final GraphLayout layout;
        final GradientChoice choice;
        final INDArray probe;
        final INDArray product;
        final INDArray diagonal;
        private @Nullable GraphGradient gradient;
        private @Nullable GraphHessian hessian;

        Tools(SameDiff graph, List<String> signature) {
            this.signature = signature;
            layout = GraphLayout.of(graph);
            choice = new GradientChoice(graph, layout);
            probe = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
            product = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
            diagonal = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        }

        @Nullable
        GraphHessian hessian(SameDiff graph, Map<String, INDArray> data, RandomStream stream) {
            if (gradient == null) {
                gradient = choice.choose(graph, data, stream);
            }
            if (gradient == null) {
                return null;
            }
            if (hessian == null) {
                hessian = new GraphHessian(gradient, layout.length(), choice.smooth());
            }
            gradient.load(graph, data);
            return hessian;
        }
    }
}
