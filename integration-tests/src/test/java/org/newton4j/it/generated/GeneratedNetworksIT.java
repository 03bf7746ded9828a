/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Networks and optimizers drawn at random hold what the hand-written tests hold: they train, go through JSON and YAML,
 * resume bit for bit, leave frozen layers alone, and their Hessian products are derivatives of Deeplearning4j's gradient.
 *
 * <p>{@code -Dcases=N} draws more, {@code -Dseed=S} others, {@code -Dcase=K} repeats one. What Deeplearning4j refuses or
 * gets wrong with its own Adam is drawn again, always the same way.
 */
class GeneratedNetworksIT {

    private static final int CASES = 200;
    private static final long SEED = 17;

    private static final Tally TALLY = new Tally();

    @TempDir
    static Path folder;

    private final ExecutorService threads =
            Executors.newFixedThreadPool(Math.min(2, Runtime.getRuntime().availableProcessors()));

    @TestFactory
    List<DynamicTest> should_hold_for_every_generated_case() {
        long seed = Long.getLong("seed", SEED);
        Integer only = Integer.getInteger("case");
        IntStream numbers = only == null ? IntStream.range(0, Integer.getInteger("cases", CASES)) : IntStream.of(only);
        List<DynamicTest> tests = new ArrayList<>();
        numbers.forEach(number -> {
            Future<?> result = threads.submit(() -> new GeneratedRun(folder, TALLY).check(seed, number));
            tests.add(DynamicTest.dynamicTest("seed " + seed + ", case " + number, () -> rethrow(result)));
        });
        return tests;
    }

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @AfterAll
    static void report() {
        System.out.println(TALLY);
    }

    private static void rethrow(Future<?> result) throws Throwable {
        try {
            result.get();
        } catch (ExecutionException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
