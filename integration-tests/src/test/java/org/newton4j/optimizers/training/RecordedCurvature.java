/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.optimizers.update.CurvatureConsumer;

/** Lets golden cases hand recorded products to the code that the listener feeds with its own. */
public final class RecordedCurvature {

    private RecordedCurvature() {}

    /** Replaces z ⊙ Hz by what the listener would push: |D|, averaged over the window of each kernel. */
    public static void average(INDArray diagonal, Model model) {
        for (ParameterLayout.Variable variable : ParameterLayout.of(model).variables()) {
            SpatialAverage.apply(variable.of(diagonal), variable.window());
        }
    }

    /** Hands a diagonal to every updater of the network that wants one for this iteration. */
    public static void push(INDArray diagonal, Model model) {
        int iteration = Networks.iteration(model);
        for (UpdaterBlock block : Networks.updater(model).getUpdaterBlocks()) {
            if (block.getGradientUpdater() instanceof CurvatureConsumer consumer
                    && consumer.wantsCurvature(iteration)) {
                consumer.acceptCurvature(
                        diagonal.get(NDArrayIndex.interval(block.getParamOffsetStart(), block.getParamOffsetEnd())),
                        iteration);
            }
        }
    }
}
