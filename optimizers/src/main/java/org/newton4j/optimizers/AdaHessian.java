/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import java.util.Optional;
import java.util.function.BiConsumer;
import org.nd4j.linalg.schedule.ISchedule;
import org.newton4j.optimizers.update.BiasCorrection;
import org.newton4j.optimizers.update.CurvatureRequest;
import org.newton4j.optimizers.update.OptimizerConfig;
import org.newton4j.optimizers.update.Range;
import org.newton4j.optimizers.update.StateLayout;
import org.newton4j.optimizers.update.UpdaterStep;

/**
 * AdaHessian: Adam in whose denominator the diagonal of the Hessian stands where Adam has the gradient.
 *
 * <p>Needs {@code net.setListeners(new CurvatureListener())}, which estimates the diagonal; without it the first step
 * fails and says so.
 *
 * <p>With g the gradient, D the estimate of the Hessian's diagonal, m and v the moments (initially 0), t the number of
 * the step and n the number of estimates up to it, both from 1, every operation elementwise:
 *
 * <pre>
 * m' = beta1 m + (1 - beta1) g
 * v' = beta2 v + (1 - beta2) D^2         at iterations divisible by updateInterval, otherwise v' = v
 * r  = (m' / (1 - beta1^t)) / ( sqrt(v' / (1 - beta2^n))^hessianPower + epsilon )
 * u  = learningRate sign(r) min(|r|, updateClip)
 * </pre>
 *
 * <p>u is subtracted from the parameters. D is Hutchinson's estimate z ⊙ Hz with Rademacher probes z; with spatial
 * averaging, |D| averaged over the window of each convolution kernel. State: 2 values per parameter. Cost of an estimate:
 * about one gradient. Source: Yao et al. 2021, "ADAHESSIAN: An Adaptive Second Order Optimizer for Machine Learning",
 * AAAI, arXiv:2006.00719, Algorithm 1; defaults from the authors' {@code optim_adahessian.py}.
 *
 * <p><b>The bound.</b> D is one noisy sample of a diagonal that knows nothing of the rows beside it. On relu networks many
 * entries are near 0, so that r = g / |D| is long where nothing is known about the curvature, and with a loss that is linear
 * in pieces all are noise, up to g / epsilon. Without a bound the default learning rate multiplied the loss by 8 on a
 * small relu classifier and by 28,000 on an autoencoder within ten steps. {@link Builder#updateClip} cuts r as Sophia does
 * (Liu et al. 2023, first version, {@code clip(m / h, ρ)}): where curvature is known to be large the step is Newton's,
 * elsewhere that of the sign of the momentum. {@code updateClip(0)} is the paper.
 *
 * <p><b>beta2 counts estimates, not steps.</b> With updateInterval k, v remembers about {@code k / (1 - beta2)} steps;
 * to keep the memory in steps, set beta2 to {@code 1 - k (1 - beta2)}.
 *
 * <p>Deviations: the bound, unless it is off. With updateInterval above 1 the bias correction of v counts the estimates, where an exponent of t would
 * make v too small. Decay is not part of the rule; use Deeplearning4j's {@code .weightDecay()}. When all state is zero at
 * a later step than the first (the optimizer was swapped in during training), an estimate is made at once and that
 * gradient and estimate count as those of all steps before, so the first update has the size it has at the beginning of
 * training.
 */
public final class AdaHessian extends OptimizerConfig {

    /** Default learning rate, 0.15 (authors' optim_adahessian.py). */
    public static final double DEFAULT_LEARNING_RATE = 0.15;

    /** Default beta1, 0.9 (authors' optim_adahessian.py). */
    public static final double DEFAULT_BETA1 = 0.9;

    /** Default beta2, 0.999 (authors' optim_adahessian.py). */
    public static final double DEFAULT_BETA2 = 0.999;

    /** Default epsilon, 1e-4 (authors' optim_adahessian.py). */
    public static final double DEFAULT_EPSILON = 1e-4;

    /** Default Hessian power, 1 (authors' optim_adahessian.py). */
    public static final double DEFAULT_HESSIAN_POWER = 1;

    /** Default update interval, 1: an estimate at every iteration (Yao et al. 2021, Algorithm 1). */
    public static final int DEFAULT_UPDATE_INTERVAL = 1;

    /** Default of spatial averaging, true (Yao et al. 2021, section 3.2). */
    public static final boolean DEFAULT_SPATIAL_AVERAGING = true;

    /** Default bound of the ratio, 0.05 (our runs, see docs/optimizers.md; the paper has none). */
    public static final double DEFAULT_UPDATE_CLIP = 0.05;

    /** State key of the first moment, of the gradient. */
    public static final String M_STATE = "M";

    /** State key of the second moment, of the Hessian's diagonal. */
    public static final String V_STATE = "V";

    /** Decay of the gradient's moment, per step. */
    private final double beta1;

    /** Decay of the curvature's moment, per estimate. */
    private final double beta2;

    /** Added to the denominator. */
    private final double epsilon;

    /** Exponent of the denominator. */
    private final double hessianPower;

    /** Iterations from one estimate to the next. */
    private final int updateInterval;

    /** Whether |D| is averaged over convolution windows. */
    private final boolean spatialAveraging;

    /** Bound of the ratio of gradient and curvature, 0 for none. */
    private final double updateClip;

    /** AdaHessian with the defaults. */
    public AdaHessian() {
        this(builder());
    }

    /**
     * AdaHessian with a constant learning rate.
     *
     * @param learningRate finite and at least 0
     * @throws IllegalArgumentException if it is out of range or NaN
     */
    public AdaHessian(double learningRate) {
        this(builder().learningRate(learningRate));
    }

