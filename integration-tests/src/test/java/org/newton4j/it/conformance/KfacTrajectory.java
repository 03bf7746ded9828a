/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.network.Momentum;
import org.newton4j.it.network.ParameterLayout;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.PreconditionerState;
import org.newton4j.optimizers.update.FactorScale;

/**
 * Kind {@code kfac_trajectory}: a real network trained by {@code fit} with {@link Kfac} in front of PyTorch's momentum.
 * Factors, KL scale, preconditioned gradients and parameters are those of kfac-pytorch, step after step.
 */
final class KfacTrajectory implements CaseRunner {

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        double learningRate = fixture.hyper("lr");
        double momentum = fixture.hyper("momentum");
        Kfac kfac = kfac(fixture, new Momentum(learningRate, momentum, 0));
        FixtureNetwork network = FixtureNetwork.of(fixture, DataType.DOUBLE, kfac, 0);
        network.net().setListeners(new CurvatureListener());
        ParameterLayout layout = network.layout();
        Set<Integer> factorSteps = steps(fixture, "factor_steps");
        double[] losses = fixture.array("loss").values();
        INDArray velocity = Nd4j.zeros(DataType.DOUBLE, layout.dimension());
        int batches = fixture.field("num_batches").asInt();
        int updates = 0;
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            DataSet batch = batch(network, t % batches);
            double loss = loss(network, batch);
            INDArray gradient = network.net()
                    .getFlattenedGradients()
                    .dup()
                    .reshape(layout.dimension())
                    .divi(batch.getFeatures().size(0));
            checks.compare("loss", fixture.tolerance(), new double[] {loss}, new double[] {losses[t]});
            compare("gradient", "grad_", t, gradient, fixture, layout, checks);

            INDArray before = network.net().params().dup().reshape(layout.dimension());
            network.net().fit(batch);

            if (factorSteps.contains(t)) {
                compareFactors(network, updates++, fixture, checks);
            }
            // p' = p - lr (momentum v + u), solved for u.
            INDArray moved = before.sub(network.net().params().reshape(layout.dimension()))
                    .divi(learningRate);
            INDArray direction = moved.sub(velocity.mul(momentum));
            velocity = moved;
            compare("preconditioned gradient", "pgrad_", t, direction, fixture, layout, checks);
            compare("parameters", "params_", t, network.net().params(), fixture, layout, checks);
        }
    }

    private static Kfac kfac(FixtureCase fixture, Momentum base) {
        boolean clipped = !fixture.field(fixture.field("hyper"), "kl_clip").isNull();
        return Kfac.builder()
                .base(base)
                .factorInterval((int) fixture.hyper("factor_update_steps"))
                .inverseInterval((int) fixture.hyper("inv_update_steps"))
                .damping(fixture.hyper("damping"))
                .decay(fixture.hyper("factor_decay"))
                .klClip(clipped ? fixture.hyper("kl_clip") : 0)
                .inverse(method(fixture))
                .scale(FactorScale.REFERENCE)
                .build();
    }

    private static void compareFactors(FixtureNetwork network, int update, FixtureCase fixture, Checks checks) {
        Map<String, INDArray> state = PreconditionerState.of(network.net());
        int q = 0;
        for (org.deeplearning4j.nn.api.Layer layer : network.net().getLayers()) {
            String name = layer.conf().getLayer().getLayerName();
            if (layer.conf().getLayer() instanceof FeedForwardLayer && state.containsKey(name + "/A")) {
                compare("A", "A_" + q, update, state.get(name + "/A"), fixture, checks);
                compare("G", "G_" + q, update, state.get(name + "/G"), fixture, checks);
                q++;
            }
        }
        if (q != state.keySet().stream().filter(key -> key.endsWith("/A")).count()) {
            throw new AssertionError("factors " + state.keySet() + ", but only " + q + " layers were compared");
        }
    }

    private static void compare(
            String quantity, String array, int row, INDArray actual, FixtureCase fixture, Checks checks) {
        checks.compare(
                quantity,
                fixture.tolerance(),
                FixtureNetwork.toArray(actual),
                fixture.array(array).row(row));
    }

    private static void compare(
            String quantity,
            String prefix,
            int step,
            INDArray flat,
            FixtureCase fixture,
            ParameterLayout layout,
            Checks checks) {
        double[] values = FixtureNetwork.toArray(flat);
        for (String name : layout.names()) {
            checks.compare(
                    quantity,
                    fixture.tolerance(),
                    layout.gather(name, values),
                    fixture.array(prefix + name).row(step));
        }
    }

    private static KroneckerInverse method(FixtureCase fixture) {
        String method = fixture.field(fixture.field("hyper"), "compute_method").asText();
        return switch (method) {
            case "inverse" -> KroneckerInverse.FACTORS;
            case "eigen" -> KroneckerInverse.EIGENBASIS;
            default -> throw new IllegalArgumentException("compute_method " + method);
        };
    }

    private static double loss(FixtureNetwork network, DataSet batch) {
        network.net().setInput(batch.getFeatures());
        network.net().setLabels(batch.getLabels());
        network.net().computeGradientAndScore();
        return network.net().score();
    }

    /** Batch number i of features [B, N, …] and labels [B, N, outputs]. */
    private static DataSet batch(FixtureNetwork network, int i) {
        return new DataSet(
                network.features().slice(i).dup('c'), network.labels().slice(i).dup('c'));
    }

    private static Set<Integer> steps(FixtureCase fixture, String name) {
        Set<Integer> steps = new TreeSet<>();
        for (double step : fixture.array(name).values()) {
            steps.add((int) step);
        }
        return steps;
    }
}
