/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.ISchedule;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.optimizers.update.Damping;
import org.newton4j.optimizers.update.FactorScale;
import org.newton4j.optimizers.update.KfacSettings;
import org.newton4j.optimizers.update.PreconditionerConfig;
import org.newton4j.optimizers.update.Preconditioning;
import org.newton4j.optimizers.update.Range;

/**
 * K-FAC: multiplies the gradient of each layer by the inverse of its damped Kronecker-factored Fisher matrix, and hands
 * the product to a base updater.
 *
 * <p>Needs {@code net.setListeners(new CurvatureListener())}, which keeps the factors; without it the first step fails and
 * says so. For a layer with gradient V of shape [nOut, K] (bias column last), inputs a [rows, K] and deltas d [rows, nOut]
 * of the mini-batch, rows being examples or, with shared weights, examples and positions; A and G initially the identity:
 *
 * <pre>
 * A = decay A + (1 - decay) a'a / rows       at iterations divisible by factorInterval
 * G = decay G + (1 - decay) d'd / rows
 * P = damped inverse of G kron A             at iterations divisible by inverseInterval, used at once or inverseDelay
 *                                            iterations later, see {@link KroneckerInverse}
 * U = P V
 * u = U min(1, sqrt(klClip / |sum over layers of learningRate^2 U.V|))
 * </pre>
 *
 * <p>V is the gradient after division and clipping, before L1 and L2, which Deeplearning4j adds to u. Dense, output and
 * convolution layers (1-D, 2-D) are covered; other variables go to the base updater as they are, and a log line names them
 * once. Labels are those of the batch (the empirical Fisher matrix), as in kfac-pytorch. An update of the factors costs
 * one gradient and the products; an inversion O(K^3 + nOut^3).
 *
 * <p>Source: Martens and Grosse 2015, "Optimizing Neural Networks with Kronecker-factored Approximate Curvature", ICML,
 * arXiv:1503.05671; reference gpauloski/kfac-pytorch, whose {@code KFACPreconditioner} is reproduced with
 * {@link FactorScale#REFERENCE}. Deviations from it: {@link FactorScale#PER_EXAMPLE}, damping 0.01 and the intervals
 * are the default. While klClip is active the step does not depend on the learning rate, so tune klClip.
 */
public final class Kfac extends PreconditionerConfig {

    /** Default iterations between updates of the factors, 5 (our runs; kfac-pytorch's examples use 10). */
    public static final int DEFAULT_FACTOR_INTERVAL = 5;

    /** Default iterations between inversions, 10 (our runs; kfac-pytorch's examples use 100). */
    public static final int DEFAULT_INVERSE_INTERVAL = 10;

    /** Default damping, 0.01 (our runs; kfac-pytorch uses 0.001). */
    public static final double DEFAULT_DAMPING = 0.01;

    /** Default share of the past, 0.95 (kfac-pytorch). */
    public static final double DEFAULT_DECAY = 0.95;

    /** Default bound of a step, 0.001 (kfac-pytorch). */
    public static final double DEFAULT_KL_CLIP = 0.001;

    /** Default iterations between the snapshot of the factors and the use of their inverse, 0 (kfac-pytorch). */
    public static final int DEFAULT_INVERSE_DELAY = 0;

    /** Default learning rate of the default base updater, Nesterov's momentum, 0.1 (kfac-pytorch). */
    public static final double DEFAULT_LEARNING_RATE = 0.1;

    /** Default momentum of the default base updater, 0.9 (kfac-pytorch's examples). */
    public static final double DEFAULT_MOMENTUM = 0.9;

    /** Iterations from one update of the factors to the next. */
    private final int factorInterval;

    /** Iterations from one inversion to the next. */
    private final int inverseInterval;

    /** Damping, or null if there is a schedule. */
    private final @Nullable Double damping;

    /** Damping for every iteration and epoch, or null if it is constant. */
    private final @Nullable ISchedule dampingSchedule;

    /** Share of the past in the factors. */
    private final double decay;

    /** Bound of a step's squared Fisher norm, 0 for none. */
    private final double klClip;

    /** How the damped product is inverted. */
    private final KroneckerInverse inverse;

    /** How rows are scaled. */
    private final FactorScale scale;

    /** Whether layers are inverted one after another over the interval. */
    private final boolean spreadRefreshes;

    /** Iterations from the snapshot of the factors to the use of their inverse. */
    private final int inverseDelay;

    /** K-FAC with the defaults. */
    public Kfac() {
        this(builder());
    }

    /**
     * K-FAC in front of an updater.
     *
     * @param base any updater that works on gradients alone; copied
     * @throws IllegalArgumentException as {@link PreconditionerConfig.Builder#base}
     */
    public Kfac(IUpdater base) {
        this(builder().base(base));
    }

