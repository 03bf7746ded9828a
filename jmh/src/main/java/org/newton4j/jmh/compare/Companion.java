/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * What has to be attached to a network besides the updater, fresh for each run.
 *
 * @param listeners for {@code net.setListeners}
 * @param extraGradients gradient evaluations made so far on top of the one of each step
 * @param extraBytes state kept outside Deeplearning4j's updater state, at present, given the network
 */
record Companion(List<TrainingListener> listeners, LongSupplier extraGradients, ToLongFunction<Model> extraBytes) {
    static Companion none() {
        return new Companion(List.of(), () -> 0, net -> 0);
    }

    static Companion curvature() {
        CurvatureListener listener = new CurvatureListener();
        return new Companion(List.of(listener), listener::gradientEvaluations, CurvatureListener::stateBytes);
    }
}
