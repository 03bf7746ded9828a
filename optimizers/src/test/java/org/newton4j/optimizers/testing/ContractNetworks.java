/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Networks of a few dozen parameters and data that can be learnt. */
final class ContractNetworks {

    static final int FEATURES = 5;
    static final int CLASSES = 3;
    static final int BATCH = 16;
    private static final int HIDDEN = 6;
    private static final int IMAGE = 6;

    private ContractNetworks() {}

    /** Two layers with an updater each. */
    static MultiLayerConfiguration conf(IUpdater hidden, IUpdater output, DataType type) {
        return builder(type)
                .list(
                        new DenseLayer.Builder()
                                .nIn(FEATURES)
                                .nOut(HIDDEN)
                                .updater(hidden.clone())
                                .build(),
                        output(HIDDEN).updater(output.clone()).build())
                .build();
    }

    static MultiLayerNetwork network(IUpdater hidden, IUpdater output, DataType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(conf(hidden, output, type));
        net.init();
        return net;
    }

    /** Two branches that are added, so one gradient reaches two layers. */
    static ComputationGraphConfiguration graphConf(IUpdater updater, DataType type) {
        return builder(type)
                .updater(updater)
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "left",
                        new DenseLayer.Builder().nIn(FEATURES).nOut(HIDDEN).build(),
                        "in")
                .addLayer(
                        "right",
                        new DenseLayer.Builder().nIn(FEATURES).nOut(HIDDEN).build(),
                        "in")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "left", "right")
                .addLayer("out", output(HIDDEN).build(), "sum")
                .setOutputs("out")
                .build();
    }

    static ComputationGraph graph(IUpdater updater, DataType type) {
        ComputationGraph graph = new ComputationGraph(graphConf(updater, type));
        graph.init();
        return graph;
    }

    /** A convolution and a dense layer, so that settings for either kind of layer show. */
    static MultiLayerNetwork convolutional(IUpdater updater, DataType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(builder(type)
                .updater(updater)
                .list(
                        new ConvolutionLayer.Builder(3, 3).nIn(1).nOut(2).build(),
                        new DenseLayer.Builder().nOut(HIDDEN).build(),
                        output(HIDDEN).build())
                .setInputType(InputType.convolutional(IMAGE, IMAGE, 1))
                .build());
        net.init();
        return net;
    }

    /** The class is decided by the first features, so it can be learnt. */
    static DataSet data(long seed, DataType type) {
        return learnable(seed, type, BATCH, FEATURES);
    }

    static DataSet images(long seed, DataType type) {
        return learnable(seed, type, BATCH, 1, IMAGE, IMAGE);
    }

    static void fit(Model model, DataSet batch) {
        if (model instanceof MultiLayerNetwork net) {
            net.fit(batch);
        } else {
            ((ComputationGraph) model).fit(batch);
        }
    }

    static double score(Model model, DataSet batch) {
        return model instanceof MultiLayerNetwork net ? net.score(batch) : ((ComputationGraph) model).score(batch);
    }

    static <M extends Model> M listen(M model, List<TrainingListener> listeners) {
        if (!listeners.isEmpty()) {
            model.setListeners(listeners.toArray(new TrainingListener[0]));
        }
        return model;
    }

    static BaseMultiLayerUpdater<?> updater(Model model) {
        return model instanceof MultiLayerNetwork net
                ? (BaseMultiLayerUpdater<?>) net.getUpdater()
                : ((ComputationGraph) model).getUpdater();
    }

    static int blocks(Model model) {
        return updater(model).getUpdaterBlocks().size();
    }

    static int iteration(Model model) {
        return model instanceof MultiLayerNetwork net
                ? net.getIterationCount()
                : ((ComputationGraph) model).getIterationCount();
    }

    static double[] params(Model model) {
        return Trial.values(model.params());
    }

    /** The updater state as one vector, empty if there is none. */
    static double[] state(Model model) {
        @Nullable INDArray view = updater(model).getStateViewArray();
        return view == null ? new double[0] : Trial.values(view);
    }

    private static NeuralNetConfiguration.Builder builder(DataType type) {
        return new NeuralNetConfiguration.Builder().seed(7).dataType(type).activation(Activation.TANH);
    }

    private static OutputLayer.Builder output(int in) {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(in)
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX);
    }

    private static DataSet learnable(long seed, DataType type, int... shape) {
        Random random = new Random(seed);
        INDArray features = Nd4j.create(
                DataType.DOUBLE, java.util.Arrays.stream(shape).asLongStream().toArray());
        INDArray labels = Nd4j.zeros(type, BATCH, CLASSES);
        long each = features.length() / BATCH;
        for (int i = 0; i < BATCH; i++) {
            int largest = 0;
            double value = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < each; j++) {
                double x = random.nextGaussian();
                features.putScalar(i * each + j, x);
                if (j < CLASSES && x > value) {
                    largest = j;
                    value = x;
                }
            }
            labels.putScalar(i, largest, 1);
        }
        return new DataSet(features.castTo(type), labels);
    }
}
