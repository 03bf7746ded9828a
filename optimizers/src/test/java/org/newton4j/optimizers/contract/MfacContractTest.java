/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.Mfac;

class MfacContractTest extends PreconditionerContract {

    @Override
    protected IUpdater updater() {
        return Mfac.builder().base(base()).gradients(4).damping(0.01).build();
    }
}
