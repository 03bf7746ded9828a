/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThreadsTest {

    @Test
    void should_prefer_the_property_to_the_environment_to_the_machine() {
        int processors = Runtime.getRuntime().availableProcessors();

        assertThat(Threads.configured("3", "5")).isEqualTo(3);
        assertThat(Threads.configured(null, "5")).isEqualTo(5);
        assertThat(Threads.configured(null, " 6 ,2")).isEqualTo(6);
        assertThat(Threads.configured(null, null)).isEqualTo(processors);
        assertThat(Threads.configured(null, "many")).isEqualTo(processors);
        assertThat(Threads.configured(null, "0")).isEqualTo(processors);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1025", "two", "", "1.5"})
    void should_refuse_a_property_that_is_not_a_number_of_threads(String property) {
        assertThatThrownBy(() -> Threads.configured(property, "5"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("System property newton4j.threads is '" + property
                        + "', must be a whole number from 1 to 1024");
    }
}
