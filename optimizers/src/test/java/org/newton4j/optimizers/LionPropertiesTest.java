/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class LionPropertiesTest {

    @Property(tries = 200)
    void every_move_is_the_learning_rate_or_nothing(
            @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = -1e100, max = 1e100) Double> gradient,
            @ForAll @IntRange(min = -9, max = 3) int exponent) {
        double learningRate = Math.pow(10, exponent);
        var updater = Steps.updater(new Lion(learningRate), gradient.size());
        double[] g = gradient.stream().mapToDouble(x -> x).toArray();
        for (int iteration = 0; iteration < 3; iteration++) {
            for (double move : Steps.step(updater, iteration, g, g)) {
                assertThat(Math.abs(move)).isIn(0.0, learningRate);
            }
        }
    }
}
