/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What memory gives: STREAM's copy and triad on {@code float[]}, on one thread or more.
 *
 * <p>Bytes by STREAM's count: copy 8 n, triad 12 n. A FLOAT step by the same count: Lion 16 n, diffGrad 32 n, AdaHessian
 * and Sophia 28 n with a new estimate and 20 n without.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx2g"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class MemoryBenchmark {

    private static final int CHUNK = 1 << 15;

    /** Length of each array. */
    @Param({"10000", "100000", "1000000", "10000000", "100000000"})
    public int n;

    /** Threads that share the arrays. */
    @Param({"1", "2"})
    public int threads = 1;

    private float[] a = new float[0];
    private float[] b = a;
    private float[] c = a;
    private ExecutorService pool = Executors.newSingleThreadExecutor();

    /** Creates the state; JMH calls it. */
    public MemoryBenchmark() {}

    /** Three arrays, touched. */
    @Setup(Level.Trial)
    public void allocate() {
        pool.shutdown();
        pool = Executors.newFixedThreadPool(threads);
        a = new float[n];
        b = new float[n];
        c = new float[n];
        Arrays.fill(b, 1);
        Arrays.fill(c, 2);
    }

    /**
     * {@code a = b}.
     *
     * @return a
     */
    @Benchmark
    public float[] copy() {
        share((from, to) -> System.arraycopy(b, from, a, from, to - from));
        return a;
    }

    /**
     * {@code a = b + 3 c}.
     *
     * @return a
     */
    @Benchmark
    public float[] triad() {
        share((from, to) -> triad(a, b, c, from, to));
        return a;
    }

    private static void triad(float[] a, float[] b, float[] c, int from, int to) {
        for (int i = from; i < to; i++) {
            a[i] = b[i] + 3f * c[i];
        }
    }

    private interface Range {
        void run(int from, int to);
    }

    /** Halves, thirds … in order: the caller takes the first, the pool the rest; small arrays stay with the caller. */
    private void share(Range work) {
        if (threads == 1 || n <= CHUNK) {
            work.run(0, n);
            return;
        }
        int part = (n + threads - 1) / threads;
        List<Future<?>> others = new ArrayList<>();
        for (int t = 1; t < threads; t++) {
            int from = Math.min(n, t * part);
            int to = Math.min(n, from + part);
            others.add(pool.submit(() -> work.run(from, to)));
        }
        work.run(0, part);
        for (Future<?> other : others) {
            try {
                other.get();
            } catch (InterruptedException | ExecutionException broken) {
                throw new IllegalStateException(broken);
            }
        }
    }

    /** Ends the helpers. */
    @TearDown(Level.Trial)
    public void end() {
        pool.shutdown();
    }
}
