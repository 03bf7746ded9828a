/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.testing.Clause;
import org.newton4j.optimizers.testing.UpdaterContract;

/** Deeplearning4j's own: the contract fits updaters that know nothing of this library. */
class AdamContractTest extends UpdaterContract {

    @Override
    protected IUpdater updater() {
        return new Adam(0.01, 0.8, 0.9, 1e-6);
    }

    @Override
    protected List<IUpdater> variants() {
        return List.of(new Adam(0.01, 0.7, 0.9, 1e-6), new Adam(0.01, 0.8, 0.8, 1e-6), new Adam(0.01, 0.8, 0.9, 1e-3));
    }

    @Override
    protected Map<String, Callable<IUpdater>> nonsense() {
        return Map.of("beta1 = NaN", () -> new Adam(0.01, Double.NaN, 0.9, 1e-6));
    }

    @Override
    protected Map<Clause, String> deviations() {
        return Map.of(
                Clause.NONSENSE, "Deeplearning4j checks no hyper-parameter",
                Clause.STATE_OVERFLOW, "Deeplearning4j casts the sum of state sizes to int without a check",
                Clause.NON_FINITE_GRADIENT, "NaN stays in both moments",
                Clause.COLD_START, "the bias correction counts from iteration 0, whenever the moments were empty");
    }
}
