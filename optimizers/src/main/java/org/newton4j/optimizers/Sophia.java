/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.schedule.ISchedule;
import org.newton4j.curvature.kernel.StepCounts;
import org.newton4j.optimizers.update.CurvatureRequest;
import org.newton4j.optimizers.update.OptimizerConfig;
import org.newton4j.optimizers.update.Range;
import org.newton4j.optimizers.update.StateLayout;
import org.newton4j.optimizers.update.UpdaterStep;

/**
 * Sophia: momentum divided by the diagonal of the curvature and clipped, with a new estimate every few steps.
 *
 * <p>Needs {@code net.setListeners(new CurvatureListener())}, which estimates the diagonal; without it the first step
 * fails and says so.
 *
 * <p>With g the gradient, c the estimate, m and h its averages (initially 0, never bias-corrected), bs the batch factor,
 * every operation elementwise:
 *
 * <pre>
 * h' = beta2 h + (1 - beta2) c           at iterations divisible by updateInterval, otherwise h' = h
 * m' = beta1 m + (1 - beta1) g
 * u  = learningRate sign(m') min(1, |m'| / (rho bs max(h', 0) + 1e-15))
 * </pre>
 *
 * <p>u is subtracted from the parameters. State: 2 values per parameter, M and H. Source: Liu et al. 2023, "Sophia: A
 * Scalable Stochastic Second-order Optimizer for Language Model Pre-training", arXiv:2305.14342, Algorithms 1 to 3;
 * defaults from the authors' {@code sophia.py}.
 *
 * <p><b>Estimator {@link Estimator#G}</b> (Gauss-Newton-Bartlett): with ĝ the gradient of the mean loss on labels drawn
 * from the network's own output and N the batch size, {@code c = N ĝ ⊙ ĝ}, an unbiased estimate of the diagonal of the
 * Gauss-Newton matrix, plus the coefficient of {@code .l2()} if there is one; bs is 1. It is never negative. The loss must
 * belong to a distribution: cross-entropy with softmax, binary cross-entropy with sigmoid, squared losses.
 *
 * <p><b>Estimator {@link Estimator#H}</b> (Hutchinson): {@code c = z ⊙ Hz} with Rademacher z, an unbiased estimate of the
 * diagonal of the Hessian, for every loss. It has both signs; where h is 0 or negative the coordinate moves by the full
 * learning rate against its momentum, never uphill.
 *
 * <p><b>Batch factor.</b> The authors' code keeps N out of h and multiplies by a number {@code bs} in the step. Setting
 * {@link Builder#batchFactor} does the same: {@code c = ĝ ⊙ ĝ} with estimator G, and h is multiplied by bs. Unset, N is
 * that of each batch, so nothing has to be kept in line with the data.
 *
 * <p><b>Two parametrisations.</b> The first version of the paper writes {@code η clip(m / max(h, ε), ρ)}, a step of at most
 * ηρ; its code, like this class, {@code learningRate clip(m / (rho h), 1)}. They agree for
 * {@code learningRate = η ρ, rho = ρ}: {@link Builder#paperRates} sets them so, {@link #paperLearningRate} leads back.
 *
 * <p><b>Win rate.</b> The share of coordinates that were not clipped is counted in passing, see
 * {@code FusedUpdater.winRate()} and, for a network, {@code CurvatureListener.winRate(net)}.
 *
 * <p><b>Start.</b> The first estimate is made at the first step, also where the optimizer is swapped in during training.
 * After n estimates h holds {@code 1 - beta2^n} of their average, 1 % after the first with the default beta2. So training
 * starts as the sign of the momentum, in steps of the learning rate, and clips less while h fills. The first update is
 * the same at any iteration, since nothing counts iterations.
 *
 * <p><b>Cost and expectation.</b> An estimate costs about one gradient, so a step costs about 1 + 1/updateInterval. The
 * paper claims half of Adam's steps on language models of 125M to 1.5B parameters. Independent work found less: 1.1 to 1.4
 * times faster than a tuned AdamW (arXiv:2509.02046), the lowest loss but not the best downstream accuracy
 * (arXiv:2507.08472), and equal losses after tuning both (issue 31 of the authors' repository). Where it diverges, the
 * authors' advice is a larger rho.
 *
 * <p>Deviations: negative h counts as 0, as in the paper; the authors' code would walk uphill. The first estimate comes
 * before the first step, as in the paper; the loop in the authors' README makes it after step updateInterval. Decay is
 * not part of the rule; use Deeplearning4j's {@code .weightDecay()}, which is the reference's.
 */
