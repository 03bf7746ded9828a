/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.util.Arrays;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.it.network.FixtureNetwork;

/**
 * The derivative of Deeplearning4j's own gradient along a direction, from differences alone: it knows nothing of how this
 * library finds kinks and chooses steps.
 *
 * <p>Central differences with steps from 1e-2 down to 5e-9 are extrapolated to a step of 0 (Richardson). Each entry of that
 * table has an estimate of its error, the distance to its neighbours; the entry with the smallest one is the answer. A
 * kink between the two points of a wide difference makes its neighbours disagree, so that such a case is judged by the
 * narrower differences, and one with a kink at the point itself has no answer.
 */
final class DerivativeOracle {

    private static final double WIDEST = 1e-2;
    private static final double RATIO = 8;
    private static final int LEVELS = 8;

    private final Subject subject;
    private final MultiDataSet batch;
    private final long rootState;
    private final long nodeState;

    /**
     * An oracle for the mean loss of a batch.
     *
     * @param subject in DOUBLE; its parameters are moved and put back
     * @param stream where each evaluation starts to draw dropout masks, as it is now
     */
    DerivativeOracle(Subject subject, MultiDataSet batch, Random stream) {
        this.subject = subject;
        this.batch = batch;
        this.rootState = stream.rootState();
        this.nodeState = stream.nodeState();
    }

    /**
     * A derivative and how far it can be trusted.
     *
     * @param value entry by entry
     * @param error estimate of the norm of its error
     * @param gradientNorm norm of the gradient
     */
    record Answer(double[] value, double error, double gradientNorm) {}

    /** Which entries of the flat vector are trained: not frozen, no statistics of batch normalisation, no centres. */
    static boolean[] trainable(Subject subject) {
        double[] here = subject.params();
        boolean[] trainable = new boolean[here.length];
        double[] positions = new double[here.length];
        Arrays.setAll(positions, i -> i);
        // Numbered and read back through the layers' own views, whose order and offsets are Deeplearning4j's business.
        move(subject, positions);
        for (Layer layer : subject.layers()) {
            if (Subject.isFrozen(layer)) {
                continue;
            }
            for (Map.Entry<String, INDArray> parameter : layer.paramTable().entrySet()) {
                boolean trained = !parameter.getKey().matches("f?b?(mean|var|log10stdev)|cL");
                for (double position : FixtureNetwork.toArray(parameter.getValue())) {
                    trainable[(int) position] = trained;
                }
            }
        }
        move(subject, here);
        return trainable;
    }

    Answer along(double[] direction) {
        double[] here = subject.params();
        double[][] previous = new double[0][];
        double best = Double.POSITIVE_INFINITY;
        double[] value = new double[here.length];
        double[] gradient = gradient(here);
        double gradientNorm = Vectors.norm(gradient);
        double step = WIDEST;
        for (int k = 0; k < LEVELS; k++, step /= RATIO) {
            double[][] row = new double[k + 1][];
            row[0] = difference(here, direction, step);
            double rounding = 4 * Math.ulp(1.0) * gradientNorm / step;
            for (int j = 1; j <= k; j++) {
                double weight = 1 / (Math.pow(RATIO, 2 * j) - 1);
                row[j] = Vectors.sum(1 + weight, row[j - 1], -weight, previous[j - 1]);
                double error = rounding
                        + Math.max(Vectors.distance(row[j], row[j - 1]), Vectors.distance(row[j], previous[j - 1]));
                if (error < best) {
                    best = error;
                    value = row[j];
                }
            }
            previous = row;
        }
        move(subject, here);
        return new Answer(value, best, gradientNorm);
    }

    private double[] difference(double[] here, double[] direction, double step) {
        double[] ahead = gradient(Vectors.sum(1, here, step, direction));
        double[] behind = gradient(Vectors.sum(1, here, -step, direction));
        return Vectors.sum(0.5 / step, ahead, -0.5 / step, behind);
    }

    /** Of the mean loss. */
    private double[] gradient(double[] parameters) {
        move(subject, parameters);
        Nd4j.getRandom().setStates(rootState, nodeState);
        INDArray flat;
        if (subject.model() instanceof MultiLayerNetwork net) {
            DataSet data = Subject.single(batch);
            net.rnnClearPreviousState();
            net.clearLayerMaskArrays();
            net.setInput(data.getFeatures().dup());
            net.setLabels(data.getLabels());
            net.setLayerMaskArrays(data.getFeaturesMaskArray(), data.getLabelsMaskArray());
            net.computeGradientAndScore();
            flat = net.getFlattenedGradients();
        } else {
            ComputationGraph graph = (ComputationGraph) subject.model();
            graph.rnnClearPreviousState();
            graph.clearLayerMaskArrays();
            graph.setInputs(batch.getFeatures(0).dup());
            graph.setLabels(batch.getLabels());
            graph.setLayerMaskArrays(batch.getFeaturesMaskArrays(), batch.getLabelsMaskArrays());
            graph.computeGradientAndScore();
            flat = graph.getFlattenedGradients();
        }
        return Vectors.sum(1.0 / batch.getLabels(0).size(0), FixtureNetwork.toArray(flat), 0, parameters);
    }

    private static void move(Subject subject, double[] parameters) {
        INDArray flat = subject.model().params();
        flat.assign(Nd4j.createFromArray(parameters).reshape(flat.shape()));
    }
}
