/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.network.Momentum;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * Kind {@code mfac_optimizer_trajectory}: {@link Mfac} in a graph of two layers trained by {@code fit}, with listener and
 * Deeplearning4j's L2. The loss is linear in the parameters, sum of label times output, so the labels decide the gradient.
 */
final class MfacOptimizerCase implements CaseRunner {

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        double[] start = fixture.array("params0").values();
        int d = start.length;
        int split = Math.max(1, d / 3);
        ComputationGraph net = graph(fixture, d, split);
        net.setParams(Nd4j.createFromArray(start).castTo(fixture.dataType()).reshape(1, d));
        net.setListeners(new CurvatureListener());
        INDArray one = Nd4j.ones(fixture.dataType(), 1, 1);
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            double[] gradient = fixture.array("grads").row(t);
            net.fit(new INDArray[] {one}, new INDArray[] {
                labels(Arrays.copyOfRange(gradient, 0, split), fixture.dataType()),
                labels(Arrays.copyOfRange(gradient, split, d), fixture.dataType())
            });
            // The steps are small against the parameters, so what is compared is the way travelled.
            checks.compare(
                    "way",
                    fixture.tolerance(),
                    minus(GoldenArrays.values(net.params()), start),
                    minus(fixture.array("params").row(t), start));
        }
        if (fixture.hasArray("final_momentum")) {
            checks.compare(
                    "momentum",
                    fixture.tolerance(),
                    GoldenArrays.values(net.getUpdater().getStateViewArray()),
                    fixture.array("final_momentum").values());
        }
    }

    private static ComputationGraph graph(FixtureCase fixture, int d, int split) {
        double learningRate = fixture.hyper("lr");
        double momentum = fixture.hyper("momentum");
        IUpdater base = momentum == 0 ? new Sgd(learningRate) : new Momentum(learningRate, momentum, momentum);
        Mfac mfac = Mfac.builder()
                .base(base)
                .gradients((int) fixture.hyper("ngrads"))
                .damping(fixture.hyper("damp"))
                .build();
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(fixture.dataType())
                .updater(mfac)
                .l2(fixture.hyper("weight_decay"))
                .graphBuilder()
                .addInputs("one")
                .addLayer("first", layer(split), "one")
                .addLayer("second", layer(d - split), "one")
                .setOutputs("first", "second")
                .build());
        net.init();
        return net;
    }

    private static OutputLayer layer(int size) {
        return new OutputLayer.Builder(new LossWasserstein())
                .nIn(1)
                .nOut(size)
                .hasBias(false)
                .activation(Activation.IDENTITY)
                .build();
    }

    /** The loss is a mean over the outputs of a layer. */
    private static INDArray labels(double[] gradient, DataType type) {
        return Nd4j.createFromArray(gradient).mul(gradient.length).castTo(type).reshape(1, gradient.length);
    }

    private static double[] minus(double[] a, double[] b) {
        double[] difference = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            difference[i] = a[i] - b[i];
        }
        return difference;
    }
}
