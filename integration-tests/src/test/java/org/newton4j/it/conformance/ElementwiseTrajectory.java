/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.NpyArray;

/** Kind {@code elementwise_trajectory}: recorded gradients, parameters after every step and the final states. */
final class ElementwiseTrajectory implements CaseRunner {

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        NpyArray gradients = fixture.array("grads");
        NpyArray expected = fixture.array("params");
        boolean curvature = fixture.hasArray("hessian");
        boolean sampled = fixture.hasArray("hessian_grads");
        FlatTraining training = new FlatTraining(
                UpdaterConfigs.of(fixture, fixture.array("lr").values()),
                UpdaterConfigs.decay(fixture),
                fixture.array("params0").values(),
                fixture.dataType());
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            if (curvature) {
                training.acceptCurvature(fixture.array("hessian").row(t), t);
            } else if (sampled && training.wantsCurvature(t)) {
                training.acceptCurvature(sampledSquares(fixture, t), t);
            }
            training.step(gradients.row(t), t);
            checks.compare("parameters", fixture.tolerance(), training.params(), expected.row(t));
        }
        compareStates(fixture, training.state(), checks);
    }

    /**
     * Squares of the gradient on sampled labels; zeros between two updates, where the case holds decoys and an updater
     * asks only while its curvature is zero altogether.
     */
    private static double[] sampledSquares(FixtureCase fixture, int t) {
        double[] squares = fixture.array("hessian_grads").row(t);
        boolean update = t % (int) fixture.hyper("k") == 0;
        for (int i = 0; i < squares.length; i++) {
            squares[i] = update ? squares[i] * squares[i] : 0;
        }
        return squares;
    }

    /** Compares every {@code final_*} array of the case; one that no slot of the updater matches is an error. */
    static void compareStates(FixtureCase fixture, Map<String, INDArray> state, Checks checks) {
        fixture.field("arrays").fieldNames().forEachRemaining(name -> {
            if (name.startsWith("final_")) {
                checks.compare(
                        name,
                        fixture.tolerance(),
                        FlatTraining.toArray(state.get(UpdaterConfigs.slot(fixture, name))),
                        fixture.array(name).values());
            }
        });
    }
}
