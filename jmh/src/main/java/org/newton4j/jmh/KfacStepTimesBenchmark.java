/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.training.CurvatureListener;
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
 * Mean and slowest training steps of K-FAC: inverses at once, layer after layer, and in the background, beside Adam.
 *
 * <p>A call is a round, in which each contestant trains for one cycle, the steps from one inversion to the next. They do
 * not take turns step by step, because a background inversion has to fall into steps of the network it belongs to. A
 * result is used within the cycle that began it, so that no work is left for the contestant that follows. The first contestant changes from round to round. Counters are milliseconds; JMH alone adds them up over the iterations.
 *
 * <p>HOW TO RUN ALONE: {@code OMP_NUM_THREADS=1 java -jar jmh/target/benchmarks.jar KfacStepTimes}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 11)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls build() before any benchmark
public class KfacStepTimesBenchmark {

    private static final double NANOS_PER_MILLI = 1e6;

    /** The network: a perceptron, LeNet or a residual graph. */
    @Param("MLP")
    public String net = "MLP";

    /** Steps from one inversion to the next, at least 2. */
    @Param("10")
    public int interval = Kfac.DEFAULT_INVERSE_INTERVAL;

    /** Threads of ND4J and of our kernels; OMP_NUM_THREADS must allow them. */
    @Param("1")
    public int threads = 1;

    private List<BenchmarkNetwork> contestants;
    private int round;

    /** Creates the state; JMH calls it. */
    public KfacStepTimesBenchmark() {}

    /** Times of one round, in milliseconds per step. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Steps {
        /** Adam: the unit. */
        public double adamMean;

        /** The slowest of Adam's steps. */
        public double adamSlowest;

        /** All layers inverted at one step, the default. */
        public double atOnceMean;

        /** The step with the inversions. */
        public double atOnceSlowest;

        /** One layer after another over the cycle. */
        public double spreadMean;

        /** The step that inverts the largest layer. */
        public double spreadSlowest;

        /** In the background, used half a cycle later. */
        public double delayedMean;

        /** The slowest of these steps. */
        public double delayedSlowest;

        /** In the background, with as much time as there is: used at the last step of the cycle. */
        public double longestMean;

        /** The slowest of these steps. */
        public double longestSlowest;

        /** Creates the counters; JMH calls it. */
        public Steps() {}
    }

    private record Cycle(double mean, double slowest) {}

    /** Builds networks of the same weights. */
    @Setup
    public void build() {
        BenchmarkThreads.use(threads);
        contestants = List.of(
                network(new Adam(1e-3)),
                network(kfac().build()),
                network(kfac().spreadRefreshes(true).build()),
                network(kfac().inverseDelay(interval / 2).build()),
                network(kfac().inverseDelay(interval - 1).build()));
    }

    private Kfac.Builder kfac() {
        return Kfac.builder().inverseInterval(interval);
    }

    private BenchmarkNetwork network(IUpdater updater) {
        BenchmarkNetwork network = BenchmarkNetwork.of(net, updater);
        network.listen(new CurvatureListener());
        return network;
    }

    /**
     * One cycle of each.
     *
     * @param millis per step of each; Modified
     */
    @Benchmark
    public void cycles(Steps millis) {
        Cycle[] cycles = new Cycle[contestants.size()];
        for (int i = 0; i < cycles.length; i++) {
            int contestant = (round + i) % cycles.length;
            cycles[contestant] = cycle(contestants.get(contestant));
        }
        round++;
        millis.adamMean += cycles[0].mean();
        millis.adamSlowest += cycles[0].slowest();
        millis.atOnceMean += cycles[1].mean();
        millis.atOnceSlowest += cycles[1].slowest();
        millis.spreadMean += cycles[2].mean();
        millis.spreadSlowest += cycles[2].slowest();
        millis.delayedMean += cycles[3].mean();
        millis.delayedSlowest += cycles[3].slowest();
        millis.longestMean += cycles[4].mean();
        millis.longestSlowest += cycles[4].slowest();
    }

    private Cycle cycle(BenchmarkNetwork network) {
        double[] times = new double[interval];
        for (int step = 0; step < interval; step++) {
            long start = System.nanoTime();
            network.fit();
            times[step] = (System.nanoTime() - start) / NANOS_PER_MILLI;
        }
        return new Cycle(
                Arrays.stream(times).average().orElseThrow(),
                Arrays.stream(times).max().orElseThrow());
    }
}
