/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.function.LongSupplier;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * What has to be attached to a network besides the updater, fresh for each run.
 *
 * @param listeners for {@code net.setListeners}
 * @param extraGradients gradient evaluations made so far on top of the one of each step
 */
record Companion(List<TrainingListener> listeners, LongSupplier extraGradients) {
    static Companion none() {
        return new Companion(List.of(), () -> 0);
    }

    static Companion curvature() {
        CurvatureListener listener = new CurvatureListener();
        return new Companion(List.of(listener), listener::gradientEvaluations);
    }
}
