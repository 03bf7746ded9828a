/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CounterRandomTest {

    private static final int N = 100_000;

    @Test
    void should_be_uniform() {
        CounterRandom random = new CounterRandom(1, 2, 3, 4);
        int[] bins = new int[10];
        for (int i = 0; i < N; i++) {
            double u = random.uniform(i);
            assertThat(u).isStrictlyBetween(0.0, 1.0);
            bins[(int) (10 * u)]++;
        }
        // 5 standard deviations of a bin's count.
        for (int count : bins) {
            assertThat(count).isCloseTo(N / 10, Offset.offset((int) (5 * Math.sqrt(N * 0.09))));
        }
    }

    @Test
    void should_have_the_moments_of_a_normal_distribution() {
        CounterRandom random = new CounterRandom(1, 2, 3, 4);
        double[] moments = new double[5];
        for (int i = 0; i < N; i++) {
            double x = random.normal(i);
            for (int k = 1; k <= 4; k++) {
                moments[k] += Math.pow(x, k) / N;
            }
        }
        assertThat(moments[1]).isCloseTo(0, Offset.offset(5 / Math.sqrt(N)));
        assertThat(moments[2]).isCloseTo(1, Offset.offset(5 * Math.sqrt(2.0 / N)));
        assertThat(moments[3]).isCloseTo(0, Offset.offset(5 * Math.sqrt(15.0 / N)));
        assertThat(moments[4]).isCloseTo(3, Offset.offset(5 * Math.sqrt(96.0 / N)));
    }

    @Test
    void should_depend_on_every_number() {
        Set<Double> seen = new HashSet<>();
        for (long[] key : new long[][] {{0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}) {
            seen.add(new CounterRandom(key[0], key[1], (int) key[2], (int) key[3]).uniform(0));
            seen.add(new CounterRandom(key[0], key[1], (int) key[2], (int) key[3]).uniform(1));
        }
        assertThat(seen).hasSize(10);
    }
}
