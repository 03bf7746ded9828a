/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.update.CurvatureConsumer;

/**
 * One flat parameter vector trained the way Deeplearning4j's UpdaterBlock does it: regularisation before the updater,
 * the updater in place on a view, decay after it, then subtraction. Gradient and state are views in the middle of larger
 * arrays, as they are in a network.
 */
final class FlatTraining {

    private static final int MARGIN = 5;

    private final IUpdater config;
    private final List<Regularization> regularisations;
    private final GradientUpdater<?> updater;
    private final INDArray params;
    private final INDArray gradient;
    private final DataType type;

    FlatTraining(IUpdater config, List<Regularization> regularisations, double[] params, DataType type) {
        this.config = config;
        this.regularisations = regularisations;
        this.type = type;
        this.params = Nd4j.createFromArray(params).castTo(type);
        this.gradient = view(params.length);
        this.updater = config.instantiate(view(config.stateSize(params.length)), true);
    }

    /** Whether step t needs curvature. */
    boolean wantsCurvature(int t) {
        return ((CurvatureConsumer) updater).wantsCurvature(t);
    }

    /** Hands over the curvature of step t. */
    void acceptCurvature(double[] diagonal, int t) {
        ((CurvatureConsumer) updater)
                .acceptCurvature(Nd4j.createFromArray(diagonal).castTo(type), t);
    }

    /** One step, t counted from 0. */
    void step(double[] gradientValues, int t) {
        gradient.assign(Nd4j.createFromArray(gradientValues).castTo(type));
        regularise(Regularization.ApplyStep.BEFORE_UPDATER, t);
        updater.applyUpdater(gradient, t, 0);
        regularise(Regularization.ApplyStep.POST_UPDATER, t);
        params.subi(gradient);
    }

    double[] params() {
        return FixtureNetwork.toArray(params);
    }

    Map<String, INDArray> state() {
        return updater.getState();
    }

    static double[] toArray(INDArray array) {
        return FixtureNetwork.toArray(array);
    }

    private void regularise(Regularization.ApplyStep step, int t) {
        for (Regularization regularisation : regularisations) {
            if (regularisation.applyStep() == step) {
                regularisation.apply(params, gradient, config.getLearningRate(t, 0), t, 0);
            }
        }
    }

    private INDArray view(long length) {
        return Nd4j.create(type, length + 2 * MARGIN).get(NDArrayIndex.interval(MARGIN, MARGIN + length));
    }
}
