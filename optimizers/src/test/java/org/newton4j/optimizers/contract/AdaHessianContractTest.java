/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.List;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.testing.Budget;
import org.newton4j.optimizers.testing.UpdaterContract;
import org.newton4j.optimizers.training.CurvatureListener;

class AdaHessianContractTest extends UpdaterContract {

    @Override
    protected IUpdater updater() {
        return AdaHessian.builder()
                .learningRate(0.01)
                .beta1(0.8)
                .beta2(0.9)
                .epsilon(1e-3)
                .hessianPower(0.9)
                .updateInterval(2)
                .spatialAveraging(false)
                .updateClip(0.75)
                .build();
    }

    @Override
    protected List<TrainingListener> listeners() {
        return List.of(new CurvatureListener());
    }

    @Override
    protected Budget quadratic() {
        return Budget.decaying(0.15, 4000).with(new AdaHessian());
    }

    @Override
    protected Budget rosenbrock() {
        return Budget.constant(1, 4000).with(AdaHessian.builder().updateClip(0).build());
    }
}
