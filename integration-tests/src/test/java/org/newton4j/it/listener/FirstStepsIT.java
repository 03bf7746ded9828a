/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * The first line of the README does not explode, whatever the network.
 *
 * <p>{@code -Dnewton4j.firstSteps=50} trains for longer and prints, as a row of the table in docs/optimizers.md, the worst
 * score of ten steps and the last one in units of the first, with the default bound and without.
 */
class FirstStepsIT {

    private static final int STEPS = Integer.getInteger("newton4j.firstSteps", 0);
    private static final int FIRST = 10;
    private static final int BATCHES = 10;

    /** Scores in units of that before the first step. */
    private record Course(double worst, double last) {

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.3g → %.3g", worst, last);
        }
    }

    @ParameterizedTest
    @EnumSource(FirstNetworks.class)
    void the_default_should_not_explode(FirstNetworks kind) {
        Course bounded = train(kind, new AdaHessian(0.15), Math.max(FIRST, STEPS));
        if (STEPS > 0) {
            Course paper = train(
                    kind, AdaHessian.builder().learningRate(0.15).updateClip(0).build(), STEPS);
            Course small = train(
                    kind, AdaHessian.builder().learningRate(0.015).updateClip(0).build(), STEPS);
            System.out.printf("| %s | %s | %s | %s |%n", kind, bounded, paper, small);
        }
        assertThat(bounded.worst())
                .as("worst score of ten steps, in units of the first")
                .isLessThan(1.5);
    }

    private static Course train(FirstNetworks kind, AdaHessian updater, int steps) {
        Model net = kind.network(updater);
        net.setListeners(new CurvatureListener());
        double first = score(net, kind.batch(0));
        double worst = 0;
        for (int step = 0; step < steps; step++) {
            fit(net, kind.batch(step % BATCHES));
            double ratio = step < FIRST ? score(net, kind.batch(0)) / first : 0;
            worst = Math.max(worst, Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio);
        }
        return new Course(worst, score(net, kind.batch(0)) / first);
    }

    private static double score(Model net, MultiDataSet batch) {
        return net instanceof MultiLayerNetwork layers
                ? layers.score(new DataSet(batch.getFeatures(0), batch.getLabels(0)))
                : ((ComputationGraph) net).score(batch);
    }

    private static void fit(Model net, MultiDataSet batch) {
        if (net instanceof MultiLayerNetwork layers) {
            layers.fit(batch.getFeatures(0), batch.getLabels(0));
        } else {
            ((ComputationGraph) net).fit(batch);
        }
    }
}
