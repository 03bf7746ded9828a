/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.newton4j.optimizers.update.OptimizerConfig;

class LearningRateTest {

    static java.util.stream.Stream<OptimizerConfig> optimizers() {
        return Steps.optimizers();
    }

    @Test
    void constructors_should_match_the_builder() {
        ISchedule schedule = new FixedSchedule(0.5);
        assertThat(new Lion()).isEqualTo(Lion.builder().build()).isEqualTo(new Lion(Lion.DEFAULT_LEARNING_RATE));
        assertThat(new Lion(0.5)).isEqualTo(Lion.builder().learningRate(0.5).build());
        assertThat(new Lion(schedule))
                .isEqualTo(Lion.builder().learningRateSchedule(schedule).build())
                .isNotEqualTo(new Lion(0.5));
        assertThat(new DiffGrad(0.5))
                .isEqualTo(DiffGrad.builder().learningRate(0.5).build());
        assertThat(new DiffGrad(schedule))
                .isEqualTo(DiffGrad.builder().learningRateSchedule(schedule).build());
        assertThat(new AdaHessian(0.5))
                .isEqualTo(AdaHessian.builder().learningRate(0.5).build());
        assertThat(new AdaHessian(schedule))
                .isEqualTo(AdaHessian.builder().learningRateSchedule(schedule).build());
        assertThat(new Sophia(0.5)).isEqualTo(Sophia.builder().learningRate(0.5).build());
        assertThat(new Sophia(schedule))
                .isEqualTo(Sophia.builder().learningRateSchedule(schedule).build());
    }

    @Test
    void defaults_should_be_the_documented_ones() {
        assertThat(new Lion()).hasToString("Lion(learningRate=1.0E-4, beta1=0.9, beta2=0.99)");
        assertThat(new DiffGrad()).hasToString("DiffGrad(learningRate=0.001, beta1=0.9, beta2=0.999, epsilon=1.0E-8)");
        assertThat(new AdaHessian())
                .hasToString("AdaHessian(learningRate=0.15, beta1=0.9, beta2=0.999, epsilon=1.0E-4,"
                        + " hessianPower=1.0, updateInterval=1, spatialAveraging=true, updateClip=0.05)");
        assertThat(new Sophia())
                .hasToString("Sophia(learningRate=1.0E-4, beta1=0.965, beta2=0.99, rho=0.04, updateInterval=10,"
                        + " estimator=G)");
    }

    @Test
    void a_schedule_should_win_over_a_constant() {
        ISchedule schedule = new FixedSchedule(0.5);
        assertThat(Lion.builder()
                        .learningRateSchedule(schedule)
                        .learningRate(0.1)
                        .build())
                .isEqualTo(new Lion(schedule));
    }

    @Test
    @SuppressWarnings("DataFlowIssue")
    void a_null_schedule_should_be_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Lion((ISchedule) null))
                .withMessage("learningRateSchedule = null, but must be a schedule;"
                        + " leave it out for the default learning rate 1.0E-4");
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void neither_rate_nor_schedule_should_be_refused(OptimizerConfig config) {
        OptimizerConfig before = config.clone();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.setLrAndSchedule(Double.NaN, null))
                .withMessage("lr = NaN without a schedule, but must be finite and at least 0;"
                        + " give a learning rate or a schedule");
        assertThat(config).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void a_schedule_that_leaves_the_range_should_fail_at_the_step_and_leave_the_state_alone(OptimizerConfig config) {
        config.setLrAndSchedule(Double.NaN, new FixedSchedule(Double.NaN));
        var updater = Steps.updater(config, 3);

        assertThatIllegalStateException()
                .isThrownBy(() -> Steps.run(updater, 0, 1, 3))
                .withMessageContaining("the learning rate is NaN at iteration 0, epoch 0")
                .withMessageContaining("check the schedule");
        assertThat(updater.getState().values())
                .allMatch(vector -> vector.norm1Number().doubleValue() == 0);
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void the_learning_rate_of_a_warm_up_may_be_zero(OptimizerConfig config) {
        config.setLrAndSchedule(0, null);
        assertThat(Steps.run(Steps.updater(config, 3), 0, 1, 3).get(0)).containsOnly(0);
    }
}
