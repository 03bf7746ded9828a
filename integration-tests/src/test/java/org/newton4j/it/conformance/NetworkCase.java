/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.NpyArray;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.network.ParameterLayout;

/**
 * Kind {@code network}: output, loss and gradient of a DOUBLE network at the case's tolerance, and Hessian-vector
 * products with ||Hz - exact|| / ||exact|| at most 1e-7 for a DOUBLE and 1e-4 for a FLOAT network.
 */
final class NetworkCase implements CaseRunner {

    private static final double DOUBLE_LIMIT = 1e-7;
    private static final double FLOAT_LIMIT = 1e-4;

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        FixtureNetwork exact = FixtureNetwork.of(fixture, DataType.DOUBLE);
        checks.compare(
                "output",
                fixture.tolerance(),
                exact.output(),
                fixture.array("out").values());
        checks.compare("loss", fixture.tolerance(), new double[] {exact.meanLoss()}, new double[] {
            fixture.field("loss").asDouble()
        });
        double[] gradient = exact.meanGradient();
        for (String name : exact.layout().names()) {
            checks.compare(
                    "gradient",
                    fixture.tolerance(),
                    exact.layout().gather(name, gradient),
                    fixture.array("grad_" + name).values());
        }
        products(fixture, exact, "Hz of a DOUBLE network", DOUBLE_LIMIT, checks);
        products(fixture, FixtureNetwork.of(fixture, DataType.FLOAT), "Hz of a FLOAT network", FLOAT_LIMIT, checks);
        GaussNewtonBlock.compare(fixture, exact, checks);
        DenseHessian.compare(fixture, exact, checks);
    }

    private static void products(
            FixtureCase fixture, FixtureNetwork network, String quantity, double limit, Checks checks) {
        String first = network.layout().names().get(0);
        int probes = Math.toIntExact(fixture.array("z_" + first).shape()[0]);
        for (int i = 0; i < probes; i++) {
            double[] z = flat(fixture, network.layout(), "z_", i);
            double[] product = HessianProduct.of(network, z);
            checks.compareNorm(
                    quantity,
                    limit,
                    savedOrder(network.layout(), product),
                    savedOrder(network.layout(), flat(fixture, network.layout(), "Hz_", i)));
        }
    }

    /** Row i of the arrays {@code prefix + parameter}, in Deeplearning4j's flat order; running statistics stay 0. */
    static double[] flat(FixtureCase fixture, ParameterLayout layout, String prefix, int row) {
        double[] flat = new double[layout.dimension()];
        for (String name : layout.names()) {
            NpyArray rows = fixture.array(prefix + name);
            layout.scatter(name, rows.row(row), flat);
        }
        return flat;
    }

    /** The saved parameters one after the other: running statistics, which a case does not know, are left out. */
    static double[] savedOrder(ParameterLayout layout, double[] flat) {
        return layout.names().stream()
                .flatMapToDouble(name -> Arrays.stream(layout.gather(name, flat)))
                .toArray();
    }
}
