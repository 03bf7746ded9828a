/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.List;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.testing.Budget;
import org.newton4j.optimizers.testing.UpdaterContract;
import org.newton4j.optimizers.training.CurvatureListener;

class SophiaContractTest extends UpdaterContract {

    @Override
    protected IUpdater updater() {
        return Sophia.builder()
                .learningRate(0.01)
                .beta1(0.8)
                .beta2(0.9)
                .rho(0.5)
                .updateInterval(2)
                .batchFactor(3)
                .build();
    }

    @Override
    protected List<TrainingListener> listeners() {
        return List.of(new CurvatureListener());
    }

    @Override
    protected Budget quadratic() {
        return Budget.decaying(0.01, 4000).with(new Sophia());
    }

    @Override
    protected Budget rosenbrock() {
        return Budget.constant(0.05, 4000).with(new Sophia());
    }
}
