/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * Peak memory of training with an estimate at every step, against plain training with Adam.
 *
 * <p>Each number is the median of {@value #CHILDREN} processes that train one network each; the resident set (JavaCPP's
 * {@code Pointer.physicalBytes()}, what the operating system has given: heap, off-heap arrays, workspaces, code) is
 * sampled every millisecond. <b>Extra</b> is its peak over what the same process held with ND4J loaded and no network:
 *
 * <pre>
 * ratio = (peak of AdaHessian - empty of AdaHessian) / (peak of Adam - empty of Adam)
 * </pre>
 *
 * <p>The whole heap is touched at the start, so that its use is in neither number. Adam and AdaHessian keep two values per parameter alike. HOW TO RUN:
 * {@code OMP_NUM_THREADS=1 java -cp target/benchmarks.jar org.newton4j.jmh.PeakMemory [MLP LENET RESNET]}
 */
public final class PeakMemory {

    private static final int STEPS = 60;
    private static final int CHILDREN = 3;
    private static final double MIB = 1024.0 * 1024.0;
    private static final String MEASURE = "measure";

    private PeakMemory() {}

    /**
     * Prints a table, or, as its own child process, one line of numbers.
     *
     * @param arguments networks, all three without any; of a child, {@code measure}, a network and {@code adam} or
     *     {@code adahessian}
     * @throws IOException if a child cannot be started
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 3 && arguments[0].equals(MEASURE)) {
            measure(arguments[1], arguments[2]);
            return;
        }
        String[] networks = arguments.length == 0 ? new String[] {"MLP", "LENET", "RESNET"} : arguments;
        System.out.printf(
                "MiB, medians of %d processes%n%-8s %12s %12s %8s %14s %14s %8s%n",
                CHILDREN, "", "Adam extra", "AdaH. extra", "ratio", "Adam process", "AdaH. process", "ratio");
        for (String network : networks) {
            double[][] plain = new double[CHILDREN][];
            double[][] curved = new double[CHILDREN][];
            for (int i = 0; i < CHILDREN; i++) {
                plain[i] = child(network, "adam");
                curved[i] = child(network, "adahessian");
            }
            double plainExtra = median(plain, p -> p[1] - p[0]);
            double curvedExtra = median(curved, p -> p[1] - p[0]);
            double plainPeak = median(plain, p -> p[1]);
            double curvedPeak = median(curved, p -> p[1]);
            System.out.printf(
                    "%-8s %12.1f %12.1f %8.2f %14.1f %14.1f %8.2f%n",
                    network,
                    plainExtra,
                    curvedExtra,
                    curvedExtra / plainExtra,
                    plainPeak,
                    curvedPeak,
                    curvedPeak / plainPeak);
        }
    }

    private static double median(double[][] runs, ToDoubleFunction<double[]> value) {
        return Arrays.stream(runs).mapToDouble(value).sorted().toArray()[runs.length / 2];
    }

    private static double[] child(String network, String updater) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms512m",
                        "-Xmx512m",
                        // The whole heap at once: what is left to vary is outside it.
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PeakMemory.class.getName(),
                        MEASURE,
                        network,
                        updater)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        double[] numbers = new double[0];
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("peak ")) {
                    String[] words = line.split(" ", 3);
                    numbers = new double[] {Double.parseDouble(words[1]), Double.parseDouble(words[2])};
                }
            }
        }
        if (process.waitFor() != 0 || numbers.length == 0) {
            throw new IOException("the process for " + network + " " + updater + " failed");
        }
        return numbers;
    }

    private static void measure(String name, String updater) throws InterruptedException {
        // ND4J, its backend and BLAS are loaded by the first product; no network yet.
        Nd4j.rand(DataType.FLOAT, 8, 8).mmul(Nd4j.rand(DataType.FLOAT, 8, 8));
        System.gc();
        long before = Pointer.physicalBytes();
        AtomicLong peak = new AtomicLong(before);
        AtomicBoolean done = new AtomicBoolean();
        Thread sampler = new Thread(() -> {
            while (!done.get()) {
                peak.accumulateAndGet(Pointer.physicalBytes(), Math::max);
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        });
        sampler.start();
        boolean curved = updater.equals("adahessian");
        BenchmarkNetwork network = BenchmarkNetwork.of(name, curved ? new AdaHessian(0.01) : new Adam(1e-3));
        if (curved) {
            network.listen(new CurvatureListener());
        }
        for (int step = 0; step < STEPS; step++) {
            network.fit();
        }
        done.set(true);
        sampler.join();
        System.out.printf("peak %f %f%n", before / MIB, peak.get() / MIB);
    }
}
