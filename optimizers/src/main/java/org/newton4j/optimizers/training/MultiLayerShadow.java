/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** The twin of a {@link MultiLayerNetwork}. */
final class MultiLayerShadow extends ShadowNetwork {

    private final MultiLayerNetwork shadow;

    /**
     * Builds the twin.
     *
     * @param configuration a copy of the main network's, possibly with parts replaced; Modified
     */
    MultiLayerShadow(MultiLayerNetwork main, MultiLayerConfiguration configuration, DataType type) {
        super(type);
        configuration.setDataType(type);
        shadow = new MultiLayerNetwork(configuration);
        // castTo returns the very same array when the type is the same already.
        shadow.init(main.params().castTo(type).dup(), false);
        requireUsableLosses();
    }

    @Override
    Model network() {
        return shadow;
    }

    @Override
    void loadBatch(Model model, INDArray[] labels) {
        MultiLayerNetwork main = (MultiLayerNetwork) model;
        shadow.setInput(cast(main.getInput()));
        shadow.setLabels(cast(labels[0]));
        // The network keeps no masks of its own, only its layers do.
        for (int i = 0; i < shadow.getnLayers(); i++) {
            shadow.getLayer(i).setMaskArray(cast(main.getLayer(i).getMaskArray()));
        }
    }

    @Override
    void loadBatch(MultiDataSet batch) {
        shadow.setInput(cast(batch.getFeatures()[0]));
        shadow.setLabels(cast(batch.getLabels()[0]));
        shadow.clearLayerMaskArrays();
        shadow.setLayerMaskArrays(cast(first(batch.getFeaturesMaskArrays())), cast(first(batch.getLabelsMaskArrays())));
    }

    @Override
    void setCounts(int iteration, int epoch) {
        shadow.getLayerWiseConfigurations().setIterationCount(iteration);
        shadow.getLayerWiseConfigurations().setEpochCount(epoch);
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

    private static @Nullable INDArray first(INDArray @Nullable [] arrays) {
        return arrays == null || arrays.length == 0 ? null : arrays[0];
    }
}
