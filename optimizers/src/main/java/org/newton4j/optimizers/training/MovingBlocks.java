/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.updater.UpdaterBlock;

/** The one place that decides which blocks of a network's updater move parameters, and that frozen variables stay. */
final class MovingBlocks {

    private MovingBlocks() {}

    /**
     * The blocks that make a step in supervised training: not those of frozen layers alone, and not those of variables that
     * only layerwise pretraining moves, which Deeplearning4j passes by. Blocks with frozen variables are replaced in the
     * updater by {@link FrozenBlock}s; Deeplearning4j makes new ones whenever a learning rate is set.
     *
     * @param model the network; only the blocks of its updater are Modified
     * @return in flat order
     */
    static List<UpdaterBlock> of(Model model) {
        List<UpdaterBlock> all = Networks.updater(model).getUpdaterBlocks();
        List<UpdaterBlock> moving = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) {
            UpdaterBlock block = all.get(i);
            if (!(block instanceof FrozenBlock) && FrozenBlock.isNeededFor(block)) {
                block = new FrozenBlock(block);
                all.set(i, block);
            }
            boolean still = block instanceof FrozenBlock frozen && frozen.isEntirelyFrozen();
            if (!still && !block.skipDueToPretrainConfig(false)) {
                moving.add(block);
            }
        }
        return moving;
    }
}
