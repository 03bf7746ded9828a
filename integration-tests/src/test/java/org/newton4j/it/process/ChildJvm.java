/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a class with a main method in a new Java process with the class path of the test.
 */
public final class ChildJvm {

    private ChildJvm() {}

    /**
     * Runs to the end.
     *
     * @param main class with a main method
     * @param folder for what the process prints
     * @param seconds after which it is ended
     * @param options of the Java process
     * @param arguments of the main method
     * @return what it printed, both streams
     * @throws IOException if the process cannot be started
     * @throws InterruptedException if interrupted
     * @throws AssertionError if it did not end in time or not with 0; the message holds what it printed
     */
    public static String run(Class<?> main, Path folder, int seconds, List<String> options, List<String> arguments)
            throws IOException, InterruptedException {
        Path output = folder.resolve(main.getSimpleName() + ".out");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        // A crash report belongs to what the test leaves behind, not to where it was started.
        command.add("-XX:ErrorFile=" + folder.resolve("hs_err.log"));
        command.addAll(options);
        // Surefire may put the real class path into the manifest of one jar and keep the list in this property.
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        String text = Files.readString(output);
        if (!ended || process.exitValue() != 0) {
            throw new AssertionError(main.getSimpleName()
                    + (ended ? " ended with exit code " + process.exitValue() : " did not end within " + seconds + " s")
                    + " and printed:\n" + text);
        }
        return text;
    }
}
