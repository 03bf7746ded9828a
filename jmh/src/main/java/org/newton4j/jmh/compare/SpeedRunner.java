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
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs JMH in a fork of its own for each job.
 *
 * @param warmUps iterations that do not count
 * @param iterations iterations that count
 * @param millis length of an iteration
 * @param verbose whether JMH talks
 */
record SpeedRunner(int warmUps, int iterations, int millis, boolean verbose) {

    /** At which jobs have the rounds they ask for. */
    static final int USUAL_ITERATIONS = 5;

    /**
     * Measures the time of a call and, if contestants take turns in it, of each of them in each round.
     *
     * @throws RunnerException if the benchmark fails or there is no such benchmark
     */
    Outcome measure(SpeedJob job) throws RunnerException {
        int shots = Math.max(1, job.rounds() * iterations / USUAL_ITERATIONS);
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Pattern.quote(job.fullName()) + "$")
                .forks(1)
                // One round is enough: the median does not mind what is left to compile.
                .warmupIterations(job.rounds() > 0 ? 1 : warmUps)
                .warmupTime(TimeValue.milliseconds(millis))
                .measurementIterations(job.rounds() > 0 ? shots : iterations)
                .measurementTime(TimeValue.milliseconds(millis))
                .timeUnit(TimeUnit.MILLISECONDS)
                .shouldFailOnError(true)
                .verbosity(verbose ? VerboseMode.EXTRA : VerboseMode.SILENT);
        job.parameters().forEach(options::param);
        Collection<RunResult> results = new Runner(options.build()).run();
        if (results.size() != 1) {
            throw new RunnerException(job + ": " + results.size() + " results instead of 1");
        }
        RunResult result = results.iterator().next();
        Result<?> mean = result.getPrimaryResult();
        return new Outcome(new Score(mean.getScore(), mean.getScoreError()), rounds(result));
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
