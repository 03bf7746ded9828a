/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.testing.OptimizerVariants;

class MfacContractTest extends PreconditionerContract {

    @Override
    protected IUpdater updater() {
        return Mfac.builder()
                .base(base())
                .gradients(4)
                .damping(0.01)
                .storage(DataType.BFLOAT16)
                .build();
    }

    @Override
    protected List<IUpdater> variants() {
        IUpdater updater = updater();
        List<IUpdater> variants = new ArrayList<>();
        OptimizerVariants.setters(updater)
                .filter(setter -> !setter.getName().equals("memoryBudget"))
                .forEach(setter -> variants.add(OptimizerVariants.other(updater, setter)));
        // A budget chooses the window where nothing else does; beside a number it can only refuse.
        variants.add(
                Mfac.builder().base(base()).memoryBudget(20_000).damping(0.01).build());
        return variants;
    }
}
