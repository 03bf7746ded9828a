/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.newton4j.curvature.kernel.Rademacher;
import org.newton4j.jmh.Rounds.Contestant;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.HessianProducts;
import org.newton4j.optimizers.training.NetworkGaussNewton;
import org.newton4j.optimizers.training.NetworkHessian;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * What curvature costs in training: Hessian products beside one gradient, whole training steps beside Adam's.
 *
 * <p>All contestants take turns inside one call, a round, and each one's time is a counter in milliseconds, so that a
 * ratio is taken within a round and a machine that grows slow from one round to the next does not enter it (ADR 0012).
 * A step that estimates now and then is put together from one that does and one that does not.
 * {@code ./compare speed --only Curvature} prints the medians of these ratios; JMH alone adds the counters up over the
 * iterations.
 *
 * <p>HOW TO RUN ALONE: {@code java -jar target/benchmarks.jar CurvatureCost}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 11)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls build() before any benchmark
public class CurvatureCostBenchmark {

    private static final int NEVER = 1_000_000_000;

    /** The network: a perceptron, LeNet or a residual graph. */
    @Param({"MLP", "LENET", "RESNET"})
    public String net = "MLP";

    /** Threads of ND4J and of our kernels; OMP_NUM_THREADS must allow them. */
    @Param("1")
    public int threads = 1;

    private BenchmarkNetwork plain;
    private BenchmarkNetwork adam;
    private BenchmarkNetwork adamListened;
    private BenchmarkNetwork adaHessian;
    private BenchmarkNetwork central;
    private BenchmarkNetwork never;
    private BenchmarkNetwork sophia;
    private BenchmarkNetwork sophiaNever;
    private NetworkHessian fastProducts;
    private NetworkHessian centralProducts;
    private NetworkGaussNewton gaussNewton;
    private INDArray direction;
    private INDArray product;
    private final Rounds rounds = new Rounds();

    /** Creates the state; JMH calls it. */
    public CurvatureCostBenchmark() {}

    /** Times of one round of {@link #pieces}, in milliseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Pieces {
        /** One gradient: the unit. */
        public double gradient;

        /** A further product at the same point, one-sided. */
        public double productFast;

        /** A further product at the same point, two-sided. */
        public double productCentral;

        /** A product with the Gauss-Newton matrix. */
        public double productGaussNewton;

        /** A training step with Adam. */
        public double stepAdam;

        /** The same with a {@link CurvatureListener} that nobody needs. */
        public double stepAdamListened;

        /** A training step with AdaHessian, an estimate at every step. */
        public double stepAdaHessian;

        /** The same with two-sided products. */
        public double stepAdaHessianCentral;

        /** A training step with AdaHessian that lives on the estimate of its first step. */
        public double stepWithoutEstimate;

        /** The mean step at interval 5, from the two above. */
        public double stepAdaHessianEveryFifth;

        /** A training step with Sophia, sampled labels at every step. */
        public double stepSophia;

        /** A training step with Sophia that lives on the estimate of its first step. */
        public double stepSophiaWithoutEstimate;

        /** The mean step at interval 10, from the two above. */
        public double stepSophiaEveryTenth;

        /** Creates the counters; JMH calls it. */
        public Pieces() {}
    }

    /** Builds networks of the same weights. */
    @Setup
    public void build() {
        BenchmarkThreads.use(threads);
        plain = BenchmarkNetwork.of(net, new Adam(1e-3));
        adam = BenchmarkNetwork.of(net, new Adam(1e-3));
        adamListened = BenchmarkNetwork.of(net, new Adam(1e-3));
        adamListened.listen(new CurvatureListener());
        adaHessian = adaHessian(1, HessianProducts.FAST);
        central = adaHessian(1, HessianProducts.CENTRAL);
        never = adaHessian(NEVER, HessianProducts.FAST);
        sophia = sophia(1);
        sophiaNever = sophia(NEVER);
        fastProducts = plain.hessian(HessianProducts.FAST);
        centralProducts = plain.hessian(HessianProducts.CENTRAL);
        gaussNewton = plain.gaussNewton();
        direction = Nd4j.create(DataType.FLOAT, plain.parameters());
        Rademacher.fill(direction, 1, 0, 0, 0);
        product = Nd4j.create(DataType.FLOAT, plain.parameters());
    }

    private BenchmarkNetwork adaHessian(int updateInterval, HessianProducts products) {
        BenchmarkNetwork network = BenchmarkNetwork.of(
                net,
                AdaHessian.builder()
                        .learningRate(0.01)
                        .updateInterval(updateInterval)
                        .build());
        network.listen(CurvatureListener.builder().products(products).build());
        return network;
    }

    private BenchmarkNetwork sophia(int updateInterval) {
        BenchmarkNetwork network = BenchmarkNetwork.of(
                net,
                Sophia.builder()
                        .learningRate(1e-4)
                        .updateInterval(updateInterval)
                        .build());
        network.listen(new CurvatureListener());
        return network;
    }

    /**
     * Each product and each kind of step once. The first product at a point, with all it takes (reading the kinks from the
     * forward pass, probe, product, handing over), is {@code stepAdaHessian - stepWithoutEstimate}.
     *
     * @param millis of each; Modified
     */
    @Benchmark
    public void pieces(Pieces millis) {
        rounds.play(
                1,
                List.of(
                        new Contestant(plain::gradient, t -> millis.gradient = t),
                        new Contestant(() -> fastProducts.multiply(direction, product), t -> millis.productFast = t),
                        new Contestant(
                                () -> centralProducts.multiply(direction, product), t -> millis.productCentral = t),
                        new Contestant(
                                () -> gaussNewton.multiply(direction, product), t -> millis.productGaussNewton = t),
                        new Contestant(adam::fit, t -> millis.stepAdam = t),
                        new Contestant(adamListened::fit, t -> millis.stepAdamListened = t),
                        new Contestant(never::fit, t -> millis.stepWithoutEstimate = t),
                        new Contestant(adaHessian::fit, t -> millis.stepAdaHessian = t),
                        new Contestant(central::fit, t -> millis.stepAdaHessianCentral = t),
                        new Contestant(sophiaNever::fit, t -> millis.stepSophiaWithoutEstimate = t),
                        new Contestant(sophia::fit, t -> millis.stepSophia = t)));
        // The mean over a cycle of k steps, of which one estimates.
        millis.stepAdaHessianEveryFifth =
                millis.stepWithoutEstimate + (millis.stepAdaHessian - millis.stepWithoutEstimate) / 5;
        millis.stepSophiaEveryTenth =
                millis.stepSophiaWithoutEstimate + (millis.stepSophia - millis.stepSophiaWithoutEstimate) / 10;
    }
}
