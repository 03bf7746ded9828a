/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.newton4j.optimizers.training.CounterRandom;

/**
 * A softmax output of a graph from which labels can be drawn.
 *
 * <p>The Gauss-Newton-Bartlett estimate is one of the Gauss-Newton diagonal only if the loss is the mean over examples of
 * {@code -log p(label)}; reductions, weights, smoothing and penalties in the graph change its size. So the loss is recomputed
 * from logits and labels and compared before the output is believed.
 *
 * @param logits name of the variable before the softmax, shape [examples, classes]
 * @param labels name of the placeholder of one-hot labels of the same shape
 */
record SampledOutput(String logits, String labels) {

    private static final double TOLERANCE = 1e-3;

    /** The remedy every message ends with. */
    static final String REMEDY =
            "Use estimator H, which works with every loss:" + " Sophia.builder().estimator(Sophia.Estimator.H)";

    /**
     * Replaces the labels by drawn ones.
     *
     * @param graph in training; Not modified
     * @param data placeholders by name; Not modified
     * @param random the stream of this probe
     * @return placeholders with drawn labels
     * @throws IllegalArgumentException if the loss is not the mean of {@code -log p(label)} of this output
     */
    Map<String, INDArray> draw(SameDiff graph, Map<String, INDArray> data, CounterRandom random) {
        INDArray given = data.get(labels);
        if (given == null || !graph.hasVariable(logits)) {
            throw new IllegalArgumentException("sampledOutput names the logits " + logits + " and the labels " + labels
                    + ", but the graph has no such variable or the data no such placeholder: " + data.keySet());
        }
        String loss = graph.getLossVariables().get(0);
        Map<String, INDArray> values = LiveGraph.values(graph, data, List.of(logits, loss));
        INDArray z = values.get(logits);
        if (z == null
                || z.rank() != 2
                || !z.equalShapes(given)
                || graph.getLossVariables().size() != 1) {
            throw new IllegalArgumentException("labels can be drawn for one loss whose logits and one-hot labels are"
                    + " matrices of the same shape, but here they are "
                    + (z == null ? "missing" : z.shapeInfoToString()) + ", "
                    + given.shapeInfoToString() + " and " + graph.getLossVariables() + ". " + REMEDY);
        }
        INDArray p = Transforms.softmax(z.castTo(DataType.DOUBLE), true);
        INDArray actual = values.get(loss);
        requireMeanOfLogLikelihood(
                p, given, actual == null ? Double.NaN : actual.sumNumber().doubleValue());
        INDArray drawn = Nd4j.zeros(given.dataType(), given.shape());
        for (int row = 0; row < p.size(0); row++) {
            drawn.putScalar(row, random.category(row, p.getRow(row).toDoubleVector()), 1);
        }
        Map<String, INDArray> sampled = new HashMap<>(data);
        sampled.put(labels, drawn);
        return sampled;
    }

    private void requireMeanOfLogLikelihood(INDArray p, INDArray given, double loss) {
        double expected = -Transforms.log(Transforms.max(p, Double.MIN_NORMAL), true)
                        .mul(given.castTo(DataType.DOUBLE))
                        .sumNumber()
                        .doubleValue()
                / (double) p.size(0);
        if (Double.isFinite(loss)
                && Double.isFinite(expected)
                && !(Math.abs(loss - expected) <= TOLERANCE * (1 + Math.abs(expected)))) {
            throw new IllegalArgumentException(
                    "the loss is " + loss + ", but the mean of -log p(label) over the examples,"
                            + " p being the softmax of " + logits + ", is " + expected
                            + ": weights, another reduction, label smoothing or a penalty in the graph. " + REMEDY);
        }
    }
}
