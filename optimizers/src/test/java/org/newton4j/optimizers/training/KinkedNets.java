/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.AlphaDropout;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.dropout.SpatialDropout;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** One small network for each part with kinks, with a batch. */
final class KinkedNets {

    private static final int BATCH = 6;

    private KinkedNets() {}

    /** A network and its batch. */
    record Net(Model model, MultiDataSet batch) {

        INDArray parameters() {
            return Networks.parameters(model);
        }
    }

    /** Makes the network in a precision, with an updater. */
    interface Recipe {

        Net make(DataType type, Supplier<IUpdater> updater);

        default Net make(DataType type) {
            return make(type, () -> new Sgd(0.1));
        }
    }

    /** Every recipe whose kinks can be frozen, by name. */
    static Map<String, Recipe> all() {
        Map<String, Recipe> nets = new LinkedHashMap<>();
        for (Activation activation : new Activation[] {
            Activation.RELU,
            Activation.LEAKYRELU,
            Activation.RELU6,
            Activation.HARDTANH,
            Activation.HARDSIGMOID,
            Activation.THRESHOLDEDRELU,
            Activation.SELU,
            Activation.RECTIFIEDTANH,
            Activation.ELU
        }) {
            nets.put("dense " + activation, dense(activation.getActivationFunction()));
        }
        nets.put("dense thresholded relu 0.1", dense(new ActivationThresholdedReLU(0.1)));
        nets.put("dense leaky relu 0.3", dense(new ActivationLReLU(0.3)));
        nets.put("dense leaky relu -0.3", dense(new ActivationLReLU(-0.3)));
        nets.put("dense relu slope", dense(new ActivationReLU(null, null, 0.2)));
        nets.put("dense relu max", dense(new ActivationReLU(1.0, null, null)));
        nets.put("dense relu max, threshold and slope", dense(new ActivationReLU(1.0, 0.1, 0.2)));
        nets.put("dense relu threshold and slope", dense(new ActivationReLU(null, 0.1, 0.2)));
        for (LossFunction loss : new LossFunction[] {
            LossFunction.L1,
            LossFunction.MEAN_ABSOLUTE_ERROR,
            LossFunction.MEAN_ABSOLUTE_PERCENTAGE_ERROR,
            LossFunction.HINGE
        }) {
            nets.put("loss " + loss, outputOf(Activation.TANH, loss));
        }
        nets.put("relu output", outputOf(Activation.RELU, LossFunction.MSE));
        nets.put("squared loss", outputOf(Activation.IDENTITY, LossFunction.MSE));
        nets.put(
                "pool 2x2",
                pooled(CNN2DFormat.NCHW, pool().kernelSize(2, 2).stride(2, 2).build()));
        nets.put(
                "pool 3x3 s2 same",
                pooled(
                        CNN2DFormat.NCHW,
                        pool().kernelSize(3, 3)
                                .stride(2, 2)
                                .convolutionMode(ConvolutionMode.Same)
                                .build()));
        nets.put(
                "pool 3x2 s1 padded",
                pooled(
                        CNN2DFormat.NCHW,
                        pool().kernelSize(3, 2).stride(1, 2).padding(1, 0).build()));
        nets.put(
                "pool strict",
                pooled(
                        CNN2DFormat.NCHW,
                        pool().kernelSize(2, 2)
                                .stride(1, 1)
                                .convolutionMode(ConvolutionMode.Strict)
                                .build()));
        nets.put(
                "pool dilated",
                pooled(
                        CNN2DFormat.NCHW,
                        pool().kernelSize(2, 2).stride(1, 1).dilation(2, 2).build()));
        nets.put(
                "pool channels last",
                pooled(CNN2DFormat.NHWC, pool().kernelSize(2, 2).stride(2, 2).build()));
        nets.put(
                "pool channels last same",
                pooled(
                        CNN2DFormat.NHWC,
                        pool().kernelSize(3, 3)
                                .stride(2, 2)
                                .convolutionMode(ConvolutionMode.Same)
                                .build()));
        nets.put(
                "pool average",
                pooled(
                        CNN2DFormat.NCHW,
                        new SubsamplingLayer.Builder(PoolingType.AVG)
                                .kernelSize(2, 2)
                                .stride(2, 2)
                                .build()));
        nets.put("global max pool", pooled(CNN2DFormat.NCHW, new GlobalPoolingLayer.Builder(PoolingType.MAX).build()));
        nets.put(
                "global max pool not collapsed",
                pooled(
                        CNN2DFormat.NCHW,
                        new GlobalPoolingLayer.Builder(PoolingType.MAX)
                                .collapseDimensions(false)
                                .build()));
        nets.put(
                "pool 1d",
                sequence(
                        new Subsampling1DLayer.Builder(PoolingType.MAX)
                                .kernelSize(2)
                                .stride(2)
                                .build(),
                        false));
        nets.put(
                "pool 1d same",
                sequence(
                        new Subsampling1DLayer.Builder(PoolingType.MAX)
                                .kernelSize(3)
                                .stride(2)
                                .convolutionMode(ConvolutionMode.Same)
                                .build(),
                        false));
        nets.put(
                "global max pool of sequences",
                sequence(new GlobalPoolingLayer.Builder(PoolingType.MAX).build(), false));
        nets.put(
                "global max pool of masked sequences",
                sequence(new GlobalPoolingLayer.Builder(PoolingType.MAX).build(), true));
        nets.put("pool 3d", pooled3d(Convolution3D.DataFormat.NCDHW, ConvolutionMode.Truncate));
        nets.put("pool 3d same", pooled3d(Convolution3D.DataFormat.NCDHW, ConvolutionMode.Same));
        nets.put("prelu", prelu());
        nets.put("prelu shared", preluShared());
        nets.put("lenet", lenet(3, 4, 12, 10, false));
        nets.put("lenet with batch norm", lenet(3, 4, 12, 10, true));
        nets.put("residual graph", residual(ElementWiseVertex.Op.Add));
        nets.put("max vertex", residual(ElementWiseVertex.Op.Max));
        nets.put("dropout", dropout(null));
        nets.put("dropout layer", dropoutLayer());
        nets.put("dropout hard tanh", dropoutHardTanh());
        nets.put("dropout graph", dropoutGraph(false, 0));
        nets.put("dropout graph with dropout at its output", dropoutGraph(false, 0.8));
        nets.put("dropout graph with two readers", dropoutGraph(true, 0));
        nets.put("alpha dropout", dropout(new AlphaDropout(0.8)));
        nets.put("gaussian dropout", dropout(new GaussianDropout(0.3)));
        nets.put("gaussian noise", dropout(new GaussianNoise(0.2)));
        nets.put("spatial dropout", spatialDropout());
        nets.put("drop connect", dropConnect());
        nets.put(
                "lstm hard gates",
                recurrent(new LSTM.Builder()
                        .nIn(3)
                        .nOut(4)
                        .gateActivationFunction(Activation.HARDSIGMOID)
                        .activation(Activation.HARDTANH)
                        .build()));
        nets.put(
                "simple rnn relu",
                recurrent(new SimpleRnn.Builder()
                        .nIn(3)
                        .nOut(4)
                        .activation(Activation.RELU)
                        .build()));
        nets.put(
                "bidirectional relu",
                recurrent(new Bidirectional(
                        Bidirectional.Mode.ADD,
                        new SimpleRnn.Builder()
                                .nIn(3)
                                .nOut(4)
                                .activation(Activation.RELU)
                                .build())));
        nets.put("last time step relu", lastTimeStep());
        nets.put("relu between backpropagated frozen layers", frozenMiddle());
        nets.put("truncated backpropagation lstm and relu", truncated());
        return nets;
    }

