/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.training.RecordedCurvature;

/** A network trained with {@code fit}; each step is given the curvature it has to use. */
final class LoopTraining {

    private final FixtureNetwork network;
    private final double learningRate;
    private final double weightDecay;
    private final Feeder feeder = new Feeder();

    LoopTraining(FixtureCase fixture, DataType type, IUpdater updater) {
        learningRate = fixture.hyper("lr");
        weightDecay = fixture.hyper("weight_decay");
        // The reference decays every parameter, biases included.
        network = FixtureNetwork.of(fixture, type, updater, weightDecay);
        network.net().setListeners(feeder);
    }

    FixtureNetwork network() {
        return network;
    }

    /** One step of {@code fit} on the whole batch with the curvature of a probe, averaged over kernels. */
    void step(double[] probe, double[] product) {
        feeder.average = true;
        step(Nd4j.createFromArray(probe).muli(Nd4j.createFromArray(product)));
    }

    /** One step of {@code fit} on the whole batch with this curvature where the updater wants one. */
    void step(double[] diagonal) {
        feeder.average = false;
        step(Nd4j.createFromArray(diagonal));
    }

    private void step(INDArray diagonal) {
        feeder.diagonal = diagonal;
        INDArray before = network.net().params().dup();
        network.net().fit(network.features().dup(), network.labels().dup());
        decayWhereDl4jDoesNot(before);
    }

    /** DL4J regularises no parameter of batch normalisation, whatever the configuration says; the reference does. */
    private void decayWhereDl4jDoesNot(INDArray before) {
        if (weightDecay == 0) {
            return;
        }
        for (Layer layer : network.net().getLayers()) {
            for (String key : layer.paramTable().keySet()) {
                List<Regularization> own = layer.getConfig().getRegularizationByParam(key);
                if (layer.updaterDivideByMinibatch(key) && (own == null || own.isEmpty())) {
                    INDArray now = layer.getParam(key);
                    long offset = now.offset() - network.net().params().offset();
                    for (long i = 0; i < now.length(); i++) {
                        long at = offset + i;
                        double decayed = network.net().params().getDouble(at)
                                - learningRate * weightDecay * before.getDouble(at);
                        network.net().params().putScalar(at, decayed);
                    }
                }
            }
        }
    }

    private static final class Feeder extends BaseTrainingListener {

        private INDArray diagonal = Nd4j.scalar(0.0);
        private boolean average;

        @Override
        public void onGradientCalculation(Model model) {
            INDArray flat = diagonal.castTo(model.params().dataType());
            if (average) {
                RecordedCurvature.average(flat, model);
            }
            RecordedCurvature.push(flat, model);
        }
    }
}
