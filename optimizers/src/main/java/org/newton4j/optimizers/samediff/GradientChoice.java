/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.training.RandomStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses where gradients are evaluated: on a DOUBLE copy if its gradient is that of the graph, else on the graph.
 *
 * <p>SameDiff copies a graph by writing and reading it, which not every operation survives; so the copy is believed only
 * after its gradient was compared with that of the graph, once.
 */
final class GradientChoice {

    private static final Logger log = LoggerFactory.getLogger(SameDiffCurvatureListener.class);

    private final GraphLayout layout;
    private final BiFunction<SameDiff, GraphLayout, GraphGradient> copier;
    private final List<String> kinks;
    private final INDArray parameters;
    private final INDArray expected;
    private final INDArray actual;

    /** Gradients evaluated to choose. */
    private long evaluations;

    GradientChoice(SameDiff graph, GraphLayout layout) {
        this(graph, layout, WideGraph::new);
    }

    /** With another way to copy, for tests: no operation is known that SameDiff differentiates but cannot copy. */
    GradientChoice(SameDiff graph, GraphLayout layout, BiFunction<SameDiff, GraphLayout, GraphGradient> copier) {
        this.layout = layout;
        this.copier = copier;
        kinks = Smoothness.possibleKinks(graph);
        parameters = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        expected = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        actual = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
    }

    /** Whether no operation of the graph has kinks. */
    boolean smooth() {
        return kinks.isEmpty();
    }

    long evaluations() {
        return evaluations;
    }

    /**
     * Makes the choice.
     *
     * @param graph Not modified
     * @param data of this iteration; Not modified
     * @param stream where random operations start
     * @return null if the graph's own gradient is not finite, so that nothing can be compared
     * @throws UnsupportedOperationException if the graph does not repeat its random numbers
     */
    @Nullable
    GraphGradient choose(SameDiff graph, Map<String, INDArray> data, RandomStream stream) {
        gradient(graph, data, stream, expected);
        if (!Double.isFinite(expected.norm2Number().doubleValue())) {
            return null;
        }
        gradient(graph, data, stream, actual);
        if (!(distance() <= tolerance())) {
            throw new UnsupportedOperationException(
                    "the graph gives another gradient when it is evaluated again from the"
                            + " same place of the random stream (relative distance " + distance()
                            + "). Its curvature cannot be"
                            + " estimated: use random operations that draw from Nd4j.getRandom(), or an optimizer without"
                            + " curvature such as Lion or DiffGrad");
        }
        String reason;
        try {
            GraphGradient wide = copier.apply(graph, layout);
            wide.load(graph, data);
            layout.read(graph, parameters);
            stream.restore();
            evaluations++;
            wide.at(graph, parameters, actual);
            if (distance() <= tolerance()) {
                return wide;
            }
            reason = "the gradient of the copy differs by " + distance() + " of its size";
        } catch (RuntimeException e) {
            // SameDiff fails in many ways on operations it cannot write, read or retype.
            reason = e.toString();
        }
        GraphGradient live = new LiveGraph(layout);
        warn(reason, live.precision());
        return live;
    }

    private void gradient(SameDiff graph, Map<String, INDArray> data, RandomStream stream, INDArray out) {
        stream.restore();
        evaluations++;
        layout.flatten(LiveGraph.here(graph, data, layout), out);
    }

    private double distance() {
        double size = expected.norm2Number().doubleValue();
        double difference = actual.sub(expected).norm2Number().doubleValue();
        return difference == 0 ? 0 : difference / size;
    }

    private double tolerance() {
        return switch (new LiveGraph(layout).precision()) {
            case DOUBLE -> 1e-6;
            case FLOAT -> 1e-2;
            default -> 0.2;
        };
    }

    private void warn(String reason, DataType precision) {
        String accuracy;
        if (precision == DataType.DOUBLE) {
            accuracy = "In DOUBLE that is as accurate.";
        } else if (kinks.isEmpty()) {
            accuracy = "Expect errors of about 1e-4 in FLOAT; build the graph in DOUBLE for more.";
        } else {
            accuracy = "The curvature is NOT RELIABLE: differences in " + precision
                    + " are wrong by their own size or more where units switch, and these operations may have kinks: "
                    + kinks + ". Build the graph in DOUBLE, or use smooth operations.";
        }
        log.warn(
                "A DOUBLE copy of the SameDiff graph cannot be used ({}); gradients are evaluated on the graph itself,"
                        + " in {}. {}",
                reason,
                precision,
                accuracy);
    }
}
