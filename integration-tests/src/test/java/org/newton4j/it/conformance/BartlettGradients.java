/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.network.ParameterLayout;
import org.newton4j.optimizers.training.GaussNewtonBartlett;

/**
 * The curvature of the kind {@code sophia_full_loop}: gradients of the mean loss on recorded labels at the recorded
 * parameters, and the average of their squares.
 */
final class BartlettGradients {

    private BartlettGradients() {}

    /** Compares gradients and averages at the recorded parameters. */
    static void compare(FixtureCase fixture, Checks checks) {
        FixtureNetwork network = FixtureNetwork.of(fixture, DataType.DOUBLE);
        ParameterLayout layout = network.layout();
        double[] steps = fixture.array("hessian_update_steps").values();
        boolean before = fixture.text("schedule").equals("before");
        double[] average = new double[layout.dimension()];
        for (int u = 0; u < steps.length; u++) {
            // Stored parameters are those after a step.
            int after = (int) steps[u] - (before ? 1 : 0);
            if (after >= 0) {
                network.net().setParams(Nd4j.createFromArray(NetworkCase.flat(fixture, layout, "params_", after)));
            }
            double[] gradient =
                    gradient(network, fixture.array("sampled_labels").row(u));
            double beta2 = fixture.beta(1);
            for (int i = 0; i < average.length; i++) {
                average[i] = beta2 * average[i] + (1 - beta2) * gradient[i] * gradient[i];
            }
            for (String name : layout.names()) {
                checks.compare(
                        "gradient on sampled labels",
                        fixture.tolerance(),
                        layout.gather(name, gradient),
                        fixture.array("hgrad_" + name).row(u));
                checks.compare(
                        "average of squares",
                        fixture.tolerance(),
                        layout.gather(name, average),
                        fixture.array("hessian_" + name).row(u));
            }
        }
    }

    /** Gradient of the mean loss on these classes at the network's parameters, flat order. */
    static double[] gradient(FixtureNetwork network, double[] classes) {
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, network.labels().shape());
        for (int n = 0; n < classes.length; n++) {
            labels.putScalar(n, (int) classes[n], 1);
        }
        GaussNewtonBartlett bartlett =
                GaussNewtonBartlett.of(network.net(), new DataSet(network.features(), network.labels()));
        INDArray gradient = Nd4j.create(DataType.DOUBLE, bartlett.dimension());
        bartlett.sampledGradient(new INDArray[] {labels}, gradient);
        return FixtureNetwork.toArray(gradient);
    }
}
