/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.testing.Budget;
import org.newton4j.optimizers.testing.Clause;
import org.newton4j.optimizers.testing.UpdaterContract;

/** Deeplearning4j's own: the contract fits updaters that know nothing of this library. */
class NesterovsContractTest extends UpdaterContract {

    @Override
    protected IUpdater updater() {
        return new Nesterovs(0.1, 0.8);
    }

    @Override
    protected List<IUpdater> variants() {
        return List.of(new Nesterovs(0.1, 0.7));
    }

    @Override
    protected Map<String, Callable<IUpdater>> nonsense() {
        return Map.of("momentum = NaN", () -> new Nesterovs(0.1, Double.NaN));
    }

    @Override
    protected Budget quadratic() {
        return Budget.constant(0.002, 4000);
    }

    @Override
    protected Budget rosenbrock() {
        return Budget.constant(0.0005, 8000);
    }

    @Override
    protected Map<Clause, String> deviations() {
        return Map.of(
                Clause.NONSENSE, "Deeplearning4j checks no hyper-parameter",
                Clause.STATE_OVERFLOW, "Deeplearning4j casts the sum of state sizes to int without a check",
                Clause.NON_FINITE_GRADIENT, "NaN stays in the momentum");
    }
}
