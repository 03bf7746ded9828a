/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.estimate.Eigenpairs;
import org.newton4j.curvature.estimate.HutchinsonTrace;
import org.newton4j.curvature.estimate.Lanczos;
import org.newton4j.curvature.estimate.PowerIteration;
import org.newton4j.curvature.estimate.ProbeBudget;
import org.newton4j.curvature.estimate.Probes;
import org.newton4j.curvature.estimate.ScalarEstimate;
import org.newton4j.curvature.operator.Vectors;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.Tolerance;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.training.NetworkHessian;

/**
 * Kind {@code pyhessian}: power iteration with PyHessian's habits from its start vectors, its samples of the trace and their
 * mean, and the exact largest eigenvalues by Lanczos and trace by Hutchinson, all on products of {@link NetworkHessian}.
 */
final class PyHessianCase implements CaseRunner {

    /** Probes of our own for the exact trace, and how many of its standard errors it may be away. */
    private static final int PROBES = 60;

    private static final double STANDARD_ERRORS = 5;

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        FixtureNetwork network = FixtureNetwork.of(fixture, DataType.DOUBLE);
        NetworkHessian hessian = NetworkHessian.of(network.net(), new DataSet(network.features(), network.labels()));
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
        traces(fixture, network, hessian, checks);
    }

    private static void traces(FixtureCase fixture, FixtureNetwork network, NetworkHessian hessian, Checks checks) {
        INDArray probes = rows(fixture, network, "trace_z");
        double[] samples = new double[Math.toIntExact(probes.size(0))];
        INDArray product = Nd4j.createUninitialized(DataType.DOUBLE, probes.size(1));
        for (int i = 0; i < samples.length; i++) {
            INDArray z = probes.getRow(i);
            hessian.multiply(z, product);
            samples[i] = Vectors.dot(z, product);
        }
        Tolerance tolerance = Tolerance.entrywise(
                fixture.field(fixture.field("tolerance"), "trace_samples_rtol").asDouble(), 0);
        checks.compare(
                "trace samples",
                tolerance,
                samples,
                fixture.array("trace_samples").values());
        ScalarEstimate trace = HutchinsonTrace.of(hessian, new Probes(DataType.DOUBLE, 1), ProbeBudget.exactly(PROBES));
        checks.compare(
                "trace within its error bar",
                Tolerance.entrywise(0, STANDARD_ERRORS * trace.standardError()),
                new double[] {trace.value()},
                new double[] {fixture.field("exact_trace").asDouble()});
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
}
