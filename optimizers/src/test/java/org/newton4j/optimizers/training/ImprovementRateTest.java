/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.newton4j.optimizers.update.MkorFallback;

class ImprovementRateTest {

    private static int switchedAt(MkorFallback rule, IntToDoubleFunction loss, int steps) {
        ImprovementRate rate = new ImprovementRate(rule);
        int at = -1;
        for (int t = 0; t < steps; t++) {
            if (rate.add(loss.applyAsDouble(t))) {
                assertThat(at).as("only once").isEqualTo(-1);
                at = t;
            }
            assertThat(rate.over()).isEqualTo(at >= 0);
        }
        return at;
    }

    @Test
    void should_never_give_up_while_the_loss_falls_steadily() {
        assertThat(switchedAt(new MkorFallback(0.9, 3, 0.9, 10), t -> 5 - 0.001 * t, 2000))
                .isEqualTo(-1);
    }

    @Test
    void should_give_up_at_the_knee() {
        // The loss falls by 1 per step until t = 50, then not at all: r decays as 0.5^(t - 50), the mean rate is 50 /
        // t.
        IntToDoubleFunction loss = t -> Math.max(0, 50 - t);
        // 0.5^(t - 50) < 0.1 * 50 / t for t = 54 (0.0625 < 0.0926), not for 53 (0.125 > 0.0943).
        assertThat(switchedAt(new MkorFallback(0.1, 1, 0.5, 1), loss, 100)).isEqualTo(54);
        assertThat(switchedAt(new MkorFallback(0.1, 5, 0.5, 1), loss, 100)).isEqualTo(58);
        assertThat(switchedAt(new MkorFallback(0.1, 5, 0.5, 70), loss, 100)).isEqualTo(74);
        assertThat(switchedAt(new MkorFallback(0.5, 1, 0.5, 1), loss, 100)).isEqualTo(52);
        assertThat(switchedAt(new MkorFallback(0.1, 1, 0.9, 1), loss, 100)).isGreaterThan(60);
    }

    @Test
    void should_count_knees_in_a_row_only() {
        // One step in three is a big one: no three bad ones in a row.
        IntToDoubleFunction stairs = t -> -(t / 3);
        assertThat(switchedAt(new MkorFallback(0.5, 3, 0, 1), stairs, 300)).isEqualTo(-1);
        assertThat(switchedAt(new MkorFallback(0.5, 2, 0, 1), stairs, 300)).isPositive();
    }

    @Test
    void should_give_up_when_the_loss_rises() {
        assertThat(switchedAt(new MkorFallback(0.5, 2, 0, 1), t -> t * t, 300)).isPositive();
    }

    @Test
    void should_ignore_losses_that_are_not_finite() {
        IntToDoubleFunction loss = t -> t % 7 == 0 ? Double.NaN : 5 - 0.001 * t;
        assertThat(switchedAt(new MkorFallback(0.5, 3, 0.9, 10), loss, 2000)).isEqualTo(-1);
    }

    @Test
    void should_go_on_from_its_state() {
        MkorFallback rule = new MkorFallback(0.1, 5, 0.5, 20);
        for (int cut : new int[] {0, 1, 30, 56, 90}) {
            ImprovementRate one = new ImprovementRate(rule);
            ImprovementRate other = one;
            for (int t = 0; t < 100; t++) {
                if (t == cut) {
                    other = new ImprovementRate(rule);
                    other.restore(one.state());
                }
                double loss = Math.max(0, 50 - t) + 0.1 * Math.sin(t);
                one.add(loss);
                if (other != one) {
                    other.add(loss);
                }
                assertThat(other.state()).isEqualTo(one.state());
                assertThat(other.over()).isEqualTo(one.over());
            }
        }
    }

    @Test
    void should_correct_the_average_for_its_start() {
        ImprovementRate rate = new ImprovementRate(new MkorFallback(0.1, 1, 0.99, 100));
        rate.add(3);
        rate.add(2);
        assertThat(rate.rate()).isEqualTo(1, within(1e-12));
        rate.add(1);
        assertThat(rate.rate()).isEqualTo(1, within(1e-12));
        assertThat(rate.meanRate()).isEqualTo(1);
    }

    @Test
    void should_refuse_numbers_that_make_no_sense() {
        assertThatThrownBy(() -> new MkorFallback(Double.NaN, 1, 0.9, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("beta = NaN");
        assertThatThrownBy(() -> new MkorFallback(0.1, 0, 0.9, 1)).hasMessageContaining("patience = 0");
        assertThatThrownBy(() -> new MkorFallback(0.1, 1, 1, 1)).hasMessageContaining("decay = 1.0");
        assertThatThrownBy(() -> new MkorFallback(0.1, 1, 0.9, 0)).hasMessageContaining("warmup = 0");
    }
}
