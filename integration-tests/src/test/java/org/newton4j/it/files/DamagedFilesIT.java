/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.newton4j.it.process.ChildJvm;

/**
 * A damaged or foreign file gives one {@link IOException} that names it, or the network that was saved, bit by bit; never anything else.
 * {@code -Dcases=N} tries more files, {@code -Dseed=S} others.
 */
class DamagedFilesIT {

    private static final int CASES = 400;

    @TempDir
    Path folder;

    @Test
    void should_refuse_damaged_files_with_one_exception() throws IOException, InterruptedException {
        int cases = Integer.getInteger("cases", CASES);
        assertThat(run(cases)).contains("of " + cases + " damaged files 0 failed");
    }

    private String run(int cases) throws IOException, InterruptedException {
        try {
            return ChildJvm.run(
                    DamagedFiles.class,
                    folder,
                    120 + cases,
                    List.of(
                            "-Xmx512m",
                            "-Dorg.bytedeco.javacpp.maxbytes=512m",
                            "-Dorg.bytedeco.javacpp.maxphysicalbytes=4g"),
                    List.of(Long.toString(Long.getLong("seed", 1)), Integer.toString(cases), folder.toString()));
        } catch (AssertionError e) {
            Path last = folder.resolve("last.txt");
            throw new AssertionError("at " + (Files.exists(last) ? Files.readString(last) : "the start"), e);
        }
    }
}
