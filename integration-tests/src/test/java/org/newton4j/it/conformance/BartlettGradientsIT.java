/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.FixtureDirectory;

/** Our gradients on the labels that golden Sophia runs have drawn, in the chosen directory and in the repository. */
class BartlettGradientsIT {

    @TestFactory
    List<DynamicTest> should_reproduce_the_curvature_of_golden_sophia_runs() throws IOException {
        Set<Path> folders =
                new LinkedHashSet<>(new FixtureDirectory(FixtureDirectory.bundled(), "bundled").caseFolders());
        folders.addAll(
                FixtureDirectory.choose(System.getProperty("fixtures"), Path.of(System.getProperty("repository", "..")))
                        .caseFolders());
        List<DynamicTest> tests = new ArrayList<>();
        for (Path folder : folders) {
            FixtureCase fixture = FixtureCase.read(folder);
            if (fixture.text("kind").equals("sophia_full_loop")) {
                tests.add(DynamicTest.dynamicTest(folder.toString(), () -> {
                    Checks checks = new Checks();
                    new BartlettGradients().run(fixture, checks);
                    checks.verify();
                }));
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }
}
