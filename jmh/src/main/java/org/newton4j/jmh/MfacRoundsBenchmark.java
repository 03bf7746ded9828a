/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.jmh.Rounds.Contestant;
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
 * {@link MfacBenchmark} as {@link Rounds}: the step, the triad over the bytes of its two passes and the small system take turns.
 *
 * <p>Each contestant's time is a counter in milliseconds; {@code ./compare speed} takes ratios within a round. JMH alone adds
 * the counters up over the iterations. One type of window in a process, as in training.
 *
 * <p>HOW TO RUN ALONE: {@code OMP_NUM_THREADS=2 java -jar jmh/target/benchmarks.jar MfacRounds}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 11)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-modules=jdk.incubator.vector",
            "-Xmx2g",
            "-Dorg.bytedeco.javacpp.maxbytes=6g",
            "-Dorg.bytedeco.javacpp.maxphysicalbytes=8g"
        })
public class MfacRoundsBenchmark {

    private static final int TURNS = 3;

    /** Kernel forced with {@code newton4j.kernels}. */
    @Param({"vector", "java"})
    public String kernel = "vector";

    /** Type of the window. */
    @Param({"FLOAT", "BFLOAT16"})
    public DataType storage = DataType.FLOAT;

    /** Gradients x parameters. */
    @Param({"64x1000000", "512x500000"})
    public String window = "64x1000000";

    private final Rounds rounds = new Rounds();
    private final MfacBenchmark mfac = new MfacBenchmark();

    /** Creates the state; JMH calls it. */
    public MfacRoundsBenchmark() {}

    /** Times of one round of {@link #pieces}, in milliseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Pieces {
        /** A triad over as many bytes as two passes over the window: the wall. */
        public double triad;

        /** A gradient goes in, a product comes out. */
        public double step;

        /** The same with short gradients. */
        public double smallSystem;

        /** Creates the counters; JMH calls it. */
        public Pieces() {}
    }

    /** A full window. */
    @Setup
    public void allocate() {
        mfac.kernel = kernel;
        mfac.storage = storage;
        mfac.window = window;
        mfac.allocate();
    }

    /**
     * Everything in turns.
     *
     * @param millis of each; Modified
     */
    @Benchmark
    public void pieces(Pieces millis) {
        rounds.play(
                TURNS,
                List.of(
                        new Contestant(mfac::triad, t -> millis.triad = t),
                        new Contestant(mfac::step, t -> millis.step = t),
                        new Contestant(10, () -> {}, mfac::smallSystem, t -> millis.smallSystem = t)));
    }
}
