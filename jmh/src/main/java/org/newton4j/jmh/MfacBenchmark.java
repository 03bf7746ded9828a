/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.inverse.DynamicMfac;
import org.newton4j.curvature.kernel.Kernels;
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
 * One step of M-FAC on a full window, a triad that moves the bytes of its two passes, and its small system alone.
 *
 * <pre>
 * OMP_NUM_THREADS=2 java -jar jmh/target/benchmarks.jar Mfac
 * share of the wall         = triad / step         at the same window and storage
 * gain of the narrow window = step FLOAT / step BFLOAT16
 * share of the small system = smallSystem / step
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-modules=jdk.incubator.vector",
            "-Xmx2g",
            "-Dorg.bytedeco.javacpp.maxbytes=6g",
            "-Dorg.bytedeco.javacpp.maxphysicalbytes=8g"
        })
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@State(Scope.Benchmark)
public class MfacBenchmark {

    /** Gradients long enough for the small system, too short to be seen beside it. */
    private static final int SHORT = 16;

    /** Kernel forced with {@code newton4j.kernels}. */
    @Param({"vector", "java"})
    public String kernel = "vector";

    /** Type of the window. */
    @Param({"FLOAT", "BFLOAT16"})
    public DataType storage = DataType.FLOAT;

    /** Gradients x parameters. */
    @Param({"64x1000000", "512x500000"})
    public String window = "64x1000000";

    /** The window and one for short gradients; made late, because they load the class that chooses the kernel. */
    private DynamicMfac[] windows = new DynamicMfac[0];

    private INDArray gradient = Nd4j.empty();
    private INDArray shortGradient = gradient;
    private INDArray out = gradient;
    private INDArray shortOut = gradient;
    private final Triad triad = new Triad();
    private long bytes;

    /** Creates the state; JMH calls it. */
    public MfacBenchmark() {}

    /** A full window of normal numbers; the kernel is fixed before the class that chooses it is loaded. */
    @Setup(Level.Trial)
    public void allocate() {
        System.setProperty("newton4j.kernels", kernel);
        String[] sizes = window.split("x", -1);
        int m = Integer.parseInt(sizes[0]);
        int d = Integer.parseInt(sizes[1]);
        gradient = Nd4j.randn(DataType.FLOAT, d);
        out = Nd4j.create(DataType.FLOAT, d);
        shortGradient = Nd4j.randn(DataType.FLOAT, SHORT);
        shortOut = Nd4j.create(DataType.FLOAT, SHORT);
        DynamicMfac mfac = new DynamicMfac(d, m, 1e-2, storage);
        DynamicMfac small = new DynamicMfac(SHORT, m, 1e-2, storage);
        for (int i = 0; i < m; i++) {
            mfac.insert(Nd4j.randn(DataType.FLOAT, d));
            small.insert(Nd4j.randn(DataType.FLOAT, SHORT));
        }
        windows = new DynamicMfac[] {mfac, small};
        bytes = 2L * m * d * storage.width();
        if (!Kernels.name().equals(kernel)) {
            throw new IllegalStateException(
                    "the kernel is " + Kernels.name() + ", not " + kernel + "; run with at least one fork");
        }
    }

    /**
     * A gradient goes in, its product comes out.
     *
     * @return the product
     */
    @Benchmark
    public INDArray step() {
        windows[0].insert(gradient);
        windows[0].multiplyNewest(out);
        return out;
    }

    /**
     * The same with gradients of length 16: what does not depend on the number of parameters.
     *
     * @return the product
     */
    @Benchmark
    public INDArray smallSystem() {
        windows[1].insert(shortGradient);
        windows[1].multiplyNewest(shortOut);
        return shortOut;
    }

    /**
     * {@code a = b + 3 c} over as many bytes as two passes over the window, on all processors.
     *
     * @return a
     */
    @Benchmark
    public float[] triad() {
        return triad.move(bytes);
    }
}
