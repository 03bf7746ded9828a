/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.contract;

import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.testing.Budget;
import org.newton4j.optimizers.testing.UpdaterContract;

/** A subclass in another project, against the published jars. */
class LionContractIT extends UpdaterContract {

    @Override
    protected IUpdater updater() {
        return new Lion(0.01);
    }

    @Override
    protected Budget quadratic() {
        return Budget.decaying(0.01, 4000);
    }

    @Override
    protected Budget rosenbrock() {
        return Budget.decaying(0.01, 4000);
    }
}
