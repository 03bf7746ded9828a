/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.network.ParameterLayout;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.update.FusedUpdater;

/**
 * Kind {@code sophia_full_loop}: a real network trained with {@code fit} on one batch, its curvature our own gradients on
 * the recorded labels at the parameters of our own run.
 *
 * <p>Schedule {@code after} updates the curvature behind the step of its index, which is in front of the next step at the
 * same parameters; before the first update the curvature is zero.
 */
final class SophiaLoop implements CaseRunner {

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        BartlettGradients.compare(fixture, checks);
        LoopTraining training =
                new LoopTraining(fixture, DataType.DOUBLE, UpdaterConfigs.sophia(fixture, fixture.hyper("lr")));
        FixtureNetwork network = training.network();
        Map<Integer, Integer> updates = updates(fixture);
        double[] losses = fixture.array("loss").values();
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            compareLoss(network, losses[t], fixture, checks);
            compare("gradient", "grad_", t, network.meanGradient(), fixture, network.layout(), checks);
            Integer update = updates.get(t);
            training.step(
                    update == null
                            ? new double[network.layout().dimension()]
                            : squares(network, fixture.array("sampled_labels").row(update)));
            compare("parameters", "params_", t, network.params(), fixture, network.layout(), checks);
            if (update != null) {
                compare("curvature", "hessian_", update, curvature(network), fixture, network.layout(), checks);
            }
        }
        compareLoss(network, losses[losses.length - 1], fixture, checks);
    }

    /** Number of the update by the step it comes in front of. */
    private static Map<Integer, Integer> updates(FixtureCase fixture) {
        int shift = switch (fixture.text("schedule")) {
            case "before" -> 0;
            case "after" -> 1;
            default -> throw new IllegalArgumentException("schedule " + fixture.text("schedule"));
        };
        double[] steps = fixture.array("hessian_update_steps").values();
        Map<Integer, Integer> updates = new HashMap<>();
        for (int u = 0; u < steps.length; u++) {
            updates.put((int) steps[u] + shift, u);
        }
        return updates;
    }

    private static double[] squares(FixtureNetwork network, double[] classes) {
        double[] gradient = BartlettGradients.gradient(network, classes);
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] *= gradient[i];
        }
        return gradient;
    }

    private static double[] curvature(FixtureNetwork network) {
        double[] flat = new double[network.layout().dimension()];
        for (UpdaterBlock block : ((BaseMultiLayerUpdater<?>) network.net().getUpdater()).getUpdaterBlocks()) {
            double[] part = FixtureNetwork.toArray(
                    ((FusedUpdater) block.getGradientUpdater()).getState().get(Sophia.H_STATE));
            System.arraycopy(part, 0, flat, block.getParamOffsetStart(), part.length);
        }
        return flat;
    }

    private static void compare(
            String what,
            String prefix,
            int row,
            double[] actual,
            FixtureCase fixture,
            ParameterLayout layout,
            Checks checks) {
        for (String name : layout.names()) {
            checks.compare(
                    what,
                    fixture.tolerance(),
                    layout.gather(name, actual),
                    fixture.array(prefix + name).row(row));
        }
    }

    private static void compareLoss(FixtureNetwork network, double expected, FixtureCase fixture, Checks checks) {
        checks.compare("loss", fixture.tolerance(), new double[] {network.meanLoss()}, new double[] {expected});
    }
}
