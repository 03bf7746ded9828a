/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.newton4j.it.process.ChildJvm;

/**
 * Heap and native memory stay flat in training with every optimizer that keeps more than Deeplearning4j does.
 *
 * <p>{@value #SHORT} steps each in every build; {@code -Dnewton4j.soak=10000} gives the long run of docs/performance.md.
 */
class SoakIT {

    private static final int SHORT = 750;
    private static final int SECONDS = 1_800;

    /** Seen is 0; one array left over per step would be hundreds. */
    private static final long TRACKED_TOLERANCE = 20;

    /** Once in a run about half a megabyte is added for good, whatever the optimizer; a leak shows in the long run. */
    private static final long HEAP_TOLERANCE = 1L << 20;

    /** A few are asked for by the JVM itself; a young generation that is too small has dozens. */
    private static final long YOUNG_TOLERANCE = 5;

    /** Compiled code and the allocator's habits. */
    private static final long RESIDENT_TOLERANCE = 48L << 20;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"AdaHessian", "Sophia", "Mkor", "Kfac", "Mfac"})
    void memory_should_stay_flat(String optimizer) throws IOException, InterruptedException {
        int steps = Integer.getInteger("newton4j.soak", SHORT);
        String output = ChildJvm.run(
                SoakRun.class,
                folder,
                SECONDS,
                List.of(
                        "-Xms600m",
                        "-Xmx600m",
                        // What 250 steps leave behind, and some, without a collection of its own: see SoakRun.
                        "-Xmn500m",
                        "-XX:+UseSerialGC",
                        "-XX:+AlwaysPreTouch",
                        "--add-modules=jdk.incubator.vector"),
                List.of(optimizer, "" + Math.max(250, steps / 10), "" + steps));
        List<LiveMemory> measured = output.lines()
                .filter(line -> line.startsWith("soak "))
                .map(SoakIT::parse)
                .toList();
        output.lines().filter(line -> line.startsWith("soak ")).forEach(System.out::println);

        assertThat(measured).hasSize(3);
        assertThat(output.lines().filter(line -> line.startsWith("young ")))
                .as("collections in the middle of a step")
                .singleElement()
                .satisfies(line -> assertThat(Long.parseLong(line.substring(6))).isLessThan(YOUNG_TOLERANCE));
        LiveMemory start = measured.get(0);
        LiveMemory end = measured.get(2);
        assertThat(end.tracked() - start.tracked())
                .as("growth of what ND4J has to free")
                .isLessThan(TRACKED_TOLERANCE);
        assertThat(end.arrays() - start.arrays())
                .as("growth of arrays in bytes")
                .isLessThanOrEqualTo(0);
        assertThat(end.workspaces()).as("bytes of workspaces").isEqualTo(start.workspaces());
        assertThat(end.heap() - measured.get(1).heap())
                .as("growth of the heap in bytes")
                .isLessThan(HEAP_TOLERANCE);
        assertThat(end.resident() - start.resident())
                .as("growth of resident memory in bytes")
                .isLessThan(RESIDENT_TOLERANCE);
    }

    private static LiveMemory parse(String line) {
        long[] numbers = Arrays.stream(line.split(" ", -1))
                .skip(3)
                .mapToLong(Long::parseLong)
                .toArray();
        return new LiveMemory(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
    }
}
