/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.newton4j.curvature.kernel.Rademacher;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.HessianProducts;
import org.newton4j.optimizers.training.NetworkGaussNewton;
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
 * Hessian products in units of one gradient, and whole training steps of AdaHessian and Sophia in units of Adam's.
 *
 * <pre>
 * further product   productFast / gradient, productCentral / gradient, productGaussNewton / gradient
 * first product     (stepAdaHessian - stepWithoutEstimate) / gradient, with all it takes: reading the kinks from the
 *                   forward pass, probe, product, handing over; stepCentral likewise
 * training          stepAdaHessian / stepAdam, stepSophia / stepAdam
 * </pre>
 *
 * <p>HOW TO RUN: {@code OMP_NUM_THREADS=1 java -jar target/benchmarks.jar HessianProduct}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls build() before any benchmark
public class HessianProductBenchmark {

    /** The network: a perceptron, LeNet or a residual graph. */
    @Param({"MLP", "LENET", "RESNET"})
    public String net = "MLP";

    private BenchmarkNetwork plain;
    private BenchmarkNetwork adam;
    private BenchmarkNetwork adaHessian;
    private BenchmarkNetwork central;
    private BenchmarkNetwork everyFifth;
    private BenchmarkNetwork never;
    private BenchmarkNetwork sophia;
    private NetworkHessian fastProducts;
    private NetworkHessian centralProducts;
    private NetworkGaussNewton gaussNewton;
    private INDArray direction;
    private INDArray product;

    /** Creates the state; JMH calls it. */
    public HessianProductBenchmark() {}

    /** Builds networks of the same weights. */
    @Setup
    public void build() {
        plain = BenchmarkNetwork.of(net, new Adam(1e-3));
        adam = BenchmarkNetwork.of(net, new Adam(1e-3));
        adaHessian = listened(1, HessianProducts.FAST);
        central = listened(1, HessianProducts.CENTRAL);
        everyFifth = listened(5, HessianProducts.FAST);
        never = listened(1_000_000_000, HessianProducts.FAST);
        sophia = BenchmarkNetwork.of(net, new Sophia(1e-4));
        sophia.listen(new CurvatureListener());
        fastProducts = plain.hessian(HessianProducts.FAST);
        centralProducts = plain.hessian(HessianProducts.CENTRAL);
        gaussNewton = plain.gaussNewton();
        direction = Nd4j.create(DataType.FLOAT, plain.parameters());
        Rademacher.fill(direction, 1, 0, 0, 0);
        product = Nd4j.create(DataType.FLOAT, plain.parameters());
    }

    private BenchmarkNetwork listened(int updateInterval, HessianProducts products) {
        BenchmarkNetwork network = BenchmarkNetwork.of(
                net,
                AdaHessian.builder()
                        .learningRate(0.01)
                        .updateInterval(updateInterval)
                        .build());
        network.listen(CurvatureListener.builder().products(products).build());
        return network;
    }

    /** One gradient: the unit. */
    @Benchmark
    public INDArray gradient() {
        return plain.gradient();
    }

    /** A further product at the same point, one-sided. */
    @Benchmark
    public INDArray productFast() {
        fastProducts.multiply(direction, product);
        return product;
    }

    /** A further product at the same point, two-sided. */
    @Benchmark
    public INDArray productCentral() {
        centralProducts.multiply(direction, product);
        return product;
    }

    /** A product with the Gauss-Newton matrix. */
    @Benchmark
    public INDArray productGaussNewton() {
        gaussNewton.multiply(direction, product);
        return product;
    }

    /** A training step with Adam. */
    @Benchmark
    public double stepAdam() {
        return adam.fit();
    }

    /** A training step with AdaHessian, an estimate at every step. */
    @Benchmark
    public double stepAdaHessian() {
        return adaHessian.fit();
    }

    /** The same with two-sided products. */
    @Benchmark
    public double stepCentral() {
        return central.fit();
    }

    /** A training step with AdaHessian, an estimate at every fifth step. */
    @Benchmark
    public double stepAdaHessianEveryFifth() {
        return everyFifth.fit();
    }

    /** A training step with AdaHessian that lives on the estimate of its first step. */
    @Benchmark
    public double stepWithoutEstimate() {
        return never.fit();
    }

    /** A training step with Sophia, sampled labels at every tenth step. */
    @Benchmark
    public double stepSophia() {
        return sophia.fit();
    }
}
