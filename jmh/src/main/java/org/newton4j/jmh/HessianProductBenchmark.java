/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.curvature.kernel.Rademacher;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.HessianProducts;
import org.newton4j.optimizers.training.NetworkHessian;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Hessian products in units of one gradient, and whole training steps of AdaHessian in units of Adam's.
 *
 * <p>Divide {@code productFast} and {@code productCentral} by {@code gradient}; divide {@code stepAdaHessian} by
 * {@code stepAdam}. HOW TO RUN: {@code OMP_NUM_THREADS=1 java -jar target/benchmarks.jar HessianProduct}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls build() before any benchmark
public class HessianProductBenchmark {

    /** The network: a perceptron 784-500-10 with batch 128, or LeNet with batch 64. */
    @Param({"MLP", "LENET"})
    public String net = "MLP";

    private MultiLayerNetwork plain;
    private MultiLayerNetwork adam;
    private MultiLayerNetwork adaHessian;
    private MultiLayerNetwork everyFifth;
    private DataSet batch;
    private NetworkHessian fast;
    private NetworkHessian central;
    private INDArray direction;
    private INDArray product;

    /** Builds networks of the same weights. */
    @Setup
    public void build() {
        boolean lenet = net.equals("LENET");
        int examples = lenet ? 64 : 128;
        Nd4j.getRandom().setSeed(3);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, examples, 10);
        for (int i = 0; i < examples; i++) {
            labels.putScalar(i, i % 10, 1);
        }
        batch = new DataSet(Nd4j.rand(DataType.FLOAT, examples, 784), labels);
        plain = network(lenet, new Adam(1e-3));
        adam = network(lenet, new Adam(1e-3));
        adaHessian = network(lenet, new AdaHessian(0.01));
        adaHessian.setListeners(new CurvatureListener());
        everyFifth = network(
                lenet, AdaHessian.builder().learningRate(0.01).updateInterval(5).build());
        everyFifth.setListeners(new CurvatureListener());
        plain.setInput(batch.getFeatures());
        plain.setLabels(batch.getLabels());
        fast = NetworkHessian.of(plain, batch, HessianProducts.FAST);
        central = NetworkHessian.of(plain, batch, HessianProducts.CENTRAL);
        direction = Nd4j.create(DataType.FLOAT, plain.numParams());
        Rademacher.fill(direction, 1, 0, 0, 0);
        product = Nd4j.create(DataType.FLOAT, plain.numParams());
    }

    /** One gradient: the unit. */
    @Benchmark
    public INDArray gradient() {
        plain.computeGradientAndScore();
        return plain.getFlattenedGradients();
    }

    /** A further product at the same point, one-sided. */
    @Benchmark
    public INDArray productFast() {
        fast.multiply(direction, product);
        return product;
    }

    /** A further product at the same point, two-sided. */
    @Benchmark
    public INDArray productCentral() {
        central.multiply(direction, product);
        return product;
    }

    /** A training step with Adam. */
    @Benchmark
    public double stepAdam() {
        adam.fit(batch);
        return adam.score();
    }

    /** A training step with AdaHessian, an estimate at every step. */
    @Benchmark
    public double stepAdaHessian() {
        adaHessian.fit(batch);
        return adaHessian.score();
    }

    /** A training step with AdaHessian, an estimate at every fifth step. */
    @Benchmark
    public double stepAdaHessianEveryFifth() {
        everyFifth.fit(batch);
        return everyFifth.score();
    }

    private static MultiLayerNetwork network(boolean lenet, IUpdater updater) {
        NeuralNetConfiguration.ListBuilder layers = new NeuralNetConfiguration.Builder()
                .seed(1)
                .activation(Activation.RELU)
                .updater(updater)
                .list();
        if (lenet) {
            layers.layer(new ConvolutionLayer.Builder(5, 5).nOut(20).build())
                    .layer(pool())
                    .layer(new ConvolutionLayer.Builder(5, 5).nOut(50).build())
                    .layer(pool());
        }
        MultiLayerNetwork network = new MultiLayerNetwork(
                layers.layer(new DenseLayer.Builder().nOut(500).build())
                        .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                                .nOut(10)
                                .activation(Activation.SOFTMAX)
                                .build())
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
}
