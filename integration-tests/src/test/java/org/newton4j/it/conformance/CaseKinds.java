/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Map;
import java.util.Optional;
import org.newton4j.it.fixture.FixtureCase;

/** Which kinds of golden cases can be run, and by what. */
final class CaseKinds {

    private static final Map<String, CaseRunner> RUNNERS = Map.of(
            "elementwise_trajectory (adahessian)", new ElementwiseTrajectory(),
            "elementwise_trajectory (diffgrad)", new ElementwiseTrajectory(),
            "elementwise_trajectory (lion)", new ElementwiseTrajectory(),
            "adahessian_conv_trajectory", new ConvolutionTrajectory(),
            "adahessian_full_loop", new AdaHessianLoop(),
            "network", new NetworkCase());

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
