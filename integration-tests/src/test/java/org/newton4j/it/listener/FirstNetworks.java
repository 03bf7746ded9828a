/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import java.util.Random;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration.ListBuilder;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Networks a first-time user may come with, small, with data that can be learned. */
enum FirstNetworks {
    /** Bytes as they are, 0 to 255. */
    MLP_RAW(u -> classifier(u, Activation.RELU, 48, 32), k -> images(k, 255, 1)),
    MLP(u -> classifier(u, Activation.RELU, 48, 32), k -> images(k, 1, 1)),
    MLP_TANH(u -> classifier(u, Activation.TANH, 48, 32), k -> images(k, 1, 1)),
    MLP_DEEP(u -> classifier(u, Activation.RELU, 32, 32, 32, 32, 32, 32), k -> images(k, 1, 1)),
    LENET(FirstNetworks::lenet, k -> images(k, 1, 1)),
    RESIDUAL(FirstNetworks::residual, k -> images(k, 1, 1)),
    AUTOENCODER(FirstNetworks::autoencoder, k -> {
        MultiDataSet images = images(k, 1, 1);
        return new MultiDataSet(images.getFeatures(0), images.getFeatures(0).dup());
    }),
    LSTM_TEXT(
            u -> recurrent(
                    u, new LSTM.Builder().nOut(24).activation(Activation.TANH).build()),
            FirstNetworks::text),
    RNN_TEXT(
            u -> recurrent(
                    u,
                    new SimpleRnn.Builder().nOut(24).activation(Activation.RELU).build()),
            FirstNetworks::text),
    REGRESSION(u -> regression(u, LossFunction.MSE), k -> numbers(k, 1)),
    LARGE_TARGETS(u -> regression(u, LossFunction.MSE), k -> numbers(k, 1000)),
    SIX_HEADS(FirstNetworks::sixHeads, k -> images(k, 1, 6)),
    MAE(u -> regression(u, LossFunction.L1), k -> numbers(k, 1)),
    HINGE(u -> regression(u, LossFunction.HINGE), k -> {
        MultiDataSet data = numbers(k, 1);
        data.setLabels(
                0,
                data.getLabels(0)
                        .gt(1)
                        .castTo(data.getLabels(0).dataType())
                        .muli(2)
                        .subi(1));
        return data;
    });

    private static final int SIDE = 12;
    private static final int CLASSES = 6;
    private static final int BATCH = 48;
    private static final int LETTERS = 27;

    private final Function<IUpdater, Model> network;
    private final Function<Integer, MultiDataSet> data;

    FirstNetworks(Function<IUpdater, Model> network, Function<Integer, MultiDataSet> data) {
        this.network = network;
        this.data = data;
    }

    Model network(IUpdater updater) {
        return network.apply(updater);
    }

    /** Batch number k, always the same. */
    MultiDataSet batch(int k) {
        return data.apply(k);
    }

    private static NeuralNetConfiguration.Builder relu(IUpdater updater) {
        return new NeuralNetConfiguration.Builder()
                .seed(7)
                .updater(updater)
                .activation(Activation.RELU)
                .weightInit(WeightInit.RELU);
    }

    private static Model classifier(IUpdater updater, Activation activation, int... units) {
        ListBuilder layers = relu(updater).activation(activation).list();
        for (int n : units) {
            layers.layer(new DenseLayer.Builder().nOut(n).build());
        }
        return init(layers.layer(softmax(CLASSES)).setInputType(InputType.feedForward(SIDE * SIDE)));
    }

