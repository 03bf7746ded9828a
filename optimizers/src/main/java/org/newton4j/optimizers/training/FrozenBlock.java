/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.List;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * An updater block that holds frozen variables, and leaves them bit for bit where they are.
 *
 * <p>Deeplearning4j puts the variables of {@code FrozenLayerWithBackprop} into one block with trainable neighbours, adds
 * L1, L2 and weight decay to their gradient of zero and hands the result to the updater. Here they are not regularised, so
 * that whatever updater the block has sees a gradient of zero there and gathers no state, and their update is zero whatever
 * state an earlier training has left. A block of frozen variables alone does nothing: its updater asks for nothing.
 */
final class FrozenBlock extends UpdaterBlock {

    private final List<ParamState> frozen;

    /**
     * Takes the place of a block.
     *
     * @param block of the network's updater; Not modified, its state, gradient and updater are shared
     */
    FrozenBlock(UpdaterBlock block) {
        super(
                block.getParamOffsetStart(),
                block.getParamOffsetEnd(),
                block.getUpdaterViewOffsetStart(),
                block.getUpdaterViewOffsetEnd(),
                block.getLayersAndVariablesInBlock());
        setUpdaterView(block.getUpdaterView());
        setGradientView(block.getGradientView());
        setUpdaterViewRequiresInitialization(block.isUpdaterViewRequiresInitialization());
        setGradientUpdater(block.getGradientUpdater());
        frozen = block.getLayersAndVariablesInBlock().stream()
                .filter(variable -> Networks.isFrozen(variable.getLayer()))
                .toList();
    }

    /** Whether a block has variables for this class to hold. */
    static boolean isNeededFor(UpdaterBlock block) {
        return block.getParamOffsetEnd() > block.getParamOffsetStart()
                && block.getLayersAndVariablesInBlock().stream()
                        .anyMatch(variable -> Networks.isFrozen(variable.getLayer()));
    }

    boolean isEntirelyFrozen() {
        return frozen.size() == getLayersAndVariablesInBlock().size();
    }

    /** Number of parameters that stay where they are. */
    long frozenParameters() {
        return frozen.stream()
                .mapToLong(variable -> variable.getParamOffsetEnd() - (long) variable.getParamOffsetStart())
                .sum();
    }

    @Override
    public void update(int iteration, int epoch) {
        INDArray gradient = getGradientView();
        clear(gradient, getParamOffsetStart());
        if (!isEntirelyFrozen()) {
            super.update(iteration, epoch);
            clear(gradient, getParamOffsetStart());
        }
    }

    @Override
    public void updateExternalGradient(int iteration, int epoch, INDArray gradient, INDArray parameters) {
        clear(gradient, 0);
        if (!isEntirelyFrozen()) {
            super.updateExternalGradient(iteration, epoch, gradient, parameters);
            clear(gradient, 0);
        }
    }

    @Override
    protected void applyRegularization(
            Regularization.ApplyStep step,
            Trainable layer,
            String name,
            INDArray gradient,
            INDArray parameters,
            int iteration,
            int epoch,
            double learningRate) {
        if (!Networks.isFrozen(layer)) {
            super.applyRegularization(step, layer, name, gradient, parameters, iteration, epoch, learningRate);
        }
    }

    private void clear(INDArray gradient, long offset) {
        INDArray flat = Networks.flat(gradient);
        for (ParamState variable : frozen) {
            if (variable.getParamOffsetEnd() > variable.getParamOffsetStart()) {
                flat.get(NDArrayIndex.interval(
                                variable.getParamOffsetStart() - offset, variable.getParamOffsetEnd() - offset))
                        .assign(0);
            }
        }
    }
}
