/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * README and the pages in {@code docs} tell the truth: complete programs run, snippets compile.
 *
 * <p>A {@code java} block that begins with {@code // file: Name.java} is a complete class, compiled and run in an empty
 * folder. Any other block is compiled as the body of a method: it may begin with imports of its own, and may use the
 * names in {@code MEMBERS} without declaring them.
 */
class ReadmeIT {

    private static final String IMPORTS = """
            import java.io.*;
            import java.nio.file.Path;
            import java.util.*;
            import org.nd4j.autodiff.samediff.*;
            import org.deeplearning4j.nn.api.*;
            import org.deeplearning4j.nn.conf.*;
            import org.deeplearning4j.nn.conf.layers.*;
            import org.deeplearning4j.nn.graph.ComputationGraph;
            import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
            import org.deeplearning4j.util.ModelSerializer;
            import org.nd4j.linalg.activations.Activation;
            import org.nd4j.linalg.api.buffer.DataType;
            import org.nd4j.linalg.api.ndarray.INDArray;
            import org.nd4j.linalg.dataset.DataSet;
            import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
            import org.nd4j.linalg.factory.Nd4j;
            import org.nd4j.linalg.learning.config.*;
            import org.nd4j.linalg.lossfunctions.LossFunctions;
            import org.nd4j.linalg.schedule.*;
            import org.newton4j.optimizers.*;
            import org.newton4j.optimizers.samediff.*;
            import org.newton4j.optimizers.training.*;
            """;

    private static final String MEMBERS = """
                MultiLayerNetwork net;
                ComputationGraph graph;
                DataSet batch;
                DataSetIterator data;
                NeuralNetConfiguration.Builder builder;
                ISchedule schedule;
                File file;
                abstract SameDiff someGraph();
                abstract MultiLayerNetwork trainedNetwork();
                abstract DataSet someExamples();
            """;

    /** Pages that would say nothing without code; the others in the folder may have some. */
    private static final Set<String> WITH_CODE = Set.of("README.md", "docs/optimizers.md", "docs/training.md");

    @TempDir
    Path folder;

    @TestFactory
    List<DynamicTest> should_compile_and_run_every_java_block() throws IOException {
        Path repository = Path.of(System.getProperty("repository", ".."));
        List<DynamicTest> tests = new ArrayList<>();
        List<String> pages = pages(repository);
        assertThat(pages).as("pages, looked for through -Drepository").containsAll(WITH_CODE);
        for (String page : pages) {
            Path path = repository.resolve(page);
            List<MarkdownCode> blocks = MarkdownCode.of(Files.readString(path));
            if (WITH_CODE.contains(page)) {
                assertThat(blocks).as("java blocks in %s", path).isNotEmpty();
            }
            if (page.equals("README.md")) {
                assertThat(blocks.stream().filter(b -> b.className().isPresent()))
                        .as("complete programs in %s, blocks that begin with '// file: Name.java'", path)
                        .isNotEmpty();
            }
            for (MarkdownCode block : blocks) {
                String origin = page + " line " + block.line();
                tests.add(DynamicTest.dynamicTest(
                        origin + block.className().map(n -> ", " + n).orElse(", snippet"), () -> check(block, origin)));
            }
        }
        return tests;
    }

    private static List<String> pages(Path repository) throws IOException {
        List<String> pages = new ArrayList<>(List.of("README.md"));
        try (DirectoryStream<Path> docs = Files.newDirectoryStream(repository.resolve("docs"), "*.md")) {
            docs.forEach(page -> pages.add("docs/" + page.getFileName()));
        }
        return pages.stream().sorted().toList();
    }

    private void check(MarkdownCode block, String origin) throws IOException, InterruptedException {
        SnippetCompiler compiler = new SnippetCompiler(Files.createTempDirectory(folder, "block"));
        String name = block.className().orElse("Snippet" + block.line());
        compiler.compile(name, block.asClass(name, IMPORTS, MEMBERS), origin);
        if (block.className().isPresent()) {
            System.out.println(origin + " printed:\n" + compiler.run(name, origin));
        }
    }
}