    private static Model lenet(IUpdater updater) {
        return init(relu(updater)
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(6).build())
                .layer(new SubsamplingLayer.Builder()
                        .kernelSize(2, 2)
                        .stride(2, 2)
                        .build())
                .layer(new ConvolutionLayer.Builder(2, 2).nOut(8).build())
                .layer(new DenseLayer.Builder().nOut(32).build())
                .layer(softmax(CLASSES))
                .setInputType(InputType.convolutionalFlat(SIDE, SIDE, 1)));
    }

    private static Model autoencoder(IUpdater updater) {
        ListBuilder layers = relu(updater).list();
        for (int units : new int[] {48, 12, 48}) {
            layers.layer(new DenseLayer.Builder().nOut(units).build());
        }
        return init(
                layers.layer(linear(LossFunction.MSE, SIDE * SIDE)).setInputType(InputType.feedForward(SIDE * SIDE)));
    }

    private static Model regression(IUpdater updater, LossFunction loss) {
        return init(relu(updater)
                .list()
                .layer(new DenseLayer.Builder().nOut(64).build())
                .layer(new DenseLayer.Builder().nOut(64).build())
                .layer(linear(loss, 1))
                .setInputType(InputType.feedForward(8)));
    }

    private static Model recurrent(IUpdater updater, org.deeplearning4j.nn.conf.layers.Layer layer) {
        return init(relu(updater)
                .weightInit(WeightInit.XAVIER)
                .list()
                .layer(layer)
                .layer(new RnnOutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(LETTERS)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(LETTERS)));
    }

    private static Model residual(IUpdater updater) {
        GraphBuilder graph = relu(updater)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutionalFlat(SIDE, SIDE, 1))
                .addLayer("c0", convolution(2), "in")
                .addLayer(
                        "b0",
                        new BatchNormalization.Builder()
                                .activation(Activation.RELU)
                                .build(),
                        "c0");
        String last = "b0";
        for (int i = 1; i < 3; i++) {
            graph.addLayer("c" + i, convolution(1), last)
                    .addLayer(
                            "b" + i,
                            new BatchNormalization.Builder()
                                    .activation(Activation.RELU)
                                    .build(),
                            "c" + i)
                    .addVertex("a" + i, new ElementWiseVertex(ElementWiseVertex.Op.Add), last, "b" + i);
            last = "a" + i;
        }
        return init(graph.addLayer("pool", new GlobalPoolingLayer.Builder(PoolingType.AVG).build(), last)
                .addLayer("out", softmax(CLASSES), "pool")
                .setOutputs("out"));
    }

    private static Model sixHeads(IUpdater updater) {
        GraphBuilder graph = relu(updater)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutionalFlat(SIDE, SIDE, 1))
                .addLayer("c", new ConvolutionLayer.Builder(3, 3).nOut(8).build(), "in")
                .addLayer(
                        "p",
                        new SubsamplingLayer.Builder()
                                .kernelSize(2, 2)
                                .stride(2, 2)
                                .build(),
                        "c")
                .addLayer("d", new DenseLayer.Builder().nOut(32).build(), "p");
        String[] heads = new String[6];
        for (int head = 0; head < heads.length; head++) {
            heads[head] = "o" + head;
            graph.addLayer(heads[head], softmax(CLASSES), "d");
        }
        return init(graph.setOutputs(heads));
    }

    private static ConvolutionLayer convolution(int stride) {
        return new ConvolutionLayer.Builder(3, 3)
                .stride(stride, stride)
                .convolutionMode(ConvolutionMode.Same)
                .nOut(8)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static OutputLayer softmax(int classes) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nOut(classes)
                .activation(Activation.SOFTMAX)
                .weightInit(WeightInit.XAVIER)
                .build();
    }

    private static OutputLayer linear(LossFunction loss, int outputs) {
        return new OutputLayer.Builder(loss)
                .nOut(outputs)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static Model init(ListBuilder layers) {
        MultiLayerNetwork net = new MultiLayerNetwork(layers.build());
        net.init();
        return net;
    }

    private static Model init(GraphBuilder graph) {
        ComputationGraph net = new ComputationGraph(graph.build());
        net.init();
        return net;
    }

    /** A bright disc on a dark ground of noise, whose place and size are those of its class; for each head another class. */
    private static MultiDataSet images(int k, double white, int heads) {
        Random random = new Random(k);
        float[][] x = new float[BATCH][SIDE * SIDE];
        float[][][] y = new float[heads][BATCH][CLASSES];
        for (int i = 0; i < BATCH; i++) {
            int c = random.nextInt(CLASSES);
            double row = 3 + 3 * (c % 3) + random.nextGaussian();
            double column = c < 3 ? 3 : 8;
            for (int p = 0; p < SIDE * SIDE; p++) {
                double distance = Math.hypot(p / SIDE - row, p % SIDE - column);
                double light = Math.max(0, 1 - distance / (2 + c % 2))
                        + (random.nextInt(4) == 0 ? 0.3 * random.nextDouble() : 0);
                x[i][p] = (float) (white * Math.min(1, light));
            }
            for (int head = 0; head < heads; head++) {
                y[head][i][(c + head) % CLASSES] = 1;
            }
        }
        INDArray[] labels = new INDArray[heads];
        for (int head = 0; head < heads; head++) {
            labels[head] = Nd4j.createFromArray(y[head]);
        }
        return new MultiDataSet(new INDArray[] {Nd4j.createFromArray(x)}, labels);
    }

    private static MultiDataSet numbers(int k, double scale) {
        Random random = new Random(k);
        float[][] x = new float[BATCH][8];
        float[][] y = new float[BATCH][1];
        for (int i = 0; i < BATCH; i++) {
            double sum = 0;
            for (int j = 0; j < 8; j++) {
                x[i][j] = (float) random.nextGaussian();
                sum += x[i][j] * Math.cos(j);
            }
            y[i][0] = (float) (scale * (1 + Math.sin(sum)));
        }
        return new MultiDataSet(Nd4j.createFromArray(x), Nd4j.createFromArray(y));
    }

    private static MultiDataSet text(int k) {
        String text = "the quick brown fox jumps over the lazy dog and runs away from the old house by the river ";
        Random random = new Random(k);
        int length = 12;
        float[][][] x = new float[16][LETTERS][length];
        float[][][] y = new float[16][LETTERS][length];
        for (int i = 0; i < x.length; i++) {
            int start = random.nextInt(text.length());
            for (int t = 0; t < length; t++) {
                x[i][text.charAt((start + t) % text.length()) % LETTERS][t] = 1;
                y[i][text.charAt((start + t + 1) % text.length()) % LETTERS][t] = 1;
            }
        }
        return new MultiDataSet(Nd4j.createFromArray(x), Nd4j.createFromArray(y));
    }
}