    private Kfac(Builder builder) {
        super(builder);
        factorInterval = builder.factorInterval;
        inverseInterval = builder.inverseInterval;
        dampingSchedule = builder.dampingSchedule;
        damping = dampingSchedule == null ? builder.damping : null;
        decay = builder.decay;
        klClip = builder.klClip;
        inverse = builder.inverse;
        scale = builder.scale;
        spreadRefreshes = builder.spreadRefreshes;
        inverseDelay = builder.inverseDelay;
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
    public Preconditioning preconditioning() {
        return new KfacSettings(
                factorInterval,
                inverseInterval,
                Damping.of(damping, dampingSchedule),
                decay,
                klClip,
                inverse,
                scale,
                spreadRefreshes,
                inverseDelay);
    }

    @Override
    protected void describe(BiConsumer<String, Object> to) {
        to.accept("factorInterval", factorInterval);
        to.accept("inverseInterval", inverseInterval);
        Damping.of(damping, dampingSchedule).describe(to);
        to.accept("decay", decay);
        to.accept("klClip", klClip);
        to.accept("inverse", inverse);
        to.accept("scale", scale);
        to.accept("spreadRefreshes", spreadRefreshes);
        to.accept("inverseDelay", inverseDelay);
    }

    /** Builds a {@link Kfac}. */
    public static final class Builder extends PreconditionerConfig.Builder<Builder> {

        private int factorInterval = DEFAULT_FACTOR_INTERVAL;
        private int inverseInterval = DEFAULT_INVERSE_INTERVAL;
        private double damping = DEFAULT_DAMPING;
        private @Nullable ISchedule dampingSchedule;
        private double decay = DEFAULT_DECAY;
        private double klClip = DEFAULT_KL_CLIP;
        private KroneckerInverse inverse = KroneckerInverse.FACTORS_PI;
        private FactorScale scale = FactorScale.PER_EXAMPLE;
        private boolean spreadRefreshes;
        private int inverseDelay = DEFAULT_INVERSE_DELAY;

        private Builder() {
            super(new Nesterovs(DEFAULT_LEARNING_RATE, DEFAULT_MOMENTUM));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets how often the factors are updated: at every iteration divisible by this.
         *
         * @param factorInterval in iterations, at least 1, default {@value Kfac#DEFAULT_FACTOR_INTERVAL}
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder factorInterval(int factorInterval) {
            this.factorInterval = Range.COUNT.check("factorInterval", factorInterval, DEFAULT_FACTOR_INTERVAL);
            return this;
        }

        /**
         * Sets how often the factors are inverted: at every iteration divisible by this.
         *
         * @param inverseInterval in iterations, at least 1, default {@value Kfac#DEFAULT_INVERSE_INTERVAL}
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder inverseInterval(int inverseInterval) {
            this.inverseInterval = Range.COUNT.check("inverseInterval", inverseInterval, DEFAULT_INVERSE_INTERVAL);
            return this;
        }

        /**
         * Sets a constant damping.
         *
         * @param damping finite and greater than 0, default {@value Kfac#DEFAULT_DAMPING}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder damping(double damping) {
            this.damping = Range.POSITIVE.check("damping", damping, DEFAULT_DAMPING);
            return this;
        }

        /**
         * Sets a schedule of the damping, which wins over a constant; it is read at each inversion.
         *
         * @param dampingSchedule damping for every iteration and epoch, each finite and greater than 0
         * @return this
         * @throws IllegalArgumentException if it is null
         */
        public Builder dampingSchedule(ISchedule dampingSchedule) {
            this.dampingSchedule = Damping.checkSchedule(dampingSchedule, DEFAULT_DAMPING);
            return this;
        }

        /**
         * Sets the share of the past in the factors, per update.
         *
         * @param decay in [0, 1), default {@value Kfac#DEFAULT_DECAY}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder decay(double decay) {
            this.decay = Range.DECAY.check("decay", decay, DEFAULT_DECAY);
            return this;
        }

        /**
         * Sets the bound of a step's squared Fisher norm.
         *
         * @param klClip finite and at least 0, where 0 means no bound, default {@value Kfac#DEFAULT_KL_CLIP}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder klClip(double klClip) {
            this.klClip = Range.LEARNING_RATE.check("klClip", klClip, DEFAULT_KL_CLIP);
            return this;
        }

        /**
         * Sets how the damped product is inverted.
         *
         * @param inverse default {@link KroneckerInverse#FACTORS_PI}
         * @return this
         */
        public Builder inverse(KroneckerInverse inverse) {
            this.inverse = Range.given("inverse", inverse);
            return this;
        }

        /**
         * Sets how the rows of the factors are scaled.
         *
         * @param scale default {@link FactorScale#PER_EXAMPLE}
         * @return this
         */
        public Builder scale(FactorScale scale) {
            this.scale = Range.given("scale", scale);
            return this;
        }

        /**
         * Spreads the inversions over the interval: layer i of n is inverted i / n of an interval late, so that no step
         * inverts all of them. The mean cost is the same, that of the slowest step falls.
         *
         * @param spreadRefreshes default false, all layers at once as in kfac-pytorch
         * @return this
         */
        public Builder spreadRefreshes(boolean spreadRefreshes) {
            this.spreadRefreshes = spreadRefreshes;
            return this;
        }

        /**
         * Takes the inversions off the training thread: at iteration t, where one is due, the factors are copied and
         * inverted in the background, and their inverse is used from iteration t + inverseDelay on. If it is not ready
         * by then, training waits, so the result depends on the delay and never on timing. The first inverse is made at
         * once. Costs a second set of factors and inverses.
         *
         * @param inverseDelay in iterations, at least 0 and less than inverseInterval, default
         *     {@value Kfac#DEFAULT_INVERSE_DELAY}: inverted on the training thread and used at once, as in kfac-pytorch
         * @return this
         * @throws IllegalArgumentException if it is less than 0
         */
        public Builder inverseDelay(int inverseDelay) {
            this.inverseDelay = Range.COUNT_OR_NONE.check("inverseDelay", inverseDelay, DEFAULT_INVERSE_DELAY);
            return this;
        }

        /**
         * Builds the preconditioner.
         *
         * @return a new configuration
         * @throws IllegalArgumentException if inverseDelay is not less than inverseInterval
         */
        public Kfac build() {
            if (!(inverseDelay < inverseInterval)) {
                throw new IllegalArgumentException("inverseDelay = " + inverseDelay
                        + ", but must be less than inverseInterval = " + inverseInterval
                        + ", so that an inverse is in use before the next one is begun; leave it out for the default "
                        + DEFAULT_INVERSE_DELAY);
            }
            return new Kfac(this);
        }
    }
}
