/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import java.util.function.BiConsumer;
import org.nd4j.linalg.schedule.ISchedule;
import org.newton4j.optimizers.update.OptimizerConfig;
import org.newton4j.optimizers.update.Range;
import org.newton4j.optimizers.update.StateLayout;
import org.newton4j.optimizers.update.UpdaterStep;

/**
 * Lion (evolved sign momentum): every parameter moves by the learning rate, in the direction of an interpolation between
 * momentum and gradient.
 *
 * <p>With g the gradient, m the momentum (initially 0), every operation elementwise:
 *
 * <pre>
 * c  = beta1 m + (1 - beta1) g
 * u  = learningRate sign(c),  sign(0) = 0      (u is subtracted from the parameters)
 * m' = beta2 m + (1 - beta2) g
 * </pre>
 *
 * <p>State: 1 value per parameter. Source: Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms",
 * arXiv:2302.06675, Algorithm 2.
 *
 * <p><b>Choose the learning rate.</b> The default of 1e-4 is the published one and suits large networks with much decay.
 * On small networks (a 784-256-128-10 perceptron, LeNet) it is far too low: there 1.2e-3 was the best of the rates tried.
 * A good start is a third to a tenth of what Adam needs on large networks, and Adam's own on small ones.
 *
 * <p>Deviations from the paper: decay is not part of the rule; use Deeplearning4j's {@code .weightDecay(coefficient)},
 * which is applied after this updater, times the learning rate. Momentum has no bias correction, so an optimizer swapped
 * in during training starts exactly like one at the beginning.
 */
public final class Lion extends OptimizerConfig {

    /** Default learning rate, 1e-4 (reference implementation lucidrains/lion-pytorch). Low for small networks. */
    public static final double DEFAULT_LEARNING_RATE = 1e-4;

    /** Default beta1, 0.9 (Chen et al. 2023, Algorithm 2). */
    public static final double DEFAULT_BETA1 = 0.9;

    /** Default beta2, 0.99 (Chen et al. 2023, Algorithm 2). */
    public static final double DEFAULT_BETA2 = 0.99;

    /** State key of the momentum. */
    public static final String M_STATE = "M";

    /** Weight of the momentum in the direction of the update. */
    private final double beta1;

    /** Decay of the momentum. */
    private final double beta2;

    /** Lion with the defaults. */
    public Lion() {
        this(builder());
    }

    /**
     * Lion with a constant learning rate.
     *
     * @param learningRate size of every move, finite and at least 0
     * @throws IllegalArgumentException if it is out of range or NaN
     */
    public Lion(double learningRate) {
        this(builder().learningRate(learningRate));
    }

    /**
     * Lion with a learning rate schedule.
     *
     * @param learningRateSchedule learning rate for every iteration and epoch
     * @throws IllegalArgumentException if it is null
     */
    public Lion(ISchedule learningRateSchedule) {
        this(builder().learningRateSchedule(learningRateSchedule));
    }

    private Lion(Builder builder) {
        super(builder);
        beta1 = builder.beta1;
        beta2 = builder.beta2;
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    protected StateLayout layout() {
        return StateLayout.of(M_STATE);
    }

    @Override
    protected void describe(BiConsumer<String, Object> to) {
        to.accept("beta1", beta1);
        to.accept("beta2", beta2);
    }

    @Override
    protected long step(UpdaterStep step) {
        return step.kernels().lion(step.gradient(), step.state(M_STATE), step.learningRate(), beta1, beta2);
    }

    /** Builds a {@link Lion}. */
    public static final class Builder extends OptimizerConfig.Builder<Builder> {

        private double beta1 = DEFAULT_BETA1;
        private double beta2 = DEFAULT_BETA2;

        private Builder() {
            super(DEFAULT_LEARNING_RATE);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets the weight of the momentum in the direction of the update.
         *
         * @param beta1 in [0, 1), default {@value Lion#DEFAULT_BETA1}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder beta1(double beta1) {
            this.beta1 = Range.DECAY.check("beta1", beta1, DEFAULT_BETA1);
            return this;
        }

        /**
         * Sets the decay of the momentum.
         *
         * @param beta2 in [0, 1), default {@value Lion#DEFAULT_BETA2}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder beta2(double beta2) {
            this.beta2 = Range.DECAY.check("beta2", beta2, DEFAULT_BETA2);
            return this;
        }

        /**
         * Builds the optimizer.
         *
         * @return a new configuration
         */
        public Lion build() {
            return new Lion(this);
        }
    }
}
