/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The step of one optimizer in turns with what it is measured against: {@link StepKernelBenchmark}, {@link
 * BuiltInUpdaterBenchmark}, {@link NaiveStepBenchmark} and {@link MemoryBenchmark} as {@link Rounds}.
 *
 * <p>Each contestant's time is a counter in milliseconds; {@code ./compare speed} takes ratios within a round. JMH alone adds
 * the counters up over the iterations. Whatever a step overwrites is set anew before each call, which is not measured.
 *
 * <p>HOW TO RUN ALONE: {@code OMP_NUM_THREADS=2 java -jar jmh/target/benchmarks.jar StepRounds}
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
            "-Dorg.bytedeco.javacpp.maxphysicalbytes=9g"
        })
public class StepRoundsBenchmark {

    private static final int LARGE = 10_000_000;
    private static final int SMALL = 1000;
    private static final int TURNS = 2;

    /** Calls of a turn, so many that a small step does not end before the clock ticks. */
    private static final int CALLS_OF_SMALL = 500;

    /** Optimizer. */
    @Param({"lion", "diffGrad", "adaHessian", "sophia"})
    public String step = "lion";

    /** Kernel forced with {@code newton4j.kernels}. */
    @Param({"vector", "java"})
    public String kernel = "vector";

    /** Threads of a step; OMP_NUM_THREADS must allow them. */
    @Param({"1", "2"})
    public int threads = 1;

    private final Rounds rounds = new Rounds();

    /** Number of parameters → contestant, made when a benchmark first asks for it. */
    private final Map<Integer, StepKernelBenchmark> kernels = new HashMap<>();

    private final Map<Integer, BuiltInUpdaterBenchmark> builtIn = new HashMap<>();
    private final Map<Integer, NaiveStepBenchmark> naive = new HashMap<>();
    private final Map<Integer, MemoryBenchmark> memory = new HashMap<>();

    /** Creates the state; JMH calls it. */
    public StepRoundsBenchmark() {}

    /** Times of one round of {@link #large}, in milliseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Large {
        /** STREAM's triad over arrays of this length: the wall. */
        public double triad;

        /** STREAM's copy. */
        public double copy;

        /** ND4J's Adam. */
        public double adam;

        /** ND4J's Nesterovs. */
        public double nesterovs;

        /** The step, with a new estimate where there are any. */
        public double fresh;

        /** The step between estimates; the same step again where there are none. */
        public double between;