public final class Sophia extends OptimizerConfig {

    /** Default learning rate, 1e-4 (authors' sophia.py). */
    public static final double DEFAULT_LEARNING_RATE = 1e-4;

    /** Default beta1, 0.965 (authors' sophia.py). */
    public static final double DEFAULT_BETA1 = 0.965;

    /** Default beta2, 0.99 (authors' sophia.py). */
    public static final double DEFAULT_BETA2 = 0.99;

    /** Default rho, 0.04 (authors' sophia.py). */
    public static final double DEFAULT_RHO = 0.04;

    /** Default update interval, 10 (Liu et al. 2023, section 3.1). */
    public static final int DEFAULT_UPDATE_INTERVAL = 10;

    /** Default estimator, G (Liu et al. 2023, section 3: Sophia-G was the better one). */
    public static final Estimator DEFAULT_ESTIMATOR = Estimator.G;

    /** State key of the average of the gradient. */
    public static final String M_STATE = "M";

    /** State key of the average of the curvature. */
    public static final String H_STATE = "H";

    /** Where the curvature comes from. */
    public enum Estimator {
        /** Gauss-Newton-Bartlett: the gradient on labels drawn from the network's output, squared. */
        G,
        /** Hutchinson: a Hessian-vector product with a random sign vector. */
        H
    }

    /** Decay of the gradient's average, per step. */
    private final double beta1;

    /** Decay of the curvature's average, per estimate. */
    private final double beta2;

    /** Factor of the curvature in the ratio. */
    private final double rho;

    /** Iterations from one estimate to the next. */
    private final int updateInterval;

    /** Where the curvature comes from. */
    private final Estimator estimator;

    // Null rather than a number that means "unset": a null field is left out of the JSON.
    /** Factor of the curvature in the step, or null to use the size of each batch in the estimate. */
    private final @Nullable Double batchFactor;

    /** Sophia with the defaults. */
    public Sophia() {
        this(builder());
    }

    /**
     * Sophia with a constant learning rate.
     *
     * @param learningRate the longest step of a coordinate, finite and at least 0
     * @throws IllegalArgumentException if it is out of range or NaN
     */
    public Sophia(double learningRate) {
        this(builder().learningRate(learningRate));
    }

    /**
     * Sophia with a learning rate schedule.
     *
     * @param learningRateSchedule learning rate for every iteration and epoch
     * @throws IllegalArgumentException if it is null
     */
    public Sophia(ISchedule learningRateSchedule) {
        this(builder().learningRateSchedule(learningRateSchedule));
    }

