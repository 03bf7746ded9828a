/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.samediff.SameDiffCurvatureListener;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.HessianProducts;

/**
 * The same network as a SameDiff graph and as a MultiLayerNetwork, in the same flat order, with the same data and probes,
 * trains the same way.
 *
 * <p>A dense W of Deeplearning4j lies in F order, so the graph's is its transpose in C order, and the names of the variables
 * sort as the flat vector does.
 */
class AgainstNetworkIT {

    private static final DataType TYPE = DataType.DOUBLE;
    private static final int STEPS = 20;
    private static final double L2 = 0.02;

    @Test
    void adaHessian_should_follow_the_network() {
        compareDense(AdaHessian.builder().learningRate(0.05).updateInterval(2).build(), 3, 1e-7);
    }

    @Test
    void optimizers_without_curvature_should_follow_the_network() {
        compareDense(new Lion(0.01), 1, 1e-10);
        compareDense(new DiffGrad(0.01), 1, 1e-10);
    }

    @Test
    void sophia_should_follow_the_network() {
        for (Sophia.Estimator estimator : Sophia.Estimator.values()) {
            compareDense(
                    Sophia.builder()
                            .learningRate(0.02)
                            .estimator(estimator)
                            .updateInterval(3)
                            .build(),
                    2,
                    1e-7);
        }
    }

    @Test
    void mfac_should_follow_the_network() {
        compareDense(
                Mfac.builder()
                        .base(new Nesterovs(0.01, 0.9))
                        .gradients(4)
                        .damping(0.1)
                        .build(),
                1,
                1e-9);
        compareDense(
                Mfac.builder()
                        .base(new Nesterovs(0.01, 0.9))
                        .gradients(4)
                        .dampingSchedule(new StepSchedule(ScheduleType.ITERATION, 0.2, 0.5, 5))
                        .build(),
                1,
                1e-9);
    }

    private static void compareDense(IUpdater updater, int probes, double tolerance) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(TYPE)
                .seed(5)
                .updater(updater)
                .l2(L2)
                .l2Bias(L2)
                .activation(Activation.TANH)
                .list(
                        new DenseLayer.Builder()
                                .nIn(SmallGraphs.FEATURES)
                                .nOut(SmallGraphs.HIDDEN)
                                .build(),
                        new OutputLayer.Builder()
                                .nIn(SmallGraphs.HIDDEN)
                                .nOut(SmallGraphs.CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build())
                .build());
        net.init();
        net.setListeners(CurvatureListener.builder()
                .seed(11)
                .probes(probes)
                .products(HessianProducts.CENTRAL)
                .build());

        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", TYPE, -1, SmallGraphs.FEATURES);
        SDVariable y = sd.placeHolder("y", TYPE, -1, SmallGraphs.CLASSES);
        SDVariable h = sd.math.tanh(dense(sd, x, net, 0));
        sd.loss.softmaxCrossEntropy("loss", y, dense(sd, h, net, 1).rename("logits"), null);
        SmallGraphs.configure(sd, updater, (TrainingConfig.Builder b) -> b.l2(L2));
        sd.setListeners(SameDiffCurvatureListener.builder()
                .seed(11)
                .probes(probes)
                .sampledOutput("logits", "y")
                .build());

        double[] start = FixtureNetwork.toArray(net.params());
        assertThat(SmallGraphs.flat(SmallGraphs.parameters(sd))).isEqualTo(start);
        for (int i = 0; i < STEPS; i++) {
            net.fit(SmallGraphs.data(i, TYPE));
            sd.fit(SmallGraphs.data(i, TYPE));
            assertThat(SmallGraphs.flat(SmallGraphs.parameters(sd)))
                    .as("%s after step %d", updater, i)
                    .containsExactly(FixtureNetwork.toArray(net.params()), within(tolerance));
        }
        double moved = 0;
        for (int i = 0; i < start.length; i++) {
            moved = Math.max(moved, Math.abs(net.params().getDouble(i) - start[i]));
        }
        assertThat(moved).isGreaterThan(0.01);
    }

    private static SDVariable dense(SameDiff sd, SDVariable x, MultiLayerNetwork net, int layer) {
        INDArray w = net.getLayer(layer).getParam("W");
        INDArray b = net.getLayer(layer).getParam("b");
        SDVariable weights = sd.var(layer + "_a", w.transpose().dup('c'));
        return x.mmul(sd.transpose(weights)).add(sd.var(layer + "_b", b.dup().reshape(b.length())));
    }
}