        /** Creates the counters; JMH calls it. */
        public Large() {}
    }

    /** Times of one round of {@link #arrayOperations}, in milliseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class ArrayOperations {
        /** The step, with a new estimate where there are any. */
        public double fresh;

        /** The same as a chain of array operations. */
        public double operations;

        /** Creates the counters; JMH calls it. */
        public ArrayOperations() {}
    }

    /** Times of one round of {@link #small}, in milliseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Small {
        /** ND4J's Adam. */
        public double adam;

        /** The step, with a new estimate where there are any. */
        public double fresh;

        /** The step between estimates; the same step again where there are none. */
        public double between;

        /** Creates the counters; JMH calls it. */
        public Small() {}
    }

    /** Times of one round of {@link #sizes}, in milliseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Sizes {
        /** 10^5 parameters. */
        public double n5;

        /** 10^6 parameters. */
        public double n6;

        /** 10^7 parameters: the unit. */
        public double n7;

        /** 10^8 parameters. */
        public double n8;

        /** Creates the counters; JMH calls it. */
        public Sizes() {}
    }

    /**
     * 10^7 parameters, beside the wall and ND4J's updaters.
     *
     * @param millis of each; Modified
     */
    @Benchmark
    public void large(Large millis) {
        StepKernelBenchmark own = kernels(LARGE);
        BuiltInUpdaterBenchmark other = builtIn(LARGE);
        MemoryBenchmark wall = memory(LARGE);
        rounds.play(
                TURNS,
                List.of(
                        new Contestant(wall::triad, t -> millis.triad = t),
                        new Contestant(wall::copy, t -> millis.copy = t),
                        new Contestant(1, other::restoreGradient, other::adam, t -> millis.adam = t),
                        new Contestant(1, other::restoreGradient, other::nesterovs, t -> millis.nesterovs = t),
                        new Contestant(1, own::restoreGradient, fresh(own), t -> millis.fresh = t),
                        new Contestant(1, own::restoreGradient, between(own), t -> millis.between = t)));
    }

    /**
     * 10^7 parameters, beside the same step as array operations.
     *
     * @param millis of each; Modified
     */
    @Benchmark
    public void arrayOperations(ArrayOperations millis) {
        StepKernelBenchmark own = kernels(LARGE);
        NaiveStepBenchmark chain = naive(LARGE);
        rounds.play(
                1,
                List.of(
                        new Contestant(1, own::restoreGradient, fresh(own), t -> millis.fresh = t),
                        new Contestant(1, chain::restoreGradient, operations(chain), t -> millis.operations = t)));
    }

    /**
     * 1000 parameters, beside ND4J's Adam.
     *
     * @param millis of each; Modified
     */
    @Benchmark
    public void small(Small millis) {
        StepKernelBenchmark own = kernels(SMALL);
        BuiltInUpdaterBenchmark other = builtIn(SMALL);
        rounds.play(
                TURNS,
                List.of(
                        new Contestant(CALLS_OF_SMALL, other::restoreGradient, other::adam, t -> millis.adam = t),
                        new Contestant(CALLS_OF_SMALL, own::restoreGradient, fresh(own), t -> millis.fresh = t),
                        new Contestant(CALLS_OF_SMALL, own::restoreGradient, between(own), t -> millis.between = t)));
    }

    /**
     * 10^5 to 10^8 parameters.
     *
     * @param millis of each; Modified
     */
    @Benchmark
    public void sizes(Sizes millis) {
        StepKernelBenchmark n5 = kernels(LARGE / 100);
        StepKernelBenchmark n6 = kernels(LARGE / 10);
        StepKernelBenchmark n7 = kernels(LARGE);
        StepKernelBenchmark n8 = kernels(LARGE * 10);
        rounds.play(
                TURNS,
                List.of(
                        new Contestant(100, n5::restoreGradient, fresh(n5), t -> millis.n5 = t),
                        new Contestant(10, n6::restoreGradient, fresh(n6), t -> millis.n6 = t),
                        new Contestant(1, n7::restoreGradient, fresh(n7), t -> millis.n7 = t),
                        new Contestant(1, n8::restoreGradient, fresh(n8), t -> millis.n8 = t)));
    }

    private StepKernelBenchmark kernels(int n) {
        return kernels.computeIfAbsent(n, size -> {
            StepKernelBenchmark made = new StepKernelBenchmark();
            made.kernel = kernel;
            made.n = size;
            made.threads = threads;
            made.allocate();
            return made;
        });
    }

    private BuiltInUpdaterBenchmark builtIn(int n) {
        return builtIn.computeIfAbsent(n, size -> {
            BuiltInUpdaterBenchmark made = new BuiltInUpdaterBenchmark();
            made.n = size;
            made.threads = threads;
            made.allocate();
            return made;
        });
    }

    private NaiveStepBenchmark naive(int n) {
        return naive.computeIfAbsent(n, size -> {
            NaiveStepBenchmark made = new NaiveStepBenchmark();
            made.n = size;
            made.threads = threads;
            made.allocate();
            return made;
        });
    }

    private MemoryBenchmark memory(int n) {
        return memory.computeIfAbsent(n, size -> {
            MemoryBenchmark made = new MemoryBenchmark();
            made.n = size;
            made.threads = threads;
            made.allocate();
            return made;
        });
    }

    /** Ends what helps to move memory. */
    @TearDown
    public void end() {
        memory.values().forEach(MemoryBenchmark::end);
    }

    private Runnable fresh(StepKernelBenchmark own) {
        return switch (step) {
            case "lion" -> own::lion;
            case "diffGrad" -> own::diffGrad;
            case "adaHessian" -> own::adaHessian;
            case "sophia" -> own::sophia;
            default -> throw unknown();
        };
    }

    private Runnable between(StepKernelBenchmark own) {
        return switch (step) {
            case "lion" -> own::lion;
            case "diffGrad" -> own::diffGrad;
            case "adaHessian" -> own::adaHessianWithoutEstimate;
            case "sophia" -> own::sophiaWithoutEstimate;
            default -> throw unknown();
        };
    }

    private Runnable operations(NaiveStepBenchmark chain) {
        return switch (step) {
            case "lion" -> chain::lion;
            case "diffGrad" -> chain::diffGrad;
            case "adaHessian" -> chain::adaHessian;
            case "sophia" -> chain::sophia;
            default -> throw unknown();
        };
    }

    private IllegalArgumentException unknown() {
        return new IllegalArgumentException("no step is called " + step);
    }
}
