/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.update.FusedUpdater;

/** Estimates happen at every k-th iteration and nowhere else. */
class CadenceIT {

    @Test
    void should_estimate_at_iterations_divisible_by_the_interval() {
        MultiLayerNetwork net =
                SmallNetworks.mlp(AdaHessian.builder().updateInterval(3).build(), DataType.DOUBLE);
        CurvatureListener listener = new CurvatureListener();
        net.setListeners(listener);
        double[] v = new double[0];
        long evaluations = 0;
        for (int i = 0; i < 8; i++) {
            net.fit(SmallNetworks.data(i, DataType.DOUBLE));
            double[] now = secondMoment(net);
            boolean due = i % 3 == 0;
            assertThat(java.util.Arrays.equals(now, v))
                    .as("v unchanged at %d", i)
                    .isEqualTo(!due);
            assertThat(listener.gradientEvaluations() > evaluations)
                    .as("evaluations at %d", i)
                    .isEqualTo(due);
            v = now;
            evaluations = listener.gradientEvaluations();
        }
    }

    @Test
    void should_spend_as_many_evaluations_as_probes_ask_for() {
        long one = evaluations(1);
        long four = evaluations(4);
        assertThat(one).isBetween(1L, 2L);
        assertThat(four).isBetween(4L, 8L);
    }

    private static long evaluations(int probes) {
        MultiLayerNetwork net = SmallNetworks.mlp(new AdaHessian(), DataType.FLOAT);
        CurvatureListener listener = CurvatureListener.builder().probes(probes).build();
        net.setListeners(listener);
        net.fit(SmallNetworks.data(1, DataType.FLOAT));
        return listener.gradientEvaluations();
    }

    private static double[] secondMoment(MultiLayerNetwork net) {
        FusedUpdater updater =
                (FusedUpdater) States.updater(net).getUpdaterBlocks().get(0).getGradientUpdater();
        return FixtureNetwork.toArray(updater.getState().get("V"));
    }
}
