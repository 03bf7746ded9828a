/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
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

/** What {@link StepKernelBenchmark} is measured against: ND4J's own updaters. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx2g", "-Dorg.bytedeco.javacpp.maxbytes=12g"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class BuiltInUpdaterBenchmark {

    /** Data type of all arrays. */
    @Param({"FLOAT", "DOUBLE"})
    public DataType type = DataType.FLOAT;

    /** Number of parameters. */
    @Param({"10000", "100000", "1000000", "10000000", "100000000"})
    public int n;

    /** Threads of a step; OMP_NUM_THREADS must allow them. */
    @Param({"1", "2"})
    public int threads = 1;

    private INDArray source = Nd4j.empty();
    private INDArray gradient = source;
    private GradientUpdater<?> adamUpdater = new Adam().instantiate(Nd4j.create(DataType.FLOAT, 1, 2), true);
    private GradientUpdater<?> nesterovsUpdater = new Nesterovs().instantiate(Nd4j.create(DataType.FLOAT, 1, 1), true);
    private int iteration;

    /** Creates the state; JMH calls it. */
    public BuiltInUpdaterBenchmark() {}

    /** Arrays of normal numbers. */
    @Setup(Level.Trial)
    public void allocate() {
        BenchmarkThreads.use(threads);
        source = Nd4j.randn(type, n);
        gradient = source.dup();
        adamUpdater = new Adam(1e-3).instantiate(Nd4j.zeros(type, 1, 2L * n), true);
        nesterovsUpdater = new Nesterovs(1e-3, 0.9).instantiate(Nd4j.zeros(type, 1, n), true);
    }

    /** An update overwrites the gradient. */
    @Setup(Level.Invocation)
    public void restoreGradient() {
        gradient.assign(source);
    }

    /** ND4J's fused Adam. */
    @Benchmark
    public void adam() {
        adamUpdater.applyUpdater(gradient, iteration++, 0);
    }

    /** ND4J's fused Nesterovs. */
    @Benchmark
    public void nesterovs() {
        nesterovsUpdater.applyUpdater(gradient, iteration++, 0);
    }
}