    static Recipe dense(IActivation activation) {
        return (type, updater) -> mlp(
                type,
                updater,
                list -> list.layer(new DenseLayer.Builder()
                                .nIn(8)
                                .nOut(12)
                                .activation(activation)
                                .build())
                        .layer(new DenseLayer.Builder()
                                .nIn(12)
                                .nOut(10)
                                .activation(activation)
                                .build())
                        .layer(softmax(10)));
    }

    static Recipe outputOf(Activation activation, LossFunction loss) {
        return (type, updater) -> mlp(
                type,
                updater,
                list -> list.layer(new DenseLayer.Builder()
                                .nIn(8)
                                .nOut(12)
                                .activation(Activation.RELU)
                                .build())
                        .layer(new OutputLayer.Builder(loss)
                                .nIn(12)
                                .nOut(3)
                                .activation(activation)
                                .build()),
                loss == LossFunction.MEAN_ABSOLUTE_PERCENTAGE_ERROR ? 0.5 : 0);
    }

    static Recipe prelu() {
        return (type, updater) -> mlp(
                type,
                updater,
                list -> list.layer(new DenseLayer.Builder()
                                .nIn(8)
                                .nOut(12)
                                .activation(Activation.IDENTITY)
                                .build())
                        .layer(new PReLULayer.Builder().inputShape(12).build())
                        .layer(softmax(12)));
    }

