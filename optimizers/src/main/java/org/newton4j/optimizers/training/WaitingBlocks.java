/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.newton4j.optimizers.update.CurvatureConsumer;
import org.newton4j.optimizers.update.CurvatureRequest;

/**
 * The blocks of a network whose updaters want curvature in this iteration, by where it comes from.
 *
 * @param hessian those fed from products with the Hessian
 * @param bartlett those fed from gradients on sampled labels
 */
record WaitingBlocks(List<UpdaterBlock> hessian, List<UpdaterBlock> bartlett) {

    static WaitingBlocks of(Model model) {
        int iteration = Networks.iteration(model);
        List<UpdaterBlock> hessian = new ArrayList<>();
        List<UpdaterBlock> bartlett = new ArrayList<>();
        for (UpdaterBlock block : Networks.updater(model).getUpdaterBlocks()) {
            if (block.getGradientUpdater() instanceof CurvatureConsumer consumer
                    && consumer.wantsCurvature(iteration)) {
                switch (kind(consumer)) {
                    case HUTCHINSON_DIAGONAL -> hessian.add(block);
                    case GAUSS_NEWTON_BARTLETT, SAMPLED_GRADIENT_SQUARED -> bartlett.add(block);
                }
            }
        }
        return new WaitingBlocks(hessian, bartlett);
    }

    boolean isEmpty() {
        return hessian.isEmpty() && bartlett.isEmpty();
    }

    /** Whether the sides of kinks have to be read from the passes of this iteration. */
    boolean needProducts() {
        return !hessian.isEmpty();
    }

    /** What an updater that wants curvature has asked for. */
    static CurvatureRequest.Kind kind(CurvatureConsumer consumer) {
        return consumer.curvatureRequest().orElseThrow().kind();
    }
}
