/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.optimizers.training.HessianProducts;
import org.newton4j.optimizers.training.NetworkGaussNewton;
import org.newton4j.optimizers.training.NetworkHessian;

/**
 * A network that benchmarks train on one random batch: a perceptron 784-500-10 with batch 128 (MLP), LeNet with batch 64
 * (LENET), or a residual graph of three blocks of two convolutions with batch normalisation, batch 32 (RESNET).
 */
interface BenchmarkNetwork {

    /** One gradient of the batch. */
    INDArray gradient();

    /** One training step. */
    double fit();

    /** Sets what watches the training. */
    void listen(TrainingListener listener);

    /** The Hessian at the present parameters. */
    NetworkHessian hessian(HessianProducts products);

    /** The Gauss-Newton matrix at the present parameters. */
    NetworkGaussNewton gaussNewton();

    /** Number of parameters. */
    long parameters();

    /**
     * Builds a network; the same weights and batch at every call.
     *
     * @param name MLP, LENET or RESNET
     */
    static BenchmarkNetwork of(String name, IUpdater updater) {
        return switch (name) {
            case "MLP" -> new Layers(layers(false, updater), batch(128, 784));
            case "LENET" -> new Layers(layers(true, updater), batch(64, 784));
            case "RESNET" -> new Graph(residual(updater), batch(32, 1, 28, 28));
            default -> throw new IllegalArgumentException("net = " + name + ", but must be MLP, LENET or RESNET");
        };
    }

    private static DataSet batch(int examples, long... shape) {
        long[] all = new long[shape.length + 1];
        all[0] = examples;
        System.arraycopy(shape, 0, all, 1, shape.length);
        Nd4j.getRandom().setSeed(3);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, examples, 10);
        for (int i = 0; i < examples; i++) {
            labels.putScalar(i, i % 10, 1);
        }
        return new DataSet(Nd4j.rand(DataType.FLOAT, all), labels);
    }

    private static NeuralNetConfiguration.Builder base(IUpdater updater) {
        return new NeuralNetConfiguration.Builder()
                .seed(1)
                .activation(Activation.RELU)
                .updater(updater);
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nOut(10)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static MultiLayerNetwork layers(boolean convolutions, IUpdater updater) {
        NeuralNetConfiguration.ListBuilder layers = base(updater).list();
        if (convolutions) {
            layers.layer(new ConvolutionLayer.Builder(5, 5).nOut(20).build())
                    .layer(pool())
                    .layer(new ConvolutionLayer.Builder(5, 5).nOut(50).build())
                    .layer(pool());
        }
        MultiLayerNetwork network = new MultiLayerNetwork(
                layers.layer(new DenseLayer.Builder().nOut(500).build())
                        .layer(output())
                        .setInputType(InputType.convolutionalFlat(28, 28, 1))
                        .build());
        network.init();
        return network;
    }

    private static SubsamplingLayer pool() {
        return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
    }

    private static ComputationGraph residual(IUpdater updater) {
        ComputationGraphConfiguration.GraphBuilder graph = base(updater)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(28, 28, 1))
                .addLayer("stem", convolution(), "in")
                .addLayer("stemPool", pool(), "stem");
        String top = "stemPool";
        for (int block = 0; block < 3; block++) {
            String name = "block" + block;
            graph.addLayer(name + "a", convolution(), top)
                    .addLayer(name + "aNorm", new BatchNormalization(), name + "a")
                    .addLayer(name + "aRelu", relu(), name + "aNorm")
                    .addLayer(name + "b", convolution(), name + "aRelu")
                    .addLayer(name + "bNorm", new BatchNormalization(), name + "b")
                    .addVertex(name + "sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), name + "bNorm", top)
                    .addLayer(name, relu(), name + "sum");
            top = name;
        }
        ComputationGraph network =
                new ComputationGraph(graph.addLayer("pooled", new GlobalPoolingLayer(PoolingType.AVG), top)
                        .addLayer("out", output(), "pooled")
                        .setOutputs("out")
                        .build());
        network.init();
        return network;
    }

    private static ConvolutionLayer convolution() {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(16)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static ActivationLayer relu() {
        return new ActivationLayer.Builder().activation(Activation.RELU).build();
    }

    /** A network of layers. */
    record Layers(MultiLayerNetwork network, DataSet batch) implements BenchmarkNetwork {

        @Override
        public INDArray gradient() {
            network.setInput(batch.getFeatures());
            network.setLabels(batch.getLabels());
            network.computeGradientAndScore();
            return network.getFlattenedGradients();
        }

        @Override
        public double fit() {
            network.fit(batch);
            return network.score();
        }

        @Override
        public void listen(TrainingListener listener) {
            network.setListeners(listener);
        }

        @Override
        public NetworkHessian hessian(HessianProducts products) {
            return NetworkHessian.of(network, batch, products);
        }

        @Override
        public NetworkGaussNewton gaussNewton() {
            return NetworkGaussNewton.of(network, batch);
        }

        @Override
        public long parameters() {
            return network.numParams();
        }
    }

    /** A graph. */
    record Graph(ComputationGraph network, DataSet batch) implements BenchmarkNetwork {

        @Override
        public INDArray gradient() {
            network.setInputs(batch.getFeatures());
            network.setLabels(batch.getLabels());
            network.computeGradientAndScore();
            return network.getFlattenedGradients();
        }

        @Override
        public double fit() {
            network.fit(batch);
            return network.score();
        }

        @Override
        public void listen(TrainingListener listener) {
            network.setListeners(listener);
        }

        @Override
        public NetworkHessian hessian(HessianProducts products) {
            return NetworkHessian.of(network, batch.toMultiDataSet(), products);
        }

        @Override
        public NetworkGaussNewton gaussNewton() {
            return NetworkGaussNewton.of(network, batch.toMultiDataSet());
        }

        @Override
        public long parameters() {
            return network.numParams();
        }
    }
}
