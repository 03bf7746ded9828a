/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.learning.config.Adam;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * Peak memory of training with an estimate at every step, against plain training with Adam.
 *
 * <p>Each network is trained in a process of its own, so that nothing is left over from another; the resident set (JavaCPP's
 * {@code Pointer.physicalBytes()}, what the operating system has given: heap, off-heap arrays, workspaces, code) is
 * sampled every millisecond. Adam and AdaHessian keep two values per parameter alike. HOW TO RUN:
 * {@code OMP_NUM_THREADS=1 java -cp target/benchmarks.jar org.newton4j.jmh.PeakMemory}
 */
public final class PeakMemory {

    private static final int STEPS = 60;
    private static final double MIB = 1024.0 * 1024.0;

    private PeakMemory() {}

    /**
     * Prints a table, or, as its own child process, one line of numbers.
     *
     * @param arguments none; of a child, the network and {@code adam} or {@code adahessian}
     * @throws IOException if a child cannot be started
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 2) {
            measure(arguments[0], arguments[1]);
            return;
        }
        System.out.printf(
                "%-8s %28s %28s %8s %18s%n",
                "", "Adam: peak (before network)", "AdaHessian: peak (before)", "ratio", "ratio above before");
        for (String network : new String[] {"MLP", "LENET", "RESNET"}) {
            double[] plain = child(network, "adam");
            double[] curved = child(network, "adahessian");
            System.out.printf(
                    "%-8s %14.0f (%.0f) MiB %16.0f (%.0f) MiB %12.2f %12.2f%n",
                    network,
                    plain[1],
                    plain[0],
                    curved[1],
                    curved[0],
                    curved[1] / plain[1],
                    (curved[1] - curved[0]) / (plain[1] - plain[0]));
        }
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
        // ND4J and its backend are loaded by the first array.
        BenchmarkNetwork.of("MLP", new Adam(1e-3)).fit();
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
