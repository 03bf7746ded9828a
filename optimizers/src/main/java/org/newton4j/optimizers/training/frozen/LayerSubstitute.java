/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.Collection;
import java.util.List;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * A layer configuration that answers as the original does and builds another layer.
 *
 * <p>The built layer sees the original as its configuration.
 */
final class LayerSubstitute extends Layer {

    private static final long serialVersionUID = 1L;

    /** Builds the layer; parameters, index and listeners are set afterwards. */
    interface Builder {

        org.deeplearning4j.nn.layers.AbstractLayer<?> build(NeuralNetConfiguration conf, DataType type);
    }

    private final Layer original;
    private final transient Builder builder;

    LayerSubstitute(Layer original, Builder builder) {
        this.original = original;
        this.builder = builder;
        setLayerName(original.getLayerName());
    }

    @Override
    public org.deeplearning4j.nn.api.Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> trainingListeners,
            int layerIndex,
            INDArray layerParamsView,
            boolean initializeParams,
            DataType networkDataType) {
        conf.setLayer(original);
        org.deeplearning4j.nn.layers.AbstractLayer<?> layer = builder.build(conf, networkDataType);
        layer.setListeners(trainingListeners);
        layer.setIndex(layerIndex);
        layer.setParamsViewArray(layerParamsView);
        layer.setParamTable(original.initializer().init(conf, layerParamsView, initializeParams));
        layer.setConf(conf);
        return layer;
    }

    @Override
    public ParamInitializer initializer() {
        return original.initializer();
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
        return original.getOutputType(layerIndex, inputType);
    }

    @Override
    public void setNIn(InputType inputType, boolean override) {
        original.setNIn(inputType, override);
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
        return original.getPreProcessorForInputType(inputType);
    }

    @Override
    public List<Regularization> getRegularizationByParam(String paramName) {
        return original.getRegularizationByParam(paramName);
    }

    @Override
    public boolean isPretrainParam(String paramName) {
        return original.isPretrainParam(paramName);
    }

    @Override
    public IUpdater getUpdaterByParam(String paramName) {
        return original.getUpdaterByParam(paramName);
    }

    @Override
    public GradientNormalization getGradientNormalization() {
        return original.getGradientNormalization();
    }

    @Override
    public double getGradientNormalizationThreshold() {
        return original.getGradientNormalizationThreshold();
    }

    @Override
    public void setDataType(DataType dataType) {
        original.setDataType(dataType);
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType inputType) {
        return original.getMemoryReport(inputType);
    }
}
