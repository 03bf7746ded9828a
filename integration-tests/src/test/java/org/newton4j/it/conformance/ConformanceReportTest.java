/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.newton4j.it.fixture.Tolerance;

class ConformanceReportTest {

    private static final Tolerance UNIT = Tolerance.entrywise(0, 1);

    @Test
    void should_list_kinds_that_are_not_implemented() {
        ConformanceReport report = new ConformanceReport();
        report.found("mystery", false);
        report.found("mystery", false);
        assertThat(report.table("title")).containsPattern("mystery +2 +0 +0 +not implemented");
    }

    @Test
    void should_show_the_worst_case_of_each_quantity() {
        ConformanceReport report = new ConformanceReport();
        for (double error : new double[] {0.5, 2, 0.25}) {
            Checks checks = new Checks();
            checks.compare("loss", UNIT, new double[] {error}, new double[] {0});
            checks.compare("output", UNIT, new double[] {0}, new double[] {0});
            report.found("network", true);
            report.finished("network", checks, error <= 1);
        }
        assertThat(report.table("title"))
                .containsPattern("network +3 +3 +1 +2.00e\\+00")
                .containsPattern("loss +2.00e\\+00")
                .containsPattern("output +0.00e\\+00");
    }

    @Test
    void should_fail_checks_outside_the_tolerance_or_empty() {
        assertThatThrownBy(() -> new Checks().verify()).hasMessage("nothing was compared");
        Checks checks = new Checks();
        checks.compare("loss", UNIT, new double[] {1}, new double[] {0});
        assertThatCode(checks::verify).doesNotThrowAnyException();
        checks.record("product", Double.NaN);
        assertThatThrownBy(checks::verify)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("product: Infinity times the tolerance");
    }

    @Test
    void should_measure_norms_relative_to_the_expected_vector() {
        Checks checks = new Checks();
        checks.compareNorm("Hz", 0.1, new double[] {3, 4.5}, new double[] {3, 4});
        assertThat(checks.worst().get("Hz")).isCloseTo(1, org.assertj.core.api.Assertions.within(1e-12));
    }
}
