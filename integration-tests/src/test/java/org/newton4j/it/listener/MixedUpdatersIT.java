/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/** AdaHessian for some parameters, other updaters for the rest. */
class MixedUpdatersIT {

    private static final double BETA2 = 0.999;
    private static final int FIRST_LAYER = SmallNetworks.FEATURES * 6 + 6;

    @Test
    void should_feed_only_the_layers_that_ask() {
        DataSet batch = SmallNetworks.data(1, DataType.DOUBLE);
        MultiLayerNetwork mixed = network(new Adam(0.01), new AdaHessian(0.05));
        MultiLayerNetwork adam = network(new Adam(0.01), new Adam(0.01));
        mixed.setListeners(new CurvatureListener());
        mixed.fit(batch);
        adam.fit(batch);
        double[] d = States.firstCurvature(mixed, BETA2);
        double[] expected = States.params(adam);
        double[] actual = States.params(mixed);
        for (int i = 0; i < d.length; i++) {
            boolean first = i < FIRST_LAYER;
            assertThat(Double.isNaN(d[i])).as("no curvature at %d", i).isEqualTo(first);
            if (first) {
                assertThat(actual[i]).as("parameter %d of the Adam layer", i).isEqualTo(expected[i]);
            } else {
                assertThat(d[i]).as("curvature %d", i).isPositive();
            }
        }
    }

    @Test
    void should_respect_an_updater_of_its_own_for_biases() {
        DataSet batch = SmallNetworks.data(2, DataType.DOUBLE);
        MultiLayerNetwork net =
                SmallNetworks.mlp(new AdaHessian(0.05), DataType.DOUBLE, b -> b.biasUpdater(new Sgd(0.5)));
        MultiLayerNetwork sgd = SmallNetworks.mlp(new Sgd(0.5), DataType.DOUBLE);
        net.setListeners(new CurvatureListener());
        net.fit(batch);
        sgd.fit(batch);
        assertThat(net.getParam("0_b")).isEqualTo(sgd.getParam("0_b"));
        assertThat(net.getParam("1_b")).isEqualTo(sgd.getParam("1_b"));
        assertThat(net.getParam("0_W")).isNotEqualTo(sgd.getParam("0_W"));
        double[] d = States.firstCurvature(net, BETA2);
        for (int i = 0; i < d.length; i++) {
            boolean bias = i >= FIRST_LAYER - 6 && i < FIRST_LAYER || i >= d.length - SmallNetworks.CLASSES;
            assertThat(Double.isNaN(d[i])).as("no curvature at %d", i).isEqualTo(bias);
        }
    }

    /** Two blocks with different intervals: each is fed when it asks, with the same probes as alone. */
    @Test
    void should_serve_different_intervals_in_one_network() {
        MultiLayerNetwork net = network(
                AdaHessian.builder().updateInterval(2).build(),
                AdaHessian.builder().updateInterval(3).build());
        CurvatureListener listener = new CurvatureListener();
        net.setListeners(listener);
        long[] evaluations = new long[6];
        for (int i = 0; i < evaluations.length; i++) {
            long before = listener.gradientEvaluations();
            net.fit(SmallNetworks.data(10 + i, DataType.DOUBLE));
            evaluations[i] = listener.gradientEvaluations() - before;
        }
        for (int i = 0; i < evaluations.length; i++) {
            assertThat(evaluations[i] > 0).as("evaluations at iteration %d", i).isEqualTo(i % 2 == 0 || i % 3 == 0);
        }
    }

    private static MultiLayerNetwork network(IUpdater first, IUpdater second) {
        return SmallNetworks.init(SmallNetworks.builder(second, DataType.DOUBLE)
                .list(
                        new DenseLayer.Builder()
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(6)
                                .updater(first)
                                .build(),
                        SmallNetworks.output(6)));
    }
}
