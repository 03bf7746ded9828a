/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OccurrencesTest {

    @Test
    void powers_of_two_should_be_reported_and_each_name_the_next() {
        Occurrences occurrences = new Occurrences();
        List<Long> reported = new ArrayList<>();
        List<Long> announced = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            if (occurrences.add()) {
                reported.add(occurrences.count());
                announced.add(occurrences.nextReport());
            }
        }
        assertThat(reported).containsExactly(1L, 2L, 4L, 8L, 16L);
        assertThat(announced).containsExactly(2L, 4L, 8L, 16L, 32L);
        assertThat(occurrences.count()).isEqualTo(20);
    }

    @Test
    void a_restored_count_should_go_on_and_a_negative_one_be_refused() {
        Occurrences occurrences = new Occurrences();
        occurrences.restore(6);
        assertThat(occurrences.add()).isFalse();
        assertThat(occurrences.add()).isTrue();
        assertThat(occurrences.count()).isEqualTo(8);
        assertThatThrownBy(() -> occurrences.restore(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("count = -1");
    }
}
