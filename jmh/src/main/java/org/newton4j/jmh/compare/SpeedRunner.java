/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs JMH in a fork of its own for each job.
 *
 * @param percent of the rounds that a job asks for
 * @param verbose whether JMH talks
 */
record SpeedRunner(int percent, boolean verbose) {

    /**
     * Measures the time of each contestant in each round.
     *
     * @throws RunnerException if the benchmark fails or there is no such benchmark
     */
    Outcome measure(SpeedJob job) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Pattern.quote(job.fullName()) + "$")
                .forks(1)
                // The benchmarks warm themselves up in the round that does not count.
                .warmupIterations(1)
                .measurementIterations(Math.max(1, job.rounds() * percent / 100))
                .timeUnit(TimeUnit.MILLISECONDS)
                .shouldFailOnError(true)
                .verbosity(verbose ? VerboseMode.EXTRA : VerboseMode.SILENT);
        job.parameters().forEach(options::param);
        Collection<RunResult> results = new Runner(options.build()).run();
        if (results.size() != 1) {
            throw new RunnerException(job + ": " + results.size() + " results instead of 1");
        }
        return new Outcome(rounds(results.iterator().next()));
    }

    private static Map<String, double[]> rounds(RunResult run) {
        Map<String, double[]> rounds = new TreeMap<>();
        for (BenchmarkResult fork : run.getBenchmarkResults()) {
            for (IterationResult round : fork.getIterationResults()) {
                round.getSecondaryResults()
                        .forEach((contestant, time) -> rounds.merge(
                                contestant,
                                new double[] {time.getScore()},
                                (all, one) -> DoubleStream.concat(Arrays.stream(all), Arrays.stream(one))
                                        .toArray()));
            }
        }
        return rounds;
    }
}
