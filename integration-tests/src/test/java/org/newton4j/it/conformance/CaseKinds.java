/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Map;
import java.util.Optional;
import org.newton4j.it.fixture.FixtureCase;

/** Which kinds of golden cases can be run, and by what. */
final class CaseKinds {

    private static final Map<String, CaseRunner> RUNNERS = Map.ofEntries(
            Map.entry("elementwise_trajectory (adahessian)", new ElementwiseTrajectory()),
            Map.entry("elementwise_trajectory (diffgrad)", new ElementwiseTrajectory()),
            Map.entry("elementwise_trajectory (lion)", new ElementwiseTrajectory()),
            Map.entry("elementwise_trajectory (sophia)", new ElementwiseTrajectory()),
            Map.entry("adahessian_conv_trajectory", new ConvolutionTrajectory()),
            Map.entry("adahessian_full_loop", new AdaHessianLoop()),
            Map.entry("sophia_full_loop", new SophiaLoop()),
            Map.entry("network", new NetworkCase()),
            Map.entry("kfac_trajectory", new KfacTrajectory()),
            Map.entry("mfac_dynamic_ihvp", new MfacDynamicCase()),
            Map.entry("mfac_optimizer_trajectory", new MfacOptimizerCase()),
            Map.entry("mfac_static_batch", new MfacStaticCase()),
            Map.entry("mfac_static_swap", new MfacStaticCase()),
            Map.entry("mkor_paper_formula", new MkorFormulaCase()),
            Map.entry("mkor_exact_ema", new MkorFormulaCase()),
            Map.entry("mkor_reference_trajectory", new MkorReferenceTrajectory()),
            Map.entry("pyhessian", new PyHessianCase()));

    private CaseKinds() {}

    /** Row of the report: the kind, and the optimizer where one kind serves several. */
    static String label(FixtureCase fixture) {
        String kind = fixture.text("kind");
        return kind.equals("elementwise_trajectory") ? kind + " (" + fixture.text("optimizer") + ")" : kind;
    }

    /** What runs a case, empty if nothing does yet. */
    static Optional<CaseRunner> runner(FixtureCase fixture) {
        return Optional.ofNullable(RUNNERS.get(label(fixture)));
    }
}
