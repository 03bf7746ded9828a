/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import java.util.function.BiConsumer;
import org.nd4j.linalg.schedule.ISchedule;
import org.newton4j.optimizers.update.BiasCorrection;
import org.newton4j.optimizers.update.OptimizerConfig;
import org.newton4j.optimizers.update.Range;
import org.newton4j.optimizers.update.StateLayout;
import org.newton4j.optimizers.update.UpdaterStep;

/**
 * diffGrad: Adam whose step shrinks, by up to one half, where the gradient no longer changes.
 *
 * <p>With g the gradient, m and v its moments, p the gradient of the step before (all initially 0), t the number of the
 * step from 1, every operation elementwise:
 *
 * <pre>
 * m' = beta1 m + (1 - beta1) g
 * v' = beta2 v + (1 - beta2) g^2
 * xi = 1 / (1 + exp(-|p - g|))                                             friction, in [1/2, 1]
 * u  = learningRate sqrt(1 - beta2^t) / (1 - beta1^t) m' xi / (sqrt(v') + epsilon)
 * p' = g
 * </pre>
 *
 * <p>u is subtracted from the parameters. State: 3 values per parameter. Source: Dubey et al. 2020, "diffGrad: An
 * Optimization Method for Convolutional Neural Networks", IEEE TNNLS 31(11), arXiv:1909.11015, with epsilon placed as in
 * the authors' {@code diffGrad_v2.py}: beside the root that is not bias-corrected.
 *
 * <p>Deviations: this is the corrected version 2. The authors' first release kept a reference to the gradient where it
 * meant a copy, which makes xi one half everywhere; it is not offered. Decay is not part of the rule; use
 * Deeplearning4j's {@code .weightDecay()} or {@code .l2()}. When all state is zero at a later step than the first (the
 * optimizer was swapped in during training), that gradient counts as the gradient of all steps before, so that the first
 * update has the size it has at the beginning of training.
 */
public final class DiffGrad extends OptimizerConfig {

    /** Default learning rate, 1e-3 (authors' diffGrad_v2.py). */
    public static final double DEFAULT_LEARNING_RATE = 1e-3;

    /** Default beta1, 0.9 (authors' diffGrad_v2.py). */
    public static final double DEFAULT_BETA1 = 0.9;

    /** Default beta2, 0.999 (authors' diffGrad_v2.py). */
    public static final double DEFAULT_BETA2 = 0.999;

    /** Default epsilon, 1e-8 (authors' diffGrad_v2.py). */
    public static final double DEFAULT_EPSILON = 1e-8;

    /** State key of the first moment. */
    public static final String M_STATE = "M";

    /** State key of the second moment. */
    public static final String V_STATE = "V";

    /** State key of the gradient of the step before. */
    public static final String PREVIOUS_STATE = "PREVIOUS";

    /** Decay of the first moment. */
    private final double beta1;

    /** Decay of the second moment. */
    private final double beta2;

    /** Added to the root of the second moment. */
    private final double epsilon;

    /** diffGrad with the defaults. */
    public DiffGrad() {
        this(builder());
    }

    /**
     * diffGrad with a constant learning rate.
     *
     * @param learningRate finite and at least 0
     * @throws IllegalArgumentException if it is out of range or NaN
     */
    public DiffGrad(double learningRate) {
        this(builder().learningRate(learningRate));
    }

    /**
     * diffGrad with a learning rate schedule.
     *
     * @param learningRateSchedule learning rate for every iteration and epoch
     * @throws IllegalArgumentException if it is null
     */
    public DiffGrad(ISchedule learningRateSchedule) {
        this(builder().learningRateSchedule(learningRateSchedule));
    }

    private DiffGrad(Builder builder) {
        super(builder);
        beta1 = builder.beta1;
        beta2 = builder.beta2;
        epsilon = builder.epsilon;
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
        return StateLayout.of(M_STATE, V_STATE, PREVIOUS_STATE);
    }

    @Override
    protected void describe(BiConsumer<String, Object> to) {
        to.accept("beta1", beta1);
        to.accept("beta2", beta2);
        to.accept("epsilon", epsilon);
    }

    @Override
    protected long step(UpdaterStep step) {
        long t = step.number();
        double stepSize = step.learningRate() * Math.sqrt(BiasCorrection.of(beta2, t)) / BiasCorrection.of(beta1, t);
        boolean cold = step.isColdStart();
        return step.kernels()
                .diffGrad(
                        step.gradient(),
                        step.state(M_STATE),
                        step.state(V_STATE),
                        step.state(PREVIOUS_STATE),
                        stepSize,
                        cold ? BiasCorrection.coldStartDecay(beta1, t) : beta1,
                        cold ? BiasCorrection.coldStartDecay(beta2, t) : beta2,
                        epsilon);
    }

    /** Builds a {@link DiffGrad}. */
    public static final class Builder extends OptimizerConfig.Builder<Builder> {

        private double beta1 = DEFAULT_BETA1;
        private double beta2 = DEFAULT_BETA2;
        private double epsilon = DEFAULT_EPSILON;

        private Builder() {
            super(DEFAULT_LEARNING_RATE);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets the decay of the first moment.
         *
         * @param beta1 in [0, 1), default {@value DiffGrad#DEFAULT_BETA1}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder beta1(double beta1) {
            this.beta1 = Range.DECAY.check("beta1", beta1, DEFAULT_BETA1);
            return this;
        }

        /**
         * Sets the decay of the second moment.
         *
         * @param beta2 in [0, 1), default {@value DiffGrad#DEFAULT_BETA2}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder beta2(double beta2) {
            this.beta2 = Range.DECAY.check("beta2", beta2, DEFAULT_BETA2);
            return this;
        }

        /**
         * Sets what is added to the root of the second moment.
         *
         * @param epsilon finite and greater than 0, default {@value DiffGrad#DEFAULT_EPSILON}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder epsilon(double epsilon) {
            this.epsilon = Range.POSITIVE.check("epsilon", epsilon, DEFAULT_EPSILON);
            return this;
        }

        /**
         * Builds the optimizer.
         *
         * @return a new configuration
         */
        public DiffGrad build() {
            return new DiffGrad(this);
        }
    }
}