    /**
     * AdaHessian with a learning rate schedule.
     *
     * @param learningRateSchedule learning rate for every iteration and epoch
     * @throws IllegalArgumentException if it is null
     */
    public AdaHessian(ISchedule learningRateSchedule) {
        this(builder().learningRateSchedule(learningRateSchedule));
    }

    private AdaHessian(Builder builder) {
        super(builder);
        beta1 = builder.beta1;
        beta2 = builder.beta2;
        epsilon = builder.epsilon;
        hessianPower = builder.hessianPower;
        updateInterval = builder.updateInterval;
        spatialAveraging = builder.spatialAveraging;
        updateClip = builder.updateClip;
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
    public Optional<CurvatureRequest> curvatureRequest() {
        return Optional.of(
                new CurvatureRequest(CurvatureRequest.Kind.HUTCHINSON_DIAGONAL, updateInterval, spatialAveraging));
    }

    @Override
    protected StateLayout layout() {
        return StateLayout.of(M_STATE, V_STATE).withCurvatureIn(V_STATE);
    }

    @Override
    protected void describe(BiConsumer<String, Object> to) {
        to.accept("beta1", beta1);
        to.accept("beta2", beta2);
        to.accept("epsilon", epsilon);
        to.accept("hessianPower", hessianPower);
        to.accept("updateInterval", updateInterval);
        to.accept("spatialAveraging", spatialAveraging);
        to.accept("updateClip", updateClip);
    }

    @Override
    protected long step(UpdaterStep step) {
        long t = step.number();
        long n = step.estimates();
        return step.kernels()
                .adaHessian(
                        step.gradient(),
                        step.state(M_STATE),
                        step.state(V_STATE),
                        step.curvature(),
                        step.learningRate(),
                        step.isColdStart() ? BiasCorrection.coldStartDecay(beta1, t) : beta1,
                        step.isFirstCurvature() ? BiasCorrection.coldStartDecay(beta2, n) : beta2,
                        epsilon,
                        hessianPower,
                        BiasCorrection.of(beta1, t),
                        BiasCorrection.of(beta2, n),
                        updateClip == 0 ? Double.POSITIVE_INFINITY : step.learningRate() * updateClip);
    }

    /** Builds an {@link AdaHessian}. */
    public static final class Builder extends OptimizerConfig.Builder<Builder> {

        private double beta1 = DEFAULT_BETA1;
        private double beta2 = DEFAULT_BETA2;
        private double epsilon = DEFAULT_EPSILON;
        private double hessianPower = DEFAULT_HESSIAN_POWER;
        private int updateInterval = DEFAULT_UPDATE_INTERVAL;
        private boolean spatialAveraging = DEFAULT_SPATIAL_AVERAGING;
        private double updateClip = DEFAULT_UPDATE_CLIP;

        private Builder() {
            super(DEFAULT_LEARNING_RATE);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** Files without a bound are older than it: they go on training as they were. */
        @Override
        protected void startFromFile() {
            updateClip = 0;
        }

        /**
         * Sets the decay of the gradient's moment, per step.
         *
         * @param beta1 in [0, 1), default {@value AdaHessian#DEFAULT_BETA1}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder beta1(double beta1) {
            this.beta1 = Range.DECAY.check("beta1", beta1, DEFAULT_BETA1);
            return this;
        }

        /**
         * Sets the decay of the curvature's moment, per estimate.
         *
         * @param beta2 in [0, 1), default {@value AdaHessian#DEFAULT_BETA2}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder beta2(double beta2) {
            this.beta2 = Range.DECAY.check("beta2", beta2, DEFAULT_BETA2);
            return this;
        }

        /**
         * Sets what is added to the denominator.
         *
         * @param epsilon finite and greater than 0, default {@value AdaHessian#DEFAULT_EPSILON}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder epsilon(double epsilon) {
            this.epsilon = Range.POSITIVE.check("epsilon", epsilon, DEFAULT_EPSILON);
            return this;
        }

        /**
         * Sets the exponent of the denominator; 1 is Newton's method on the diagonal, smaller values are more careful.
         *
         * @param hessianPower in (0, 1], default {@value AdaHessian#DEFAULT_HESSIAN_POWER}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder hessianPower(double hessianPower) {
            this.hessianPower = Range.EXPONENT.check("hessianPower", hessianPower, DEFAULT_HESSIAN_POWER);
            return this;
        }

        /**
         * Sets how often curvature is estimated: at every iteration divisible by this.
         *
         * @param updateInterval in iterations, at least 1, default {@value AdaHessian#DEFAULT_UPDATE_INTERVAL}
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder updateInterval(int updateInterval) {
            this.updateInterval = Range.COUNT.check("updateInterval", updateInterval, DEFAULT_UPDATE_INTERVAL);
            return this;
        }

        /**
         * Sets whether |D| is averaged over the window of each convolution kernel.
         *
         * @param spatialAveraging default {@value AdaHessian#DEFAULT_SPATIAL_AVERAGING}
         * @return this
         */
        public Builder spatialAveraging(boolean spatialAveraging) {
            this.spatialAveraging = spatialAveraging;
            return this;
        }

        /**
         * Sets the bound of the ratio of gradient and curvature: no parameter moves by more than learningRate × updateClip
         * in a step, 0.0075 with the defaults.
         *
         * @param updateClip finite and at least 0, where 0 means no bound, as in the paper, default
         *     {@value AdaHessian#DEFAULT_UPDATE_CLIP}; a file that does not name it means 0
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder updateClip(double updateClip) {
            this.updateClip = Range.LEARNING_RATE.check("updateClip", updateClip, DEFAULT_UPDATE_CLIP);
            return this;
        }

        /**
         * Builds the optimizer.
         *
         * @return a new configuration
         */
        public AdaHessian build() {
            return new AdaHessian(this);
        }
    }
}
