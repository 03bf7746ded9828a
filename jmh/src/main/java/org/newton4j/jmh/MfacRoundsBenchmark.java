/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.inverse.DynamicMfac;
import org.newton4j.curvature.kernel.Kernels;
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
 * One step of M-FAC on a FLOAT and on a BFLOAT16 window and the triads of their bytes, in turn: a call is a round, which
 * starts one contestant later than the one before, and each one's time is a counter in milliseconds. A ratio is taken
 * within a round, so that a machine that grows slow does not enter it; JMH alone adds the counters up over the rounds.
 *
 * <pre>
 * OMP_NUM_THREADS=2 java -jar jmh/target/benchmarks.jar MfacRounds
 * share of the wall         = triadFloat / stepFloat, triadBfloat16 / stepBfloat16
 * gain of the narrow window = stepFloat / stepBfloat16
 * </pre>
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-modules=jdk.incubator.vector",
            "-Xmx2g",
            "-Dorg.bytedeco.javacpp.maxbytes=6g",
            "-Dorg.bytedeco.javacpp.maxphysicalbytes=8g"
        })
@Warmup(iterations = 20)
@Measurement(iterations = 40)
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls allocate() before any benchmark
public class MfacRoundsBenchmark {

    private static final double NANOS_PER_MILLI = 1e6;

    private static final DataType[] STORAGE = {DataType.FLOAT, DataType.BFLOAT16};

    /** Kernel forced with {@code newton4j.kernels}. */
    @Param({"vector", "java"})
    public String kernel = "vector";

    /** Gradients x parameters. */
    @Param({"64x1000000", "512x500000"})
    public String window = "64x1000000";

    /** Threads of a step; the triad takes all processors. */
    @Param({"1", "2"})
    public int threads = 2;

    private final Triad triad = new Triad();
    private final DynamicMfac[] windows = new DynamicMfac[STORAGE.length];
    private final long[] bytes = new long[STORAGE.length];
    private INDArray gradient;
    private INDArray out;
    private int rounds;

    /** Times of one round, in milliseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Pieces {
        /** A gradient into a FLOAT window, and its product. */
        public double stepFloat;

        /** A gradient into a BFLOAT16 window, and its product. */
        public double stepBfloat16;

        /** A triad of the bytes of two passes over the FLOAT window. */
        public double triadFloat;

        /** A triad of the bytes of two passes over the BFLOAT16 window. */
        public double triadBfloat16;

        /** Creates the counters; JMH calls it. */
        public Pieces() {}
    }

    /** Creates the state; JMH calls it. */
    public MfacRoundsBenchmark() {}

    /** Two full windows of normal numbers; the kernel is fixed before the class that chooses it is loaded. */
    @Setup
    public void allocate() {
        System.setProperty("newton4j.kernels", kernel);
        BenchmarkThreads.use(threads);
        String[] sizes = window.split("x", -1);
        int m = Integer.parseInt(sizes[0]);
        int d = Integer.parseInt(sizes[1]);
        gradient = Nd4j.randn(DataType.FLOAT, d);
        out = Nd4j.create(DataType.FLOAT, d);
        for (int w = 0; w < windows.length; w++) {
            windows[w] = new DynamicMfac(d, m, 1e-2, STORAGE[w]);
            bytes[w] = 2L * m * d * STORAGE[w].width();
            for (int i = 0; i < m; i++) {
                windows[w].insert(Nd4j.randn(DataType.FLOAT, d));
            }
        }
        if (!Kernels.name().equals(kernel)) {
            throw new IllegalStateException(
                    "the kernel is " + Kernels.name() + ", not " + kernel + "; run with at least one fork");
        }
    }

    /**
     * A round.
     *
     * @param pieces where the times go
     * @return the last product
     */
    @Benchmark
    public INDArray round(Pieces pieces) {
        for (int i = 0; i < 4; i++) {
            switch ((rounds + i) % 4) {
                case 0 -> pieces.stepFloat = millis(() -> step(0));
                case 1 -> pieces.stepBfloat16 = millis(() -> step(1));
                case 2 -> pieces.triadFloat = millis(() -> triad.move(bytes[0]));
                default -> pieces.triadBfloat16 = millis(() -> triad.move(bytes[1]));
            }
        }
        rounds++;
        return out;
    }

    private void step(int w) {
        windows[w].insert(gradient);
        windows[w].multiplyNewest(out);
    }

    private static double millis(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / NANOS_PER_MILLI;
    }
}
