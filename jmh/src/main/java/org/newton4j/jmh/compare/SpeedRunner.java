/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
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

    /**
     * Measures the mean time of a call.
     *
     * @throws RunnerException if the benchmark fails or there is no such benchmark
     */
    Score measure(SpeedJob job) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Pattern.quote(job.fullName()) + "$")
                .forks(1)
                .warmupIterations(warmUps)
                .warmupTime(TimeValue.milliseconds(millis))
                .measurementIterations(iterations)
                .measurementTime(TimeValue.milliseconds(millis))
                .timeUnit(TimeUnit.MILLISECONDS)
                .shouldFailOnError(true)
                .verbosity(verbose ? VerboseMode.EXTRA : VerboseMode.SILENT);
        job.parameters().forEach(options::param);
        Collection<RunResult> results = new Runner(options.build()).run();
        if (results.size() != 1) {
            throw new RunnerException(job + ": " + results.size() + " results instead of 1");
        }
        Result<?> result = results.iterator().next().getPrimaryResult();
        return new Score(result.getScore(), result.getScoreError());
    }
}
