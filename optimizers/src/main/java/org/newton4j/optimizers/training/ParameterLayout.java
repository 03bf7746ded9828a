/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.params.CenterLossParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Where each variable of a network lies in the flat vectors, and what curvature code must know of it.
 *
 * @param variables in flat order, without gaps
 * @param layers those with parameters, in flat order
 * @param labels another for each of {@code layers}, the {@link Variable#layer} of its variables
 */
record ParameterLayout(List<Variable> variables, List<LayerPlace> layers, List<String> labels) {

    /**
     * One variable.
     *
     * @param layer label of the layer, another for each
     * @param name Deeplearning4j's name of the variable, such as {@code W}
     * @param start first flat index
     * @param end one past the last flat index
     * @param trainable false where the "gradient" is none: frozen layers, batch-norm statistics, class centers, what
     *     only layerwise pretraining moves
     * @param window how the entries of one convolution kernel lie; {@link Window#NONE} for every other variable
     * @param l2 coefficient of L2 regularisation, which belongs to the objective the updater sees
     */
    record Variable(String layer, String name, long start, long end, boolean trainable, Window window, double l2) {

        INDArray of(INDArray flatVector) {
            return flatVector.get(NDArrayIndex.interval(start, end));
        }
    }

    /**
     * The entries of one convolution kernel inside its variable.
     *
     * @param size number of entries, the product of the spatial dimensions, 1 for none
     * @param leading true if the spatial dimensions come first, so that the entries of one kernel lie apart
     */
    record Window(long size, boolean leading) {

        static final Window NONE = new Window(1, false);
    }

    static ParameterLayout of(Model model) {
        List<Variable> variables = new ArrayList<>();
        long offset = 0;
        List<LayerPlace> places = LayerPlace.of(model);
        List<LayerPlace> layers =
                places.stream().filter(LayerPlace::hasParameters).toList();
        List<String> labels = LayerPlace.labels(layers, places);
        int index = 0;
        for (Trainable trainable : Networks.trainables(model)) {
            TrainingConfig config = trainable.getConfig();
            while (index < layers.size() && layers.get(index).end() <= offset) {
                index++;
            }
            for (Map.Entry<String, INDArray> entry : trainable.paramTable(false).entrySet()) {
                String name = entry.getKey();
                INDArray values = entry.getValue();
                long end = offset + values.length();
                variables.add(new Variable(
                        index < labels.size() ? labels.get(index) : "",
                        name,
                        offset,
                        end,
                        isTrainable(trainable, name),
                        window(trainable, values),
                        l2(config, name, model)));
                offset = end;
            }
        }
        return new ParameterLayout(List.copyOf(variables), layers, labels);
    }

    long length() {
        return variables.isEmpty() ? 0 : variables.get(variables.size() - 1).end();
    }

    /** Writes 0 where the network has no gradient to differentiate. */
    void clearUntrainable(INDArray flatVector) {
        for (Variable variable : variables) {
            if (!variable.trainable()) {
                variable.of(flatVector).assign(0);
            }
        }
    }

    private static boolean isTrainable(Trainable trainable, String name) {
        // False exactly for batch-norm mean and variance, whose "gradients" are running-average updates.
        if (!trainable.updaterDivideByMinibatch(name) || Networks.isFrozen(trainable)) {
            return false;
        }
        // The decoder of an autoencoder: supervised training has no gradient for it and does not move it.
        if (trainable.getConfig() != null && trainable.getConfig().isPretrainParam(name)) {
            return false;
        }
        Layer layer = Networks.layer(trainable);
        return !(layer != null
                && layer.conf() != null
                && layer.conf().getLayer() instanceof CenterLossOutputLayer
                && CenterLossParamInitializer.CENTER_KEY.equals(name));
    }

    /**
     * Convolution weights lie in C order and are {@code [out, in, k…]} (2-D deconvolution {@code [in, out, k…]});
     * depthwise 2-D and deconvolution 3-D put the spatial dimensions first. So does 1-D convolution: its table says
     * {@code [out, in, k, 1]}, but {@code Convolution1DUtils.reshapeWeightArrayOrGradientForFormat} reads the same
     * memory as {@code [k, in, out]}.
     */
    private static Window window(Trainable trainable, INDArray values) {
        Layer layer = Networks.layer(trainable);
        if (layer == null
                || layer.conf() == null
                || !(layer.conf().getLayer() instanceof ConvolutionLayer configuration)
                || values.rank() < 3
                || values.ordering() != 'c') {
            return Window.NONE;
        }
        boolean leadingShape =
                configuration instanceof DepthwiseConvolution2D || configuration instanceof Deconvolution3D;
        int first = leadingShape ? 0 : 2;
        int end = leadingShape ? values.rank() - 2 : values.rank();
        long size = 1;
        for (int dimension = first; dimension < end; dimension++) {
            size *= values.size(dimension);
        }
        return new Window(size, leadingShape || configuration instanceof Convolution1DLayer);
    }

    private static double l2(TrainingConfig config, String name, Model model) {
        List<Regularization> all = config == null ? null : config.getRegularizationByParam(name);
        double sum = 0;
        if (all != null) {
            for (Regularization regularization : all) {
                if (regularization instanceof L2Regularization l2) {
                    sum += l2.getL2().valueAt(Networks.iteration(model), Networks.epoch(model));
                }
            }
        }
        return sum;
    }
}
