/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.testing.Budget;
import org.newton4j.optimizers.testing.UpdaterContract;

class DiffGradContractTest extends UpdaterContract {

    @Override
    protected IUpdater updater() {
        // Epsilon stands beside a root that is not bias-corrected; a larger one shows in COLD_START.
        return DiffGrad.builder()
                .learningRate(0.01)
                .beta1(0.8)
                .beta2(0.9)
                .epsilon(1e-6)
                .build();
    }

    @Override
    protected Budget quadratic() {
        return Budget.decaying(0.05, 4000).with(new DiffGrad());
    }

    @Override
    protected Budget rosenbrock() {
        return Budget.constant(0.02, 4000).with(new DiffGrad());
    }
}
