/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import java.util.Random;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Networks of a few dozen parameters and data for them. */
final class SmallNetworks {

    static final int FEATURES = 5;
    static final int CLASSES = 3;
    static final int BATCH = 8;

    private SmallNetworks() {}

    static NeuralNetConfiguration.Builder builder(IUpdater updater, DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(type)
                .weightInit(WeightInit.XAVIER)
                .activation(Activation.TANH)
                .updater(updater);
    }

    static MultiLayerNetwork mlp(IUpdater updater, DataType type) {
        return mlp(updater, type, b -> b);
    }

    /** Dense tanh, softmax output; {@code settings} adds dropout, noise, regularisation. */
    static MultiLayerNetwork mlp(
            IUpdater updater, DataType type, UnaryOperator<NeuralNetConfiguration.Builder> settings) {
        return init(settings.apply(builder(updater, type))
                .list(new DenseLayer.Builder().nIn(FEATURES).nOut(6).build(), output(6)));
    }

    /** Dense relu, batch normalisation, softmax output. */
    static MultiLayerNetwork batchNorm(IUpdater updater, DataType type) {
        return init(builder(updater, type)
                .list(
                        new DenseLayer.Builder()
                                .nIn(FEATURES)
                                .nOut(6)
                                .activation(Activation.RELU)
                                .build(),
                        new BatchNormalization.Builder().nIn(6).nOut(6).build(),
                        output(6)));
    }

    /** Convolution relu, max pooling, softmax output, on 6 x 6 images with one channel. */
    static MultiLayerNetwork cnn(IUpdater updater, DataType type) {
        return init(builder(updater, type)
                .list(
                        new ConvolutionLayer.Builder(3, 3)
                                .nIn(1)
                                .nOut(2)
                                .activation(Activation.RELU)
                                .build(),
                        new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                                .kernelSize(2, 2)
                                .stride(2, 2)
                                .build(),
                        output(8))
                .setInputType(InputType.convolutional(6, 6, 1)));
    }

    /** LSTM and a softmax at every time step; truncated after {@code segment} steps if positive. */
    static MultiLayerNetwork lstm(IUpdater updater, DataType type, int segment) {
        NeuralNetConfiguration.ListBuilder list = builder(updater, type)
                .list(
                        new LSTM.Builder().nIn(FEATURES).nOut(4).build(),
                        new RnnOutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                                .nIn(4)
                                .nOut(CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build())
                .setInputType(InputType.recurrent(FEATURES));
        if (segment > 0) {
            list.backpropType(org.deeplearning4j.nn.conf.BackpropType.TruncatedBPTT)
                    .tBPTTLength(segment);
        }
        return init(list);
    }

    /** A residual graph: two dense branches added, softmax output. */
    static ComputationGraph graph(
            IUpdater updater, DataType type, UnaryOperator<NeuralNetConfiguration.Builder> settings) {
        ComputationGraph graph = new ComputationGraph(settings.apply(builder(updater, type))
                .graphBuilder()
                .addInputs("in")
                .addLayer("left", new DenseLayer.Builder().nIn(FEATURES).nOut(6).build(), "in")
                .addLayer(
                        "right", new DenseLayer.Builder().nIn(FEATURES).nOut(6).build(), "in")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "left", "right")
                .addLayer("out", output(6), "sum")
                .setOutputs("out")
                .build());
        graph.init();
        return graph;
    }

    static OutputLayer output(int in) {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(in)
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    static MultiLayerNetwork init(NeuralNetConfiguration.ListBuilder list) {
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        return net;
    }

    /** Normal features of this shape, one-hot labels, the same for the same seed. */
    static DataSet data(long seed, DataType type, long... shape) {
        Random random = new Random(seed);
        INDArray features = gaussian(random, type, shape);
        INDArray labels = Nd4j.zeros(type, shape[0], CLASSES);
        for (long i = 0; i < shape[0]; i++) {
            labels.putScalar(i, random.nextInt(CLASSES), 1);
        }
        return new DataSet(features, labels);
    }

    static DataSet data(long seed, DataType type) {
        return data(seed, type, BATCH, FEATURES);
    }

    /** Sequences {@code [batch, features, steps]} with a label at each step. */
    static DataSet sequences(long seed, DataType type, int steps) {
        Random random = new Random(seed);
        INDArray features = gaussian(random, type, 4, FEATURES, steps);
        INDArray labels = Nd4j.zeros(type, 4, CLASSES, steps);
        for (int i = 0; i < 4; i++) {
            for (int t = 0; t < steps; t++) {
                labels.putScalar(new int[] {i, random.nextInt(CLASSES), t}, 1);
            }
        }
        return new DataSet(features, labels);
    }

    private static INDArray gaussian(Random random, DataType type, long... shape) {
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array.castTo(type);
    }
}
