/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.testing.Budget;
import org.newton4j.optimizers.testing.UpdaterContract;

class LionContractTest extends UpdaterContract {

    @Override
    protected IUpdater updater() {
        return Lion.builder().learningRate(0.01).beta1(0.8).beta2(0.9).build();
    }

    @Override
    protected Budget quadratic() {
        return Budget.decaying(0.01, 4000).with(new Lion());
    }

    @Override
    protected Budget rosenbrock() {
        // Moves of constant length do not end in a minimum.
        return Budget.decaying(0.01, 4000).with(new Lion());
    }
}
