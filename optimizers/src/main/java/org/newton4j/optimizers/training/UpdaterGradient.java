/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.newton4j.curvature.kernel.Elementwise;

/**
 * The gradient as Deeplearning4j's updaters are about to see it, ahead of time and on a copy.
 *
 * <p>After onGradientCalculation Deeplearning4j divides the sum over examples by their number, normalises or clips it layer
 * by layer, and adds L1 and L2 block by block, each block just before its own step. A preconditioner of the whole gradient
 * needs the result for all blocks before the first step, so the same is done here, with Deeplearning4j's own code for
 * clipping and regularisation.
 */
final class UpdaterGradient {

    private UpdaterGradient() {}

    /**
     * Copies the gradient, divided and clipped, without L1 and L2.
     *
     * @param model inside onGradientCalculation; Not modified
     * @param live its flat gradient, rank 1; Not modified in the end
     * @param out rank 1, length and type of the gradient; Modified
     */
    static void clipped(Model model, INDArray live, INDArray out) {
        double divisor = Networks.lossDivisor(model);
        if (Networks.trainables(model).stream().noneMatch(UpdaterGradient::normalises)) {
            if (divisor == 1) {
                out.assign(live);
            } else {
                Elementwise.quotient(live, divisor, out);
            }
            return;
        }
        // Deeplearning4j clips the live gradient and nothing else, so it lends us its place.
        out.assign(live);
        try {
            clipInPlace(model, live, divisor);
            INDArray clipped = live.dup();
            live.assign(out);
            out.assign(clipped);
        } catch (RuntimeException e) {
            live.assign(out);
            throw e;
        }
    }

    private static void clipInPlace(Model model, INDArray live, double divisor) {
        long offset = 0;
        for (Trainable trainable : Networks.trainables(model)) {
            Gradient gradient = new DefaultGradient();
            for (var entry : trainable.paramTable(false).entrySet()) {
                long end = offset + entry.getValue().length();
                if (end > offset) {
                    INDArray part = live.get(NDArrayIndex.interval(offset, end));
                    if (divisor != 1 && trainable.updaterDivideByMinibatch(entry.getKey())) {
                        part.divi(divisor);
                    }
                    gradient.setGradientFor(entry.getKey(), part);
                }
                offset = end;
            }
            if (normalises(trainable)) {
                Networks.updater(model).preApply(trainable, gradient, Networks.iteration(model));
            }
        }
    }

    private static boolean normalises(Trainable trainable) {
        TrainingConfig config = trainable.getConfig();
        return config != null
                && trainable.numParams() > 0
                && config.getGradientNormalization() != null
                && config.getGradientNormalization() != GradientNormalization.None;
    }

    /**
     * Adds L1, L2 and whatever else Deeplearning4j applies before the updater.
     *
     * @param model inside onGradientCalculation; Not modified
     * @param blocks whose variables are regularised
     * @param flat gradient of the network; Modified in the ranges of the blocks
     */
    static void regularize(Model model, List<UpdaterBlock> blocks, INDArray flat) {
        INDArray parameters = Networks.parameters(model);
        int iteration = Networks.iteration(model);
        int epoch = Networks.epoch(model);
        for (UpdaterBlock block : blocks) {
            IUpdater config = block.getGradientUpdater().getConfig();
            double learningRate = config.hasLearningRate() ? config.getLearningRate(iteration, epoch) : 1;
            for (UpdaterBlock.ParamState variable : block.getLayersAndVariablesInBlock()) {
                List<Regularization> all =
                        variable.getLayer().getConfig().getRegularizationByParam(variable.getParamName());
                if (all == null
                        || Networks.isFrozen(variable.getLayer())
                        || variable.getParamOffsetEnd() == variable.getParamOffsetStart()) {
                    continue;
                }
                for (Regularization regularization : all) {
                    if (regularization.applyStep() == Regularization.ApplyStep.BEFORE_UPDATER) {
                        var range = NDArrayIndex.interval(variable.getParamOffsetStart(), variable.getParamOffsetEnd());
                        regularization.apply(parameters.get(range), flat.get(range), learningRate, iteration, epoch);
                    }
                }
            }
        }
    }
}
