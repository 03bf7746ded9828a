/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepControlTest {

    @Test
    void should_steer_the_change_to_its_target() {
        StepControl steps = new StepControl(5e-3, 1e-3);

        // The change is 0.2 k: the first step changes 2e-4, too little.
        assertThat(steps.shouldRetry(2e-4, 1)).isTrue();
        assertThat(steps.step(2)).isEqualTo(2.5e-2 / 2);
        assertThat(steps.shouldRetry(5e-3, 2)).isFalse();
    }

    @Test
    void should_learn_from_a_step_that_is_good_enough_without_repeating_it() {
        StepControl steps = new StepControl(5e-3, 1e-3);

        assertThat(steps.shouldRetry(1e-2, 1)).isFalse();
        assertThat(steps.step(1)).isEqualTo(5e-4);
    }

    @Test
    void should_stop_after_three_tries() {
        StepControl steps = new StepControl(5e-3, 1e-3);

        assertThat(steps.shouldRetry(1, 1)).isTrue();
        assertThat(steps.shouldRetry(1, 2)).isTrue();
        assertThat(steps.shouldRetry(1, 3)).isFalse();
    }

    @Test
    void should_keep_its_step_if_the_change_cannot_be_measured() {
        StepControl steps = new StepControl(5e-3, 1e-3);

        for (double r : new double[] {0, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThat(steps.shouldRetry(r, 1)).isFalse();
            assertThat(steps.step(1)).isEqualTo(1e-3);
        }
    }
}
