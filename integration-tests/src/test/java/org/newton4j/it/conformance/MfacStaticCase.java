/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.BlockedStaticMfac;
import org.newton4j.curvature.inverse.StaticMfac;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.NpyArray;

/**
 * Kinds {@code mfac_static_batch} (independent blocks) and {@code mfac_static_swap} (one block; the reference pages it,
 * which changes nothing but memory).
 */
final class MfacStaticCase implements CaseRunner {

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        DataType type = fixture.dataType();
        double damping = fixture.field("damp").asDouble();
        INDArray grads = GoldenArrays.of(fixture.array("grads"), type);
        NpyArray x = fixture.array("x");
        NpyArray expected = fixture.array("mul");
        double[] diagonal = fixture.array("diag").values();
        LinearOperator inverse;
        if (grads.rank() == 3) {
            BlockedStaticMfac blocked = BlockedStaticMfac.of(grads, damping);
            checks.compare("diagonal", fixture.tolerance(), GoldenArrays.values(blocked.diagonal()), diagonal);
            inverse = blocked;
        } else {
            StaticMfac full = new StaticMfac(grads, damping);
            checks.compare("diagonal", fixture.tolerance(), GoldenArrays.values(full.diagonal()), diagonal);
            double[] elements = new double[diagonal.length];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = full.element(i, i);
            }
            checks.compare("elements", fixture.tolerance(), elements, diagonal);
            inverse = full;
        }
        for (int i = 0; i < fixture.field("nx").asInt(); i++) {
            INDArray query = GoldenArrays.of(x.row(i), type, inverse.dimension());
            checks.compare("F^-1 x", fixture.tolerance(), GoldenArrays.product(inverse, query), expected.row(i));
        }
    }
}
