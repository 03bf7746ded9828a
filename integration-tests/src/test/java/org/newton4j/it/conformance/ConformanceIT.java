/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.FixtureDirectory;

/**
 * Golden cases, each at its own tolerance. {@code mvn verify -Dfixtures=DIR} chooses the directory; every case in it is
 * either run or listed as not implemented.
 */
class ConformanceIT {

    private static final ConformanceReport REPORT = new ConformanceReport();
    private static FixtureDirectory directory;

    @BeforeAll
    static void chooseDirectory() {
        directory = FixtureDirectory.choose(
                System.getProperty("fixtures"), Path.of(System.getProperty("repository", "..")));
        System.out.println("Golden cases: " + directory.root() + " (" + directory.origin() + ")");
    }

    @AfterAll
    static void printTable() {
        System.out.println(REPORT.table("Conformance with " + directory.root() + " (" + directory.origin() + "), "
                + Kernels.name() + " kernels"));
    }

    @TestFactory
    List<DynamicTest> should_reproduce_every_golden_case() throws IOException {
        List<Path> folders = directory.caseFolders();
        assertThat(folders).as("cases below %s", directory.root()).isNotEmpty();
        List<DynamicTest> tests = new ArrayList<>();
        for (Path folder : folders) {
            String name = directory.root().relativize(folder).toString();
            FixtureCase fixture;
            String label;
            try {
                fixture = FixtureCase.read(folder);
                label = CaseKinds.label(fixture);
            } catch (IOException | IllegalArgumentException e) {
                REPORT.found("unreadable", true);
                REPORT.finished("unreadable", new Checks(), false);
                tests.add(DynamicTest.dynamicTest(name, () -> {
                    throw new AssertionError("unreadable case " + folder, e);
                }));
                continue;
            }
            CaseKinds.runner(fixture)
                    .ifPresentOrElse(
                            runner -> {
                                REPORT.found(label, true);
                                tests.add(DynamicTest.dynamicTest(name, () -> run(runner, fixture, label)));
                            },
                            () -> REPORT.found(label, false));
        }
        return tests;
    }

    private static void run(CaseRunner runner, FixtureCase fixture, String label) {
        Checks checks = new Checks();
        boolean passed = false;
        try {
            runner.run(fixture, checks);
            checks.verify();
            passed = true;
        } finally {
            REPORT.finished(label, checks, passed);
        }
    }
}