    static Recipe preluShared() {
        return (type, updater) -> image(
                type,
                updater,
                1,
                6,
                CNN2DFormat.NCHW,
                list -> list.layer(new ConvolutionLayer.Builder(2, 2)
                                .nOut(3)
                                .activation(Activation.IDENTITY)
                                .build())
                        .layer(new PReLULayer.Builder()
                                .inputShape(3, 5, 5)
                                .sharedAxes(3)
                                .build())
                        .layer(softmax(0)));
    }

    static Recipe dropout(IDropout noise) {
        return (type, updater) -> mlp(type, updater, list -> {
            DenseLayer.Builder first = new DenseLayer.Builder().nIn(8).nOut(12).activation(Activation.RELU);
            DenseLayer.Builder second =
                    new DenseLayer.Builder().nIn(12).nOut(10).activation(Activation.RELU);
            OutputLayer.Builder output =
                    new OutputLayer.Builder(LossFunction.MCXENT).nIn(10).nOut(3).activation(Activation.SOFTMAX);
            if (noise == null) {
                return list.layer(first.dropOut(0.8).build())
                        .layer(second.dropOut(0.7).build())
                        .layer(output.dropOut(0.9).build());
            }
            return list.layer(first.build())
                    .layer(second.dropOut(noise).build())
                    .layer(output.build());
        });
    }

    static Recipe dropoutLayer() {
        return (type, updater) -> mlp(
                type,
                updater,
                list -> list.layer(new DenseLayer.Builder()
                                .nIn(8)
                                .nOut(12)
                                .activation(Activation.RELU)
                                .build())
                        .layer(new DropoutLayer.Builder(0.7).build())
                        .layer(softmax(12)));
    }

    static Recipe dropoutHardTanh() {
        return (type, updater) -> mlp(
                type,
                updater,
                list -> list.layer(new DenseLayer.Builder()
                                .nIn(8)
                                .nOut(12)
                                .activation(Activation.HARDTANH)
                                .build())
                        .layer(new DenseLayer.Builder()
                                .nIn(12)
                                .nOut(10)
                                .activation(Activation.RELU6)
                                .dropOut(0.7)
                                .build())
                        .layer(softmax(10)));
    }

    static Recipe dropConnect() {
        return (type, updater) -> mlp(
                type,
                updater,
                list -> list.layer(new DenseLayer.Builder()
                                .nIn(8)
                                .nOut(12)
                                .activation(Activation.RELU)
                                .weightNoise(new DropConnect(0.8))
                                .build())
                        .layer(softmax(12)));
    }

    static Recipe frozenMiddle() {
        return (type, updater) -> mlp(
                type,
                updater,
                list -> list.layer(new DenseLayer.Builder()
                                .nIn(8)
                                .nOut(12)
                                .activation(Activation.RELU)
                                .build())
                        .layer(new FrozenLayerWithBackprop(new DenseLayer.Builder()
                                .nIn(12)
                                .nOut(10)
                                .activation(Activation.RELU)
                                .build()))
                        .layer(softmax(10)));
    }

    static Recipe pooled(CNN2DFormat format, Layer pooling) {
        return (type, updater) -> image(type, updater, 2, 7, format, list -> {
            ConvolutionLayer.Builder convolution = new ConvolutionLayer.Builder(2, 2)
                    .nOut(3)
                    .activation(Activation.TANH)
                    .dataFormat(format);
            if (pooling instanceof SubsamplingLayer subsampling) {
                subsampling.setCnn2dDataFormat(format);
            }
            list.layer(convolution.build()).layer(pooling);
            if (pooling instanceof GlobalPoolingLayer) {
                list.layer(new DenseLayer.Builder()
                        .nOut(5)
                        .activation(Activation.RELU)
                        .build());
            }
            return list.layer(softmax(0));
        });
    }