    private Sophia(Builder builder) {
        super(builder);
        beta1 = builder.beta1;
        beta2 = builder.beta2;
        rho = builder.rho;
        updateInterval = builder.updateInterval;
        estimator = builder.estimator;
        batchFactor = builder.batchFactor;
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The learning rate η of the paper's first version, {@code learningRate / rho}.
     *
     * @param iteration 0-based
     * @param epoch 0-based
     * @return η such that {@code η clip(m / h, rho)} is this optimizer's step
     */
    public double paperLearningRate(int iteration, int epoch) {
        return getLearningRate(iteration, epoch) / rho;
    }

    @Override
    public Optional<CurvatureRequest> curvatureRequest() {
        CurvatureRequest.Kind gaussNewton = batchFactor == null
                ? CurvatureRequest.Kind.GAUSS_NEWTON_BARTLETT
                : CurvatureRequest.Kind.SAMPLED_GRADIENT_SQUARED;
        return Optional.of(new CurvatureRequest(
                estimator == Estimator.G ? gaussNewton : CurvatureRequest.Kind.HUTCHINSON_DIAGONAL,
                updateInterval,
                false));
    }

    @Override
    protected StateLayout layout() {
        return StateLayout.of(M_STATE, H_STATE).withCurvatureIn(H_STATE);
    }

    @Override
    protected void describe(BiConsumer<String, Object> to) {
        to.accept("beta1", beta1);
        to.accept("beta2", beta2);
        to.accept("rho", rho);
        to.accept("updateInterval", updateInterval);
        to.accept("estimator", estimator);
        if (batchFactor != null) {
            to.accept("batchFactor", batchFactor);
        }
    }

    @Override
    protected long step(UpdaterStep step) {
        StepCounts counts = step.kernels()
                .sophia(
                        step.gradient(),
                        step.state(M_STATE),
                        step.state(H_STATE),
                        step.curvature(),
                        step.learningRate(),
                        beta1,
                        beta2,
                        batchFactor == null ? rho : rho * batchFactor);
        step.countClipping(counts);
        return counts.leftOut();
    }

    /** Builds a {@link Sophia}. */
    public static final class Builder extends OptimizerConfig.Builder<Builder> {

        private double beta1 = DEFAULT_BETA1;
        private double beta2 = DEFAULT_BETA2;
        private double rho = DEFAULT_RHO;
        private int updateInterval = DEFAULT_UPDATE_INTERVAL;
        private Estimator estimator = DEFAULT_ESTIMATOR;
        private @Nullable Double batchFactor;

        private Builder() {
            super(DEFAULT_LEARNING_RATE);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets learning rate and rho from the parametrisation of the paper's first version,
         * {@code η clip(m / h, ρ)}: {@code learningRate = η ρ, rho = ρ}.
         *
         * @param eta η, at least 0, with a finite product η ρ
         * @param paperRho ρ, finite and greater than 0
         * @return this
         * @throws IllegalArgumentException if one of them is out of range or NaN
         */
        public Builder paperRates(double eta, double paperRho) {
            return rho(paperRho).learningRate(eta * paperRho);
        }

        /**
         * Sets the decay of the gradient's average, per step.
         *
         * @param beta1 in [0, 1), default {@value Sophia#DEFAULT_BETA1}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder beta1(double beta1) {
            this.beta1 = Range.DECAY.check("beta1", beta1, DEFAULT_BETA1);
            return this;
        }

        /**
         * Sets the decay of the curvature's average, per estimate.
         *
         * @param beta2 in [0, 1), default {@value Sophia#DEFAULT_BETA2}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder beta2(double beta2) {
            this.beta2 = Range.DECAY.check("beta2", beta2, DEFAULT_BETA2);
            return this;
        }

        /**
         * Sets the factor of the curvature in the ratio. A larger one clips fewer coordinates and makes their steps
         * shorter.
         *
         * @param rho finite and greater than 0, default {@value Sophia#DEFAULT_RHO}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder rho(double rho) {
            this.rho = Range.POSITIVE.check("rho", rho, DEFAULT_RHO);
            return this;
        }

        /**
         * Sets how often curvature is estimated: at every iteration divisible by this.
         *
         * @param updateInterval in iterations, at least 1, default {@value Sophia#DEFAULT_UPDATE_INTERVAL}
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder updateInterval(int updateInterval) {
            this.updateInterval = Range.COUNT.check("updateInterval", updateInterval, DEFAULT_UPDATE_INTERVAL);
            return this;
        }

        /**
         * Sets where the curvature comes from.
         *
         * @param estimator default {@link Estimator#G}
         * @return this
         * @throws IllegalArgumentException if it is null
         */
        public Builder estimator(Estimator estimator) {
            if (estimator == null) {
                throw new IllegalArgumentException(
                        "estimator = null, but must be G or H; leave it out for the default " + DEFAULT_ESTIMATOR);
            }
            this.estimator = estimator;
            return this;
        }

        /**
         * Sets the factor bs of the authors' code, by which the step multiplies h; the estimate of estimator G then leaves
         * out the batch size. Meant for repeating runs of that code: set it to the number given to its step().
         *
         * <p>With estimator H the estimate is the same, so this only multiplies rho.
         *
         * @param batchFactor finite and greater than 0; unset by default, which uses the size of each batch
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder batchFactor(double batchFactor) {
            this.batchFactor = Range.POSITIVE.check("batchFactor", batchFactor, "size of each batch");
            return this;
        }

        /**
         * Builds the optimizer.
         *
         * @return a new configuration
         */
        public Sophia build() {
            return new Sophia(this);
        }
    }
}
