/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class MfacPlanTest {

    @Test
    void should_say_what_a_residual_network_costs() {
        MfacPlan plan = new MfacPlan(25_500_000, 1024, DataType.FLOAT);
        assertThat(plan.describe()).contains("m = 1024").contains("104.5 GB");
        assertThat(new MfacPlan(25_500_000, 1024, DataType.BFLOAT16).describe()).contains("needs 52.2 GB");
        assertThatThrownBy(() -> plan.requireAtMost(8e9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs 104.5 GB, but only 8.0 GB are allowed; the largest m that fits is 78");
    }

    @Test
    void should_find_the_largest_m_for_every_budget() {
        for (long d : new long[] {1, 1000, 25_500_000}) {
            for (double budget : new double[] {1, 100, 1e5, 1e9, 3e10}) {
                int m = MfacPlan.largest(d, DataType.DOUBLE, budget);
                if (m > 0) {
                    assertThat(new MfacPlan(d, m, DataType.DOUBLE).bytes()).isLessThanOrEqualTo(budget);
                }
                assertThat(new MfacPlan(d, m + 1, DataType.DOUBLE).bytes()).isGreaterThan(budget);
            }
        }
    }

    @Test
    void should_say_when_nothing_fits() {
        assertThatThrownBy(() -> new MfacPlan(1000, 5, DataType.FLOAT).requireAtMost(100))
                .hasMessageContaining("not even m = 1 fits");
    }

    @Test
    void should_accept_what_fits() {
        MfacPlan plan = new MfacPlan(1000, 5, DataType.FLOAT);
        plan.requireAtMost(plan.bytes());
        assertThat(plan.windowBytes()).isEqualTo(20_000);
        assertThat(plan.bytes()).isEqualTo(20_400);
        assertThat(plan.flopsPerStep()).isEqualTo(4.0 * 5000 + 6.0 * 25);
    }

    @Test
    void should_refuse_what_the_process_may_not_take() {
        MfacPlan plan = new MfacPlan(1_000_000, 100, DataType.FLOAT);
        plan.requireRoom(0, 1L << 40);
        plan.requireRoom(1_400_160_000L, 1_000_000_000L);
        assertThatThrownBy(() -> plan.requireRoom(1_400_159_999L, 1_000_000_000L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs 0.4 GB, but this process may take only 0.4 GB more")
                .hasMessageContaining("the largest m that fits is 99")
                .hasMessageContaining("BFLOAT16")
                .hasMessageContaining("org.bytedeco.javacpp.maxphysicalbytes");
        assertThatThrownBy(() -> plan.requireRoom(10, 20)).hasMessageContaining("not even m = 1 fits");
    }
}
