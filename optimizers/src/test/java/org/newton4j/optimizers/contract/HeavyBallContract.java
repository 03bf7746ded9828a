/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.testing.Budget;
import org.newton4j.optimizers.testing.UpdaterContract;

/** The contract of {@link HeavyBall} and of everything made by breaking it. */
abstract class HeavyBallContract extends UpdaterContract {

    /** Builds the updater. */
    interface Constructor {
        IUpdater make(double learningRate, double momentum);
    }

    private final Constructor constructor;

    HeavyBallContract(Constructor constructor) {
        this.constructor = constructor;
    }

    @Override
    protected IUpdater updater() {
        return constructor.make(0.05, 0.8);
    }

    @Override
    protected List<IUpdater> variants() {
        return List.of(constructor.make(0.05, 0.7));
    }

    @Override
    protected Map<String, Callable<IUpdater>> nonsense() {
        return Map.of("momentum = NaN", () -> constructor.make(0.05, Double.NaN));
    }

    @Override
    protected Budget quadratic() {
        return Budget.constant(0.002, 4000);
    }

    @Override
    protected Budget rosenbrock() {
        return Budget.constant(0.0005, 8000);
    }
}