    static Recipe lenet(int first, int second, int hidden, int size, boolean norm) {
        return (type, updater) -> image(type, updater, 1, size, CNN2DFormat.NCHW, list -> {
            list.layer(new ConvolutionLayer.Builder(3, 3)
                    .nOut(first)
                    .activation(norm ? Activation.IDENTITY : Activation.RELU)
                    .build());
            if (norm) {
                list.layer(new BatchNormalization.Builder().build()).layer(new ActivationLayer(Activation.RELU));
            }
            return list.layer(pool().kernelSize(2, 2).stride(2, 2).build())
                    .layer(new ConvolutionLayer.Builder(2, 2)
                            .nOut(second)
                            .activation(Activation.RELU)
                            .build())
                    .layer(pool().kernelSize(2, 2).stride(1, 1).build())
                    .layer(new DenseLayer.Builder()
                            .nOut(hidden)
                            .activation(Activation.RELU)
                            .build())
                    .layer(softmax(0));
        });
    }

    static Recipe spatialDropout() {
        return (type, updater) -> image(
                type,
                updater,
                1,
                7,
                CNN2DFormat.NCHW,
                list -> list.layer(new ConvolutionLayer.Builder(2, 2)
                                .nOut(4)
                                .activation(Activation.RELU)
                                .build())
                        .layer(new ConvolutionLayer.Builder(2, 2)
                                .nOut(3)
                                .activation(Activation.RELU)
                                .dropOut(new SpatialDropout(0.7))
                                .build())
                        .layer(softmax(0)));
    }

    static Recipe pooled3d(Convolution3D.DataFormat format, ConvolutionMode mode) {
        return (type, updater) -> {
            MultiLayerNetwork net = new MultiLayerNetwork(base(type, updater)
                    .list()
                    .layer(new Convolution3D.Builder(2, 2, 2)
                            .nIn(1)
                            .nOut(2)
                            .dataFormat(format)
                            .activation(Activation.TANH)
                            .build())
                    .layer(new Subsampling3DLayer.Builder(PoolingType.MAX)
                            .kernelSize(2, 2, 2)
                            .stride(2, 2, 2)
                            .convolutionMode(mode)
                            .dataFormat(format)
                            .build())
                    .layer(softmax(0))
                    .setInputType(InputType.convolutional3D(format, 6, 5, 6, 1))
                    .build());
            net.init();
            return new Net(net, new MultiDataSet(random(type, 5, BATCH, 1, 6, 5, 6), oneHot(type, BATCH)));
        };
    }

