/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.HessianProducts;

/** What the listener hands to AdaHessian is the diagonal of the Hessian of the loss the optimizer sees. */
class CurvatureValueIT {

    private static final double BETA2 = 0.999;
    private static final int PROBES = 400;

    @Test
    void should_approach_the_diagonal_of_the_hessian_with_many_probes() {
        MultiLayerNetwork net = SmallNetworks.mlp(adaHessian(), DataType.DOUBLE);
        DataSet batch = SmallNetworks.data(1, DataType.DOUBLE);
        double[] diagonal = new double[Math.toIntExact(net.numParams())];
        double[] variance = new double[diagonal.length];
        exactDiagonal(net, batch, 0, diagonal, variance);
        net.setListeners(CurvatureListener.builder().probes(PROBES).build());
        net.fit(batch);
        assertNear(States.firstCurvature(net, BETA2), diagonal, variance);
    }

    @Test
    void should_contain_l2_regularisation_and_belong_to_the_mean_loss() {
        double l2 = 0.7;
        MultiLayerNetwork net =
                SmallNetworks.mlp(adaHessian(), DataType.DOUBLE, b -> b.l2(l2).l2Bias(l2));
        DataSet batch = SmallNetworks.data(2, DataType.DOUBLE);
        double[] diagonal = new double[Math.toIntExact(net.numParams())];
        double[] variance = new double[diagonal.length];
        exactDiagonal(SmallNetworks.mlp(adaHessian(), DataType.DOUBLE), batch, l2, diagonal, variance);
        net.setListeners(CurvatureListener.builder().probes(PROBES).build());
        net.fit(batch);
        assertNear(States.firstCurvature(net, BETA2), diagonal, variance);
    }

    /** With {@code miniBatch(false)} Deeplearning4j's updaters see the gradient of the summed loss. */
    @Test
    void should_belong_to_the_summed_loss_where_the_gradient_does() {
        DataSet batch = SmallNetworks.data(6, DataType.DOUBLE);
        double[] mean = firstCurvature(SmallNetworks.mlp(adaHessian(), DataType.DOUBLE), batch);
        double[] sum = firstCurvature(SmallNetworks.mlp(adaHessian(), DataType.DOUBLE, b -> b.miniBatch(false)), batch);
        for (int i = 0; i < mean.length; i++) {
            double expected = SmallNetworks.BATCH * mean[i];
            assertThat(sum[i]).as("entry %d", i).isCloseTo(expected, within(1e-6 + 1e-4 * expected));
        }
    }

    @Test
    void should_give_a_graph_and_a_float_network_the_same_curvature() {
        DataSet batch = SmallNetworks.data(3, DataType.DOUBLE);
        double[] exact = firstCurvature(SmallNetworks.mlp(adaHessian(), DataType.DOUBLE), batch);
        MultiLayerNetwork single = SmallNetworks.mlp(adaHessian(), DataType.FLOAT);
        single.setParams(
                SmallNetworks.mlp(adaHessian(), DataType.DOUBLE).params().castTo(DataType.FLOAT));
        MultiLayerNetwork fast = single.clone();
        single.setListeners(
                CurvatureListener.builder().products(HessianProducts.EXACT).build());
        single.fit(batch);
        double[] rounded = States.firstCurvature(single, BETA2);
        for (int i = 0; i < exact.length; i++) {
            assertThat(rounded[i]).as("entry %d", i).isCloseTo(exact[i], within(2e-5 + 1e-3 * exact[i]));
        }
        // FAST promises 1.5e-2 of the whole vector.
        assertThat(relativeDistance(firstCurvature(fast, batch), exact)).isLessThan(1.5e-2);

        MultiLayerNetwork net = SmallNetworks.mlp(adaHessian(), DataType.DOUBLE);
        ComputationGraph graph = net.toComputationGraph();
        graph.setListeners(new CurvatureListener());
        graph.fit(batch);
        double[] same = States.firstCurvature(graph, BETA2);
        for (int i = 0; i < exact.length; i++) {
            assertThat(same[i]).as("entry %d", i).isCloseTo(exact[i], within(1e-7 + 1e-4 * exact[i]));
        }
    }

    @Test
    void should_draw_other_probes_with_another_seed_and_the_same_with_the_same() {
        DataSet batch = SmallNetworks.data(4, DataType.DOUBLE);
        assertThat(seeded(1, batch)).isEqualTo(seeded(1, batch)).isNotEqualTo(seeded(2, batch));
    }

    private static double[] seeded(long seed, DataSet batch) {
        MultiLayerNetwork net = SmallNetworks.mlp(adaHessian(), DataType.DOUBLE);
        net.setListeners(CurvatureListener.builder().seed(seed).build());
        net.fit(batch);
        return States.firstCurvature(net, BETA2);
    }

    private static double[] firstCurvature(MultiLayerNetwork net, DataSet batch) {
        net.setListeners(new CurvatureListener());
        net.fit(batch);
        return States.firstCurvature(net, BETA2);
    }

    private static double relativeDistance(double[] a, double[] b) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < a.length; i++) {
            difference += (a[i] - b[i]) * (a[i] - b[i]);
            size += b[i] * b[i];
        }
        return Math.sqrt(difference / size);
    }

    private static AdaHessian adaHessian() {
        return AdaHessian.builder().learningRate(0.01).beta2(BETA2).build();
    }

    /**
     * Diagonal of the Hessian by central differences of the network's own gradient, one parameter at a time, and the
     * variance of z ⊙ Hz for Rademacher z: the sum of squares of the rest of the row.
     */
    private static void exactDiagonal(
            MultiLayerNetwork net, DataSet batch, double l2, double[] diagonal, double[] variance) {
        double h = 1e-5;
        for (int i = 0; i < diagonal.length; i++) {
            double[] up = shiftedGradient(net, batch, i, h);
            double[] down = shiftedGradient(net, batch, i, -h);
            for (int j = 0; j < diagonal.length; j++) {
                double entry = (up[j] - down[j]) / (2 * h);
                if (j == i) {
                    diagonal[i] = entry + l2;
                } else {
                    variance[i] += entry * entry;
                }
            }
        }
    }

    private static double[] shiftedGradient(MultiLayerNetwork net, DataSet batch, int i, double h) {
        double saved = net.params().getDouble(i);
        net.params().putScalar(i, saved + h);
        net.setInput(batch.getFeatures());
        net.setLabels(batch.getLabels());
        net.computeGradientAndScore();
        net.params().putScalar(i, saved);
        double[] gradient = FixtureNetwork.toArray(net.getFlattenedGradients());
        for (int j = 0; j < gradient.length; j++) {
            gradient[j] /= SmallNetworks.BATCH;
        }
        return gradient;
    }

    /** Five standard errors: the probability of a failure by chance is below 1e-4 for a network of 60 parameters. */
    private static void assertNear(double[] estimated, double[] diagonal, double[] variance) {
        for (int i = 0; i < diagonal.length; i++) {
            assertThat(estimated[i])
                    .as("|D| of parameter %d", i)
                    .isCloseTo(Math.abs(diagonal[i]), within(5 * Math.sqrt(variance[i] / PROBES) + 1e-6));
        }
    }
}
