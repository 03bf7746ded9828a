/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.newton4j.optimizers.update.CurvatureConsumer;
import org.newton4j.optimizers.update.CurvatureRequest;
import org.newton4j.optimizers.update.ZeroScan;

/**
 * The blocks of a network whose updaters want curvature in this iteration, by where it comes from.
 *
 * @param hessian those fed from products with the Hessian
 * @param bartlett those fed from gradients on sampled labels
 */
record WaitingBlocks(List<UpdaterBlock> hessian, List<UpdaterBlock> bartlett) {

    /** The blocks that may want curvature, before the gradient is known. */
    static WaitingBlocks of(Model model) {
        return among(MovingBlocks.of(model), Networks.iteration(model), block -> true);
    }

    /**
     * The blocks that want curvature, once the gradient is known.
     *
     * @param model the network inside onGradientCalculation; Not modified
     */
    static WaitingBlocks afterGradient(Model model) {
        return among(MovingBlocks.of(model), Networks.iteration(model), block -> moves(model, block));
    }

    private static WaitingBlocks among(List<UpdaterBlock> blocks, int iteration, Predicate<UpdaterBlock> canBeFirst) {
        List<UpdaterBlock> hessian = new ArrayList<>();
        List<UpdaterBlock> bartlett = new ArrayList<>();
        for (UpdaterBlock block : blocks) {
            if (block.getGradientUpdater() instanceof CurvatureConsumer consumer
                    && consumer.wantsCurvature(iteration)
                    && (isDue(consumer, iteration) || canBeFirst.test(block))) {
                switch (kind(consumer)) {
                    case HUTCHINSON_DIAGONAL -> hessian.add(block);
                    case GAUSS_NEWTON_BARTLETT, SAMPLED_GRADIENT_SQUARED -> bartlett.add(block);
                }
            }
        }
        return new WaitingBlocks(hessian, bartlett);
    }

    private static boolean isDue(CurvatureConsumer consumer, int iteration) {
        return consumer.curvatureRequest().orElseThrow().isDue(iteration);
    }

    /** Whether the updater will see anything but zeros, as that of a layer that is cut off or dead does. */
    private static boolean moves(Model model, UpdaterBlock block) {
        return !ZeroScan.isZero(Networks.gradient(model)
                        .get(NDArrayIndex.interval(block.getParamOffsetStart(), block.getParamOffsetEnd())))
                || block.getLayersAndVariablesInBlock().stream().anyMatch(WaitingBlocks::isPulled);
    }

    /** Whether regularisation adds to the gradient: L1 and L2 of zeros are zeros. */
    private static boolean isPulled(UpdaterBlock.ParamState variable) {
        List<Regularization> all = variable.getLayer().getConfig().getRegularizationByParam(variable.getParamName());
        return all != null
                && variable.getParamView() != null
                && !Networks.isFrozen(variable.getLayer())
                && all.stream().anyMatch(each -> each.applyStep() == Regularization.ApplyStep.BEFORE_UPDATER)
                && !ZeroScan.isZero(variable.getParamView());
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
