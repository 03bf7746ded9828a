/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.readme;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles and runs code, with the class path of this test or a part of it. */
final class SnippetCompiler {

    private static final long TIMEOUT_SECONDS = 180;

    private final Path folder;
    private final String classPath;

    SnippetCompiler(Path folder) {
        this(folder, classPath());
    }

    SnippetCompiler(Path folder, String classPath) {
        this.folder = folder;
        this.classPath = folder + File.pathSeparator + classPath;
    }

    /** Compiles one class; the error names each line of the code that does not compile and shows the code. */
    void compile(String name, String source, String origin) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IllegalStateException("no Java compiler: run the tests with a JDK, not a JRE");
        }
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(problems, Locale.ROOT, null)) {
            Path file = Files.writeString(folder.resolve(name + ".java"), source);
            boolean compiled = compiler.getTask(
                            null,
                            files,
                            problems,
                            List.of("-d", folder.toString(), "-cp", classPath, "--release", "17", "-proc:none"),
                            null,
                            files.getJavaFileObjects(file))
                    .call();
            if (!compiled) {
                throw new AssertionError(origin + " does not compile:\n"
                        + problems.getDiagnostics().stream()
                                .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                                .map(d -> "  line " + d.getLineNumber() + ": " + d.getMessage(Locale.ROOT))
                                .collect(Collectors.joining("\n"))
                        + "\n" + numbered(source));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs the main method of a compiled class in a process of its own and returns what it printed. */
    String run(String name, String origin) throws IOException, InterruptedException {
        Path output = folder.resolve(name + ".out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        classPath,
                        name)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        String text = Files.readString(output);
        if (!ended || process.exitValue() != 0) {
            throw new AssertionError(origin
                    + (ended
                            ? " ended with exit code " + process.exitValue()
                            : " did not end within " + TIMEOUT_SECONDS + " s")
                    + " and printed:\n" + text);
        }
        return text;
    }

    /** The class path of this test. */
    static String classPath() {
        // Surefire may put the real class path into the manifest of one jar and keep the list in this property.
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static String numbered(String source) {
        StringBuilder text = new StringBuilder();
        int line = 1;
        for (String content : source.split("\n", -1)) {
            text.append(String.format("%4d  %s%n", line++, content));
        }
        return text.toString();
    }
}
