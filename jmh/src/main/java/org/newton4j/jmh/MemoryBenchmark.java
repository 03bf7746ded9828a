/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
 * What memory gives: STREAM's copy and triad on {@code float[]}, on all processors.
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
    @Param({"10000", "1000000", "10000000"})
    public int n;

    private float[] a = new float[0];
    private float[] b = a;
    private float[] c = a;

    /** Creates the state; JMH calls it. */
    public MemoryBenchmark() {}

    /** Three arrays, touched. */
    @Setup(Level.Trial)
    public void allocate() {
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
        IntStream.range(0, chunks()).parallel().forEach(chunk -> {
            int from = chunk * CHUNK;
            System.arraycopy(b, from, a, from, Math.min(CHUNK, n - from));
        });
        return a;
    }

    /**
     * {@code a = b + 3 c}.
     *
     * @return a
     */
    @Benchmark
    public float[] triad() {
        IntStream.range(0, chunks()).parallel().forEach(chunk -> {
            int from = chunk * CHUNK;
            triad(a, b, c, from, Math.min(CHUNK, n - from) + from);
        });
        return a;
    }

    private static void triad(float[] a, float[] b, float[] c, int from, int to) {
        for (int i = from; i < to; i++) {
            a[i] = b[i] + 3f * c[i];
        }
    }

    private int chunks() {
        return (n + CHUNK - 1) / CHUNK;
    }
}
