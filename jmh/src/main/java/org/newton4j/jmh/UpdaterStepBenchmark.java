/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.update.FusedUpdater;
import org.newton4j.optimizers.update.OptimizerConfig;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One step as Deeplearning4j makes it, through the updater, on its row of gradients; with the garbage collector's profiler
 * it tells what a step allocates.
 *
 * <pre>
 * OMP_NUM_THREADS=2 java -jar jmh/target/benchmarks.jar UpdaterStep -prof gc
 * bytes per step = gc.alloc.rate.norm
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx1g", "-Dorg.bytedeco.javacpp.maxbytes=2g"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class UpdaterStepBenchmark {

    /** Optimizer with its defaults. */
    @Param({"Lion", "DiffGrad", "AdaHessian", "Sophia"})
    public String optimizer = "Lion";

    /** Kernel forced with {@code newton4j.kernels}. */
    @Param({"vector", "java"})
    public String kernel = "vector";

    /** Number of parameters. */
    @Param({"1000", "1000000"})
    public int n;

    /** Threads of a step; OMP_NUM_THREADS must allow them. */
    @Param({"1", "2"})
    public int threads = 1;

    private INDArray gradient = Nd4j.empty();
    private INDArray fresh = gradient;
    private INDArray curvature = gradient;
    private FusedUpdater updater = new Lion().instantiate(Nd4j.create(DataType.FLOAT, 1, 1), true);
    private int iteration;

    /** Creates the state; JMH calls it. */
    public UpdaterStepBenchmark() {}

    /** The kernel is fixed before the class that chooses it is loaded. */
    @Setup(Level.Trial)
    public void allocate() {
        System.setProperty("newton4j.kernels", kernel);
        BenchmarkThreads.use(threads);
        OptimizerConfig config = switch (optimizer) {
            case "Lion" -> new Lion();
            case "DiffGrad" -> new DiffGrad();
            case "AdaHessian" -> new AdaHessian();
            case "Sophia" -> new Sophia();
            default -> throw new IllegalArgumentException("no optimizer is called " + optimizer);
        };
        fresh = Nd4j.randn(DataType.FLOAT, 1, n);
        gradient = fresh.dup();
        curvature = Nd4j.randn(DataType.FLOAT, n);
        updater = config.instantiate(Nd4j.create(DataType.FLOAT, 1, config.stateSize(n)), true);
    }

    /**
     * A step, and the copy of the gradient it begins with: an update taken for the next gradient ends in NaN or in zeros,
     * which take other paths. See {@link StepKernelBenchmark} for times.
     *
     * @return the update
     */
    @Benchmark
    public INDArray step() {
        Pointer.memcpy(gradient.data().pointer(), fresh.data().pointer(), (long) n * Float.BYTES);
        if (updater.wantsCurvature(iteration)) {
            updater.acceptCurvature(curvature, iteration);
        }
        updater.applyUpdater(gradient, iteration++, 0);
        return gradient;
    }
}
