/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.newton4j.curvature.estimate.Eigenpairs;
import org.newton4j.curvature.estimate.Lanczos;
import org.newton4j.curvature.estimate.PowerIteration;
import org.newton4j.curvature.estimate.Probes;
import org.newton4j.curvature.operator.DenseOperator;
import org.newton4j.curvature.operator.Vectors;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.Tolerance;
import org.newton4j.it.network.FixtureNetwork;

/**
 * Kind {@code pyhessian}: power iteration with PyHessian's habits from its start vectors, trace samples from its probes,
 * and the exact largest eigenvalues by Lanczos.
 *
 * <p>The Hessian is written out column by column: a fourth-order difference of the DOUBLE gradient along one parameter at
 * a time. Its four points lie within twice the step, which moves a pre-activation by at most that times an input and so
 * stays below the case's kink margin; a step along a whole probe would not.
 */
final class PyHessianCase implements CaseRunner {

    private static final double LARGEST_STEP = 3e-4;

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        FixtureNetwork network = FixtureNetwork.of(fixture, DataType.DOUBLE);
        DenseOperator hessian = new DenseOperator(hessian(network, step(fixture)));
        Tolerance eigenvalues = Tolerance.entrywise(
                fixture.field(fixture.field("tolerance"), "eigenvalues_rel").asDouble(), 0);
        INDArray starts = rows(fixture, network, "start_vectors");
        Eigenpairs pairs = new PowerIteration(
                        PowerIteration.Rule.PYHESSIAN, (int) fixture.hyper("eig_max_iter"), fixture.hyper("eig_tol"))
                .find(hessian, starts);
        checks.compare(
                "eigenvalues",
                eigenvalues,
                pairs.values(),
                fixture.array("eigenvalues").values());
        Eigenpairs largest = new Lanczos(200, 1e-9).largest(hessian, new Probes(DataType.DOUBLE, 1), 5);
        checks.compare(
                "exact eigenvalues",
                eigenvalues,
                largest.values(),
                fixture.array("exact_eig_top5").values());
        INDArray probes = rows(fixture, network, "trace_z");
        double[] samples = new double[Math.toIntExact(probes.size(0))];
        INDArray product = Nd4j.createUninitialized(DataType.DOUBLE, probes.size(1));
        for (int i = 0; i < samples.length; i++) {
            INDArray z = probes.getRow(i);
            hessian.multiply(z, product);
            samples[i] = Vectors.dot(z, product);
        }
        checks.compare(
                "trace samples",
                Tolerance.entrywise(
                        fixture.field(fixture.field("tolerance"), "trace_samples_rtol")
                                .asDouble(),
                        0),
                samples,
                fixture.array("trace_samples").values());
    }

    /** Saved order is the parameters one after the other; the network has its own flat order. */
    private static INDArray rows(FixtureCase fixture, FixtureNetwork network, String name) {
        int count = Math.toIntExact(fixture.array(name).shape()[0]);
        INDArray rows =
                Nd4j.create(DataType.DOUBLE, new long[] {count, network.layout().dimension()}, 'c');
        for (int i = 0; i < count; i++) {
            double[] saved = fixture.array(name).row(i);
            double[] flat = new double[network.layout().dimension()];
            int from = 0;
            for (String parameter : network.layout().names()) {
                int length = network.layout().gather(parameter, flat).length;
                network.layout().scatter(parameter, Arrays.copyOfRange(saved, from, from + length), flat);
                from += length;
            }
            rows.getRow(i).assign(Nd4j.createFromArray(flat));
        }
        return rows;
    }

    private static double step(FixtureCase fixture) {
        double step = LARGEST_STEP;
        if (fixture.json().has("kink_margin")) {
            for (JsonNode margin : fixture.field("kink_margin")) {
                step = Math.min(step, margin.asDouble() / 8);
            }
        }
        return step;
    }

    private static INDArray hessian(FixtureNetwork network, double step) {
        double[] params = network.params();
        int d = params.length;
        double[][] columns = new double[d][d];
        for (int i = 0; i < d; i++) {
            double at = params[i];
            // Rounded to what the parameter can hold, so that the width below is exact.
            double h = at + step - at;
            double[] near = difference(network, params, i, h);
            double[] far = difference(network, params, i, 2 * h);
            for (int j = 0; j < d; j++) {
                columns[i][j] = (8 * near[j] - far[j]) / (12 * h);
            }
        }
        INDArray matrix = Nd4j.createFromArray(columns);
        return matrix.add(matrix.transpose()).muli(0.5);
    }

    private static double[] difference(FixtureNetwork network, double[] params, int i, double h) {
        double at = params[i];
        double[] above = gradient(network, params, i, at + h);
        double[] below = gradient(network, params, i, at - h);
        params[i] = at;
        for (int j = 0; j < above.length; j++) {
            above[j] -= below[j];
        }
        return above;
    }

    private static double[] gradient(FixtureNetwork network, double[] params, int i, double value) {
        params[i] = value;
        network.net().setParams(Nd4j.createFromArray(params));
        network.meanLoss();
        return network.meanGradient();
    }
}