    static Recipe sequence(Layer pooling, boolean masked) {
        return (type, updater) -> {
            NeuralNetConfiguration.ListBuilder list = base(type, updater)
                    .list()
                    .layer(new Convolution1DLayer.Builder(2)
                            .nOut(4)
                            .convolutionMode(ConvolutionMode.Same)
                            .activation(Activation.TANH)
                            .build())
                    .layer(pooling);
            if (!(pooling instanceof GlobalPoolingLayer)) {
                list.layer(new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
            }
            MultiLayerNetwork net = new MultiLayerNetwork(list.layer(softmax(0))
                    .setInputType(InputType.recurrent(3, 8))
                    .build());
            net.init();
            INDArray mask = masked ? mask(type, 8) : null;
            return new Net(
                    net,
                    new MultiDataSet(
                            new INDArray[] {random(type, 5, BATCH, 3, 8)},
                            new INDArray[] {oneHot(type, BATCH)},
                            mask == null ? null : new INDArray[] {mask},
                            null));
        };
    }

    static Recipe recurrent(Layer layer) {
        return (type, updater) -> {
            MultiLayerNetwork net = new MultiLayerNetwork(base(type, updater)
                    .list()
                    .layer(layer)
                    .layer(new RnnOutputLayer.Builder(LossFunction.MCXENT)
                            .nIn(4)
                            .nOut(3)
                            .activation(Activation.SOFTMAX)
                            .build())
                    .setInputType(InputType.recurrent(3, 5))
                    .build());
            net.init();
            scale(net, 1.5);
            return new Net(net, sequences(type, 5, true));
        };
    }

    static Recipe lastTimeStep() {
        return (type, updater) -> {
            MultiLayerNetwork net = new MultiLayerNetwork(base(type, updater)
                    .list()
                    .layer(new LastTimeStep(new SimpleRnn.Builder()
                            .nIn(3)
                            .nOut(6)
                            .activation(Activation.RELU)
                            .build()))
                    .layer(new DenseLayer.Builder()
                            .nIn(6)
                            .nOut(5)
                            .activation(Activation.RELU)
                            .build())
                    .layer(softmax(5))
                    .build());
            net.init();
            return new Net(net, new MultiDataSet(random(type, 5, BATCH, 3, 8), oneHot(type, BATCH)));
        };
    }

    static Recipe truncated() {
        return (type, updater) -> {
            MultiLayerNetwork net = new MultiLayerNetwork(base(type, updater)
                    .list()
                    .layer(new LSTM.Builder()
                            .nIn(3)
                            .nOut(4)
                            .activation(Activation.TANH)
                            .build())
                    .layer(new DenseLayer.Builder()
                            .nIn(4)
                            .nOut(4)
                            .activation(Activation.RELU)
                            .build())
                    .layer(new RnnOutputLayer.Builder(LossFunction.MCXENT)
                            .nIn(4)
                            .nOut(3)
                            .activation(Activation.SOFTMAX)
                            .build())
                    .setInputType(InputType.recurrent(3, 8))
                    .backpropType(BackpropType.TruncatedBPTT)
                    .tBPTTLength(3)
                    .build());
            net.init();
            return new Net(net, sequences(type, 8, true));
        };
    }

    static Recipe residual(ElementWiseVertex.Op op) {
        return (type, updater) -> {
            ComputationGraphConfiguration conf = base(type, updater)
                    .graphBuilder()
                    .addInputs("in")
                    .setInputTypes(InputType.convolutional(8, 8, 1))
                    .addLayer(
                            "c1",
                            new ConvolutionLayer.Builder(3, 3)
                                    .nOut(3)
                                    .convolutionMode(ConvolutionMode.Same)
                                    .activation(Activation.IDENTITY)
                                    .build(),
                            "in")
                    .addLayer("b1", new BatchNormalization.Builder().build(), "c1")
                    .addLayer("r1", new ActivationLayer(Activation.RELU), "b1")
                    .addLayer(
                            "c2",
                            new ConvolutionLayer.Builder(3, 3)
                                    .nOut(3)
                                    .convolutionMode(ConvolutionMode.Same)
                                    .activation(Activation.TANH)
                                    .build(),
                            "r1")
                    .addVertex("sum", new ElementWiseVertex(op), "r1", "c2")
                    .addLayer(
                            "pool",
                            pool().kernelSize(3, 3)
                                    .stride(2, 2)
                                    .convolutionMode(ConvolutionMode.Same)
                                    .build(),
                            "sum")
                    .addLayer(
                            "c3",
                            new ConvolutionLayer.Builder(3, 3)
                                    .nOut(4)
                                    .activation(Activation.RELU)
                                    .build(),
                            "pool")
                    .addLayer("global", new GlobalPoolingLayer.Builder(PoolingType.MAX).build(), "c3")
                    .addLayer("out", softmax(0), "global")
                    .setOutputs("out")
                    .build();
            ComputationGraph graph = new ComputationGraph(conf);
            graph.init();
            return new Net(graph, new MultiDataSet(random(type, 5, BATCH, 1, 8, 8), oneHot(type, BATCH)));
        };
    }

    static Recipe dropoutGraph(boolean twoReaders, double atOutput) {
        return (type, updater) -> {
            ComputationGraphConfiguration conf = base(type, updater)
                    .graphBuilder()
                    .addInputs("in")
                    .addLayer(
                            "d1",
                            new DenseLayer.Builder()
                                    .nIn(8)
                                    .nOut(10)
                                    .activation(Activation.RELU)
                                    .build(),
                            "in")
                    .addLayer(
                            "d2",
                            new DenseLayer.Builder()
                                    .nIn(10)
                                    .nOut(10)
                                    .activation(Activation.RELU)
                                    .dropOut(0.7)
                                    .build(),
                            "d1")
                    .addLayer(
                            "d3",
                            new DenseLayer.Builder()
                                    .nIn(twoReaders ? 10 : 8)
                                    .nOut(10)
                                    .activation(Activation.LEAKYRELU)
                                    .dropOut(0.6)
                                    .build(),
                            twoReaders ? "d1" : "in")
                    .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "d2", "d3")
                    .addLayer(
                            "out",
                            new OutputLayer.Builder(LossFunction.MCXENT)
                                    .nIn(10)
                                    .nOut(3)
                                    .activation(Activation.SOFTMAX)
                                    .dropOut(atOutput)
                                    .build(),
                            "sum")
                    .setOutputs("out")
                    .build();
            ComputationGraph graph = new ComputationGraph(conf);
            graph.init();
            return new Net(graph, new MultiDataSet(random(type, 5, BATCH, 8), oneHot(type, BATCH)));
        };
    }

