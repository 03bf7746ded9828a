/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.network.Momentum;
import org.newton4j.it.network.ParameterLayout;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.update.MkorRule;

/**
 * Kind {@code mkor_reference_trajectory}: a real network trained by {@code fit} with rule REFERENCE.
 *
 * <p>The reference ignores its {@code stat_decay}; 0.95 is what it computes with. Its weight decay comes after the product,
 * as L2 does here. The preconditioned gradient is read off the momentum: u = v − momentum v_before − decay p_before.
 */
final class MkorReferenceTrajectory implements CaseRunner {

    private static final double REFERENCE_GAMMA = 0.95;

    /** The gradient as it was before the step. */
    private static final class Watcher extends BaseTrainingListener {

        private double[] gradient = {};

        @Override
        public void onGradientCalculation(Model model) {
            MultiLayerNetwork net = (MultiLayerNetwork) model;
            gradient = FixtureNetwork.toArray(net.getFlattenedGradients());
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] /= net.batchSize();
            }
        }
    }

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        DataType type = fixture.text("dtype").equals("float32") ? DataType.FLOAT : DataType.DOUBLE;
        double decay = fixture.hyper("weight_decay");
        double momentum = fixture.hyper("momentum");
        FixtureNetwork network = FixtureNetwork.of(fixture, type, mkor(fixture, type), 0);
        MultiLayerNetwork net = network.net();
        decay(net, decay);
        Watcher watcher = new Watcher();
        net.setListeners(new CurvatureListener(), watcher);
        ParameterLayout layout = network.layout();
        double[] losses = fixture.array("loss").values();
        int batches = fixture.field("num_batches").asInt();
        double[] velocity = new double[(int) net.numParams()];
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            double[] before = network.params();
            double regularization = net.calcRegularizationScore(true);
            net.fit(batch(network, t % batches));
            double[] now = FixtureNetwork.toArray(((BaseMultiLayerUpdater<?>) net.getUpdater()).getStateViewArray());
            double[] preconditioned = new double[now.length];
            for (int i = 0; i < now.length; i++) {
                preconditioned[i] = now[i] - momentum * velocity[i] - decay * before[i];
            }
            velocity = now;
            checks.compare(
                    "loss", fixture.tolerance(), new double[] {net.score() - regularization}, new double[] {losses[t]});
            compare("gradient", "grad_", t, watcher.gradient, fixture, layout, checks);
            compare("preconditioned gradient", "pgrad_", t, preconditioned, fixture, layout, checks);
            compare("parameters", "params_", t, network.params(), fixture, layout, checks);
        }
    }

    private static Mkor mkor(FixtureCase fixture, DataType type) {
        String inner = fixture.field(fixture.field("hyper"), "inner_optimizer").asText();
        if (!inner.equals("sgd") || fixture.hyper("grad_accum_steps") != 1 || fixture.hyper("grad_scale") != 1) {
            throw new IllegalArgumentException("inner_optimizer " + inner + ", grad_accum_steps "
                    + fixture.hyper("grad_accum_steps") + ", grad_scale " + fixture.hyper("grad_scale"));
        }
        Mkor.Builder builder = Mkor.builder()
                .base(new Momentum(fixture.hyper("lr"), fixture.hyper("momentum"), 0))
                .rule(MkorRule.REFERENCE)
                .gamma(REFERENCE_GAMMA)
                .updateInterval((int) fixture.hyper("inv_freq"))
                .warmup((int) fixture.hyper("warmup_steps"))
                .clipping(fixture.hyper("clipping_value"));
        boolean half = fixture.field(fixture.field("hyper"), "half_precision").asBoolean();
        // In the cases of double precision the names of the narrower types stand for double.
        return half && type == DataType.FLOAT
                ? builder.factorType(DataType.HALF).build()
                : builder.build();
    }

    private static void decay(MultiLayerNetwork net, double decay) {
        for (Layer layer : net.getLayers()) {
            if (decay > 0 && layer.conf().getLayer() instanceof BaseLayer configuration) {
                configuration.setRegularization(List.of(new L2Regularization(decay)));
                configuration.setRegularizationBias(List.of(new L2Regularization(decay)));
            }
        }
    }

    private static void compare(
            String quantity,
            String prefix,
            int step,
            double[] flat,
            FixtureCase fixture,
            ParameterLayout layout,
            Checks checks) {
        for (String name : layout.names()) {
            checks.compare(
                    quantity,
                    fixture.tolerance(),
                    layout.gather(name, flat),
                    fixture.array(prefix + name).row(step));
        }
    }

    private static DataSet batch(FixtureNetwork network, int i) {
        INDArray features = network.features().slice(i).dup('c');
        return new DataSet(features, network.labels().slice(i).dup('c'));
    }
}
