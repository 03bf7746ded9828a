/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
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
 * What {@link StepKernelBenchmark} is measured against: the same steps as one would write them with array operations,
 * correct and in few lines.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx2g", "-Dorg.bytedeco.javacpp.maxbytes=12g"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class NaiveStepBenchmark {

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
    private INDArray m = source;
    private INDArray v = source;
    private INDArray previous = source;
    private INDArray curvature = source;

    /** Creates the state; JMH calls it. */
    public NaiveStepBenchmark() {}

    /** Arrays of normal numbers. */
    @Setup(Level.Trial)
    public void allocate() {
        BenchmarkThreads.use(threads);
        source = Nd4j.randn(type, n);
        gradient = source.dup();
        m = Nd4j.randn(type, n).muli(0.1);
        v = Nd4j.randn(type, n);
        v.muli(v);
        previous = Nd4j.randn(type, n);
        curvature = Nd4j.randn(type, n);
    }

    /** An update overwrites the gradient. */
    @Setup(Level.Invocation)
    public void restoreGradient() {
        gradient.assign(source);
    }

    /**
     * Lion.
     *
     * @return the update
     */
    @Benchmark
    public INDArray lion() {
        INDArray u = Transforms.sign(m.mul(0.9).addi(gradient.mul(0.1))).muli(1e-4);
        m.muli(0.99).addi(gradient.mul(0.01));
        return gradient.assign(u);
    }

    /**
     * diffGrad.
     *
     * @return the update
     */
    @Benchmark
    public INDArray diffGrad() {
        INDArray friction = Transforms.sigmoid(Transforms.abs(previous.sub(gradient), false), false);
        m.muli(0.9).addi(gradient.mul(0.1));
        v.muli(0.999).addi(gradient.mul(gradient).muli(0.001));
        previous.assign(gradient);
        INDArray u = m.mul(1e-3 / 0.19)
                .muli(friction)
                .divi(Transforms.sqrt(v.div(0.002), false).addi(1e-8));
        return gradient.assign(u);
    }

    /**
     * AdaHessian with a new estimate.
     *
     * @return the update
     */
    @Benchmark
    public INDArray adaHessian() {
        m.muli(0.9).addi(gradient.mul(0.1));
        v.muli(0.999).addi(curvature.mul(curvature).muli(0.001));
        INDArray u =
                m.mul(0.15 / 0.19).divi(Transforms.sqrt(v.div(0.002), false).addi(1e-4));
        return gradient.assign(u);
    }

    /**
     * Sophia with a new estimate.
     *
     * @return the update
     */
    @Benchmark
    public INDArray sophia() {
        m.muli(0.965).addi(gradient.mul(0.035));
        v.muli(0.99).addi(curvature.mul(0.01));
        INDArray ratio = Transforms.abs(m).divi(Transforms.max(v, 0).muli(0.04).addi(1e-15));
        INDArray u = Transforms.sign(m).muli(Transforms.min(ratio, 1, false)).muli(1e-4);
        return gradient.assign(u);
    }
}
