/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.Tolerance;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.network.ParameterLayout;

/**
 * Kind {@code adahessian_full_loop}: a real network trained on one batch, once with the recorded Hessian-vector products
 * at the case's tolerance, once with our own products of the recorded probes at 1e-4.
 */
final class AdaHessianLoop implements CaseRunner {

    private static final double OWN_LIMIT = 1e-4;

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        replayRecorded(fixture, checks);
        replayOwn(fixture, checks);
    }

    private static void replayRecorded(FixtureCase fixture, Checks checks) {
        LoopTraining training = training(fixture);
        ParameterLayout layout = training.network().layout();
        double[] losses = fixture.array("loss").values();
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            compareLoss(training.network(), losses[t], fixture.tolerance(), checks);
            double[] gradient = training.network().meanGradient();
            training.step(NetworkCase.flat(fixture, layout, "z_", t), NetworkCase.flat(fixture, layout, "Hz_", t));
            double[] params = training.network().params();
            for (String name : layout.names()) {
                checks.compare(
                        "gradient, recorded products",
                        fixture.tolerance(),
                        layout.gather(name, gradient),
                        fixture.array("grad_" + name).row(t));
                checks.compare(
                        "parameters, recorded products",
                        fixture.tolerance(),
                        layout.gather(name, params),
                        fixture.array("params_" + name).row(t));
            }
        }
        compareLoss(training.network(), losses[losses.length - 1], fixture.tolerance(), checks);
    }

    private static void compareLoss(FixtureNetwork network, double expected, Tolerance tolerance, Checks checks) {
        checks.compare(
                "loss, recorded products", tolerance, new double[] {network.meanLoss()}, new double[] {expected});
    }

    private static void replayOwn(FixtureCase fixture, Checks checks) {
        LoopTraining training = training(fixture);
        ParameterLayout layout = training.network().layout();
        double[] start = NetworkCase.savedOrder(layout, training.network().params());
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            double[] z = NetworkCase.flat(fixture, layout, "z_", t);
            double[] product = HessianProduct.of(training.network(), z);
            checks.compareNorm(
                    "Hz, own products",
                    OWN_LIMIT,
                    NetworkCase.savedOrder(layout, product),
                    NetworkCase.savedOrder(layout, NetworkCase.flat(fixture, layout, "Hz_", t)));
            training.step(z, product);
            checks.compareNorm(
                    "distance travelled, own products",
                    OWN_LIMIT,
                    minus(NetworkCase.savedOrder(layout, training.network().params()), start),
                    minus(NetworkCase.savedOrder(layout, NetworkCase.flat(fixture, layout, "params_", t)), start));
        }
    }

    private static double[] minus(double[] a, double[] b) {
        INDArray difference = Nd4j.createFromArray(a).subi(Nd4j.createFromArray(b));
        return FixtureNetwork.toArray(difference);
    }

    private static LoopTraining training(FixtureCase fixture) {
        return new LoopTraining(fixture, DataType.DOUBLE, UpdaterConfigs.adaHessian(fixture, fixture.hyper("lr")));
    }
}
