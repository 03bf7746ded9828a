/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.newton4j.optimizers.testing.Clause;
import org.newton4j.optimizers.testing.UpdaterContract;

/** The published updater contract is self-contained, and the subclass in its Javadoc compiles and runs. */
class ContractJarIT {

    private static final String IMPORTS = """
            import java.util.*;
            import org.nd4j.linalg.learning.config.*;
            import org.newton4j.optimizers.testing.*;
            """;

    private static final String MAIN = """
            import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

            import org.junit.platform.launcher.core.*;
            import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

            public class Main {
                public static void main(String[] args) throws Exception {
                    var summary = new SummaryGeneratingListener();
                    LauncherFactory.create().execute(
                            LauncherDiscoveryRequestBuilder.request()
                                    .selectors(selectClass(Class.forName("%s")))
                                    .build(),
                            summary);
                    var result = summary.getSummary();
                    result.getFailures().forEach(failure -> failure.getException().printStackTrace(System.out));
                    System.out.println("succeeded " + result.getTestsSucceededCount()
                            + ", skipped " + result.getTestsAbortedCount()
                            + ", failed " + result.getTestsFailedCount());
                    System.exit(0);
                }
            }
            """;

    @TempDir
    Path folder;

    @Test
    void should_hold_the_contract_and_no_other_test() throws IOException {
        try (ZipFile jar = new ZipFile(contractJar().toFile())) {
            List<String> classes = jar.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.endsWith(".class"))
                    .toList();
            assertThat(classes)
                    .contains("org/newton4j/optimizers/testing/UpdaterContract.class")
                    .allMatch(name -> name.startsWith("org/newton4j/optimizers/testing/"));
        }
    }

    /** With JUnit, AssertJ, Deeplearning4j and its backend, and without this library's main jars. */
    @Test
    void should_compile_and_run_the_subclass_of_its_javadoc_without_the_library() throws Exception {
        String classPath = Arrays.stream(SnippetCompiler.classPath().split(File.pathSeparator))
                .filter(entry -> entry.contains("-tests.jar") || !isOfThisProject(entry))
                .collect(Collectors.joining(File.pathSeparator));
        assertThat(classPath).contains("-tests.jar").contains("deeplearning4j-nn");
        Path source = Path.of(System.getProperty("repository", ".."))
                .resolve("optimizers/src/test/java/org/newton4j/optimizers/testing/UpdaterContract.java");
        String javadoc = Files.readString(source);
        int start = javadoc.indexOf("class AdamContractTest");
        assertThat(start).as("the subclass in the Javadoc of %s", source).isPositive();
        String subclass = javadoc.substring(start, javadoc.indexOf("}</pre>", start))
                .lines()
                .map(line -> line.replaceFirst("^ \\* ?", ""))
                .collect(Collectors.joining("\n"));

        SnippetCompiler compiler = new SnippetCompiler(folder, classPath);
        compiler.compile("AdamContractTest", IMPORTS + subclass, "Javadoc of UpdaterContract");
        compiler.compile("Main", MAIN.formatted("AdamContractTest"), "the runner");
        int deviations = 4;
        assertThat(compiler.run("Main", "Javadoc of UpdaterContract"))
                .contains("succeeded " + (Clause.values().length - deviations) + ", skipped " + deviations
                        + ", failed 0");
    }

    private static boolean isOfThisProject(String entry) {
        String root = Path.of(System.getProperty("repository", ".."))
                .toAbsolutePath()
                .normalize()
                .toString();
        return entry.startsWith(root) || entry.contains("newton4j");
    }

    private static Path contractJar() {
        try {
            Path jar = Path.of(UpdaterContract.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            assertThat(jar.toString()).as("this test runs after packaging").endsWith("-tests.jar");
            return jar;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
