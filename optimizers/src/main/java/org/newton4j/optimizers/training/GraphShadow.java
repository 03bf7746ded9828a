/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** The twin of a {@link ComputationGraph}. */
final class GraphShadow extends ShadowNetwork {

    private final ComputationGraph shadow;

    /**
     * Builds the twin.
     *
     * @param configuration a copy of the main network's, possibly with parts replaced; Modified
     */
    GraphShadow(ComputationGraph main, ComputationGraphConfiguration configuration, DataType type) {
        super(type);
        configuration.setDataType(type);
        shadow = new ComputationGraph(configuration);
        shadow.init(main.params().castTo(type).dup(), false);
        requireUsableLosses();
    }

    @Override
    Model network() {
        return shadow;
    }

    @Override
    void loadBatch(Model model, INDArray[] labels) {
        ComputationGraph main = (ComputationGraph) model;
        INDArray[] features = new INDArray[main.getNumInputArrays()];
        for (int i = 0; i < features.length; i++) {
            features[i] = main.getInput(i);
        }
        loadBatch(new org.nd4j.linalg.dataset.MultiDataSet(
                features, labels, main.getInputMaskArrays(), main.getLabelMaskArrays()));
    }

    @Override
    void loadBatch(MultiDataSet batch) {
        shadow.setInputs(castAll(batch.getFeatures()));
        shadow.setLabels(castAll(batch.getLabels()));
        shadow.clearLayerMaskArrays();
        shadow.setLayerMaskArrays(castMasks(batch.getFeaturesMaskArrays()), castMasks(batch.getLabelsMaskArrays()));
    }

    @Override
    void setCounts(int iteration, int epoch) {
        shadow.getConfiguration().setIterationCount(iteration);
        shadow.getConfiguration().setEpochCount(epoch);
    }

    @Override
    void evaluate() {
        shadow.computeGradientAndScore();
    }

    @Override
    void listen(TrainingListener... listeners) {
        shadow.setListeners(listeners);
    }

    @Override
    void clearRecurrentState() {
        shadow.rnnClearPreviousState();
    }

    private INDArray @Nullable [] castMasks(INDArray @Nullable [] masks) {
        return masks == null ? null : castAll(masks);
    }
}
