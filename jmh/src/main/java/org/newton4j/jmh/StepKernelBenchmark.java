/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.curvature.kernel.StepCounts;
import org.newton4j.curvature.kernel.StepKernels;
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
 * One optimizer step on a flat gradient, per kernel; compare with {@link BuiltInUpdaterBenchmark} and {@link
 * MemoryBenchmark} of the same run.
 *
 * <pre>
 * OMP_NUM_THREADS=2 java -jar jmh/target/benchmarks.jar "StepKernel|BuiltIn|Naive|Memory" -p n=10000000 -p type=FLOAT -p threads=2
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx2g", "-Dorg.bytedeco.javacpp.maxbytes=12g"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class StepKernelBenchmark {

    /** Kernel forced with {@code newton4j.kernels}. */
    @Param({"vector", "java", "nd4j"})
    public String kernel = "vector";

    /** Data type of all arrays. */
    @Param({"FLOAT", "DOUBLE"})
    public DataType type = DataType.FLOAT;

    /** Number of parameters, from two layers of a small net to what fills main memory. */
    @Param({"10000", "100000", "1000000", "10000000", "100000000"})
    public int n;

    /** Threads of a step; OMP_NUM_THREADS must allow them. */
    @Param({"1", "2"})
    public int threads = 1;

    private INDArray source = Nd4j.empty();
    private INDArray gradient = source;
    private INDArray m = source;
    private INDArray v = source;
    private INDArray previous = source;
    private INDArray curvature = source;

    /** Creates the state; JMH calls it. */
    public StepKernelBenchmark() {}

    /** Arrays of normal numbers; the kernel is fixed before the class that chooses it is loaded. */
    @Setup(Level.Trial)
    public void allocate() {
        System.setProperty("newton4j.kernels", kernel);
        BenchmarkThreads.use(threads);
        if (!Kernels.name().equals(kernel)) {
            throw new IllegalStateException(
                    "the kernel is " + Kernels.name() + ", not " + kernel + "; run with at least one fork");
        }
        source = Nd4j.randn(type, n);
        gradient = source.dup();
        m = Nd4j.randn(type, n).muli(0.1);
        v = Nd4j.randn(type, n);
        v.muli(v);
        previous = Nd4j.randn(type, n);
        curvature = Nd4j.randn(type, n);
    }

    /** A step overwrites the gradient; repeated on its own output it would fade into denormals. */
    @Setup(Level.Invocation)
    public void restoreGradient() {
        gradient.assign(source);
    }

    private StepKernels kernels() {
        return Kernels.of(gradient, m);
    }

    /**
     * Lion: two arrays read and written.
     *
     * @return coordinates left out
     */
    @Benchmark
    public long lion() {
        return kernels().lion(gradient, m, 1e-4, 0.9, 0.99);
    }

    /**
     * diffGrad: four arrays read and written.
     *
     * @return coordinates left out
     */
    @Benchmark
    public long diffGrad() {
        return kernels().diffGrad(gradient, m, v, previous, 1e-3, 0.9, 0.999, 1e-8);
    }

    /**
     * AdaHessian with a new estimate: four arrays read, three written.
     *
     * @return coordinates left out
     */
    @Benchmark
    public long adaHessian() {
        return kernels().adaHessian(gradient, m, v, curvature, 0.15, 0.9, 0.999, 1e-4, 1, 0.19, 0.002);
    }

    /**
     * AdaHessian between estimates: three arrays read, two written.
     *
     * @return coordinates left out
     */
    @Benchmark
    public long adaHessianWithoutEstimate() {
        return kernels().adaHessian(gradient, m, v, null, 0.15, 0.9, 0.999, 1e-4, 1, 0.19, 0.002);
    }

    /**
     * Sophia with a new estimate: four arrays read, three written.
     *
     * @return coordinates left out and not clipped
     */
    @Benchmark
    public StepCounts sophia() {
        return kernels().sophia(gradient, m, v, curvature, 1e-4, 0.965, 0.99, 0.04);
    }

    /**
     * Sophia between estimates: three arrays read, two written.
     *
     * @return coordinates left out and not clipped
     */
    @Benchmark
    public StepCounts sophiaWithoutEstimate() {
        return kernels().sophia(gradient, m, v, null, 1e-4, 0.965, 0.99, 0.04);
    }
}
