/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.DynamicMfac;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.NpyArray;

/** Kind {@code mfac_dynamic_ihvp}: the sliding window, its newest gradient by both products, and a fixed query. */
final class MfacDynamicCase implements CaseRunner {

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        DataType type = fixture.dataType();
        int d = fixture.field("d").asInt();
        DynamicMfac mfac = new DynamicMfac(
                d, fixture.field("m").asInt(), fixture.field("damp").asDouble(), type);
        INDArray grads = GoldenArrays.of(fixture.array("grads"), type);
        INDArray x = GoldenArrays.of(fixture.array("x"), type);
        NpyArray updates = fixture.array("update_mul");
        NpyArray queries = fixture.array("mul_x");
        double[] querySteps = fixture.array("mul_x_steps").values();
        int query = 0;
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            INDArray gradient = grads.getRow(t).dup();
            mfac.insert(gradient);
            checks.compare("F^-1 g", fixture.tolerance(), GoldenArrays.product(mfac, gradient), updates.row(t));
            mfac.multiplyNewest(gradient);
            checks.compare("F^-1 g, newest", fixture.tolerance(), GoldenArrays.values(gradient), updates.row(t));
            if (query < querySteps.length && querySteps[query] == t) {
                checks.compare("F^-1 x", fixture.tolerance(), GoldenArrays.product(mfac, x), queries.row(query));
                query++;
            }
        }
        if (query != querySteps.length) {
            throw new IllegalArgumentException(fixture.folder() + ": only " + query + " queries were reached");
        }
        checks.compare(
                "inner products",
                fixture.tolerance(),
                GoldenArrays.values(mfac.state().gram()),
                fixture.array("final_dots").values());
    }
}