    private static SubsamplingLayer.Builder pool() {
        return new SubsamplingLayer.Builder(PoolingType.MAX);
    }

    private static OutputLayer softmax(int nIn) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(nIn)
                .nOut(3)
                .activation(Activation.SOFTMAX)
                .build();
    }

    static NeuralNetConfiguration.Builder base(DataType type, Supplier<IUpdater> updater) {
        return new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(type)
                .biasInit(0.05)
                .updater(updater.get());
    }

    static Net mlp(
            DataType type,
            Supplier<IUpdater> updater,
            Function<NeuralNetConfiguration.ListBuilder, NeuralNetConfiguration.ListBuilder> layers) {
        return mlp(type, updater, layers, 0);
    }

    private static Net mlp(
            DataType type,
            Supplier<IUpdater> updater,
            Function<NeuralNetConfiguration.ListBuilder, NeuralNetConfiguration.ListBuilder> layers,
            double addedToLabels) {
        MultiLayerNetwork net =
                new MultiLayerNetwork(layers.apply(base(type, updater).list()).build());
        net.init();
        INDArray labels = oneHot(type, BATCH).addi(addedToLabels);
        return new Net(net, new MultiDataSet(random(type, 5, BATCH, 8), labels));
    }

    static Net image(
            DataType type,
            Supplier<IUpdater> updater,
            int channels,
            int size,
            CNN2DFormat format,
            Function<NeuralNetConfiguration.ListBuilder, NeuralNetConfiguration.ListBuilder> layers) {
        MultiLayerNetwork net =
                new MultiLayerNetwork(layers.apply(base(type, updater).list())
                        .setInputType(InputType.convolutional(size, size, channels, format))
                        .build());
        net.init();
        long[] shape = format == CNN2DFormat.NCHW
                ? new long[] {BATCH, channels, size, size}
                : new long[] {BATCH, size, size, channels};
        return new Net(net, new MultiDataSet(random(type, 5, shape), oneHot(type, BATCH)));
    }

    private static MultiDataSet sequences(DataType type, int steps, boolean masked) {
        INDArray labels = Nd4j.zeros(type, BATCH, 3, steps);
        for (int i = 0; i < BATCH; i++) {
            for (int t = 0; t < steps; t++) {
                labels.putScalar(i, (i + t) % 3, t, 1);
            }
        }
        INDArray mask = masked ? mask(type, steps) : null;
        INDArray[] masks = mask == null ? null : new INDArray[] {mask};
        return new MultiDataSet(
                new INDArray[] {random(type, 5, BATCH, 3, steps)}, new INDArray[] {labels}, masks, masks);
    }

    /** Example i is as long as the sequence, or up to two steps shorter. */
    private static INDArray mask(DataType type, int steps) {
        INDArray mask = Nd4j.ones(type, BATCH, steps);
        for (int i = 0; i < BATCH; i++) {
            for (int t = steps - i % 3; t < steps; t++) {
                mask.putScalar(i, t, 0);
            }
        }
        return mask;
    }

    private static void scale(MultiLayerNetwork net, double factor) {
        net.params().muli(factor);
    }

    static INDArray random(DataType type, long seed, long... shape) {
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        Random random = new Random(seed);
        INDArray flat = array.reshape(array.length());
        for (long i = 0; i < flat.length(); i++) {
            flat.putScalar(i, random.nextGaussian());
        }
        return array.castTo(type);
    }

    static INDArray oneHot(DataType type, int batch) {
        INDArray labels = Nd4j.zeros(type, batch, 3);
        for (int i = 0; i < batch; i++) {
            labels.putScalar(i, i % 3, 1);
        }
        return labels;
    }

    /** Entries ±1. */
    static INDArray signs(DataType type, long length, long seed) {
        INDArray z = Nd4j.create(DataType.DOUBLE, length);
        Random random = new Random(seed);
        for (long i = 0; i < length; i++) {
            z.putScalar(i, random.nextBoolean() ? 1 : -1);
        }
        return z.castTo(type);
    }
}
