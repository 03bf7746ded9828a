/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.Map;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.testing.Clause;

class KfacContractTest extends PreconditionerContract {

    @Override
    protected IUpdater updater() {
        return Kfac.builder()
                .base(base())
                .factorInterval(2)
                .inverseInterval(4)
                .decay(0.8)
                // Small enough to bound the steps of a network this small.
                .klClip(1e-6)
                .build();
    }

    @Override
    protected Map<Clause, String> deviations() {
        return Map.of(
                Clause.LAYER_LEARNING_RATE, "klClip bounds the steps of all layers together, learning rates included");
    }
}
