/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.ISchedule;
import org.newton4j.curvature.inverse.MatrixNorm;
import org.newton4j.optimizers.update.Damping;
import org.newton4j.optimizers.update.MkorFallback;
import org.newton4j.optimizers.update.MkorRule;
import org.newton4j.optimizers.update.MkorSettings;
import org.newton4j.optimizers.update.PreconditionerConfig;
import org.newton4j.optimizers.update.Preconditioning;
import org.newton4j.optimizers.update.Range;

/**
 * MKOR: multiplies the gradient of each layer by two inverse Kronecker factors that take in one vector per update, keeps its
 * length, and hands it to a base updater; with {@link Builder#fallback} MKOR-H.
 *
 * <p>Needs {@code net.setListeners(new CurvatureListener())}, which keeps the factors; without it the first step fails and
 * says so. Symbols: V = [dW | db] is the gradient of a layer as the updater sees it (mean over the batch, clipped), of shape
 * [nOut, K]; a (length K) is the mean over the batch of the layer's input with 1 appended for the bias, g (length nOut) that
 * of the gradient of an example's loss by the pre-activations; both also over time steps or output pixels. Ai and Gi, the
 * identity at first, follow the {@link MkorRule}; EXACT is, with p = Ai a and q = Gi g,
 *
 * <pre>
 * Ai = (Ai − (1 − gamma) / (gamma + (1 − gamma) a'p) p p') / gamma
 * Gi = (Gi − (1 − gamma) / (gamma + (1 − gamma) g'q) q q') / gamma
 * U  = Gi V Ai
 * U  = U |V| / |U|
 * </pre>
 *
 * <p>U takes the place of the gradient of the layer; L1, L2 and the base updater come after. Preconditioned are DenseLayer,
 * OutputLayer, RnnOutputLayer, ConvolutionLayer (1-D and 2-D); other layers go to the base updater as they are and are
 * listed once in the log. The mean vectors cost nothing; without bias, with REFERENCE's clipping and with FULL each factor
 * update costs one more gradient.
 *
 * <p>Inside, {@code Nesterovs} with momentum 0.9 and a learning rate of 0.025 to 0.2 is good for classifiers, {@code Adam}
 * with 0.004 to 0.008 for autoencoders. Source: Mozaffari, Li, Zhang, Mehri Dehnavi 2023, "MKOR: Momentum-Enabled
 * Kronecker-Factor-Based Optimizer Using Rank-1 Updates", NeurIPS, arXiv:2306.01685; reference Mohammad-Mozaffari/mkor
 * {@code mkor.py}. Where they differ from each other or from the inverse of a moving average, the rule says so.
 */
public final class Mkor extends PreconditionerConfig {

    /** Default share of the past, 0.95 (authors' code; also the best of two measured). */
    public static final double DEFAULT_GAMMA = 0.95;

    /** Default iterations from one factor update to the next for rank-one rules, 1 (measured; the paper uses 10). */
    public static final int DEFAULT_UPDATE_INTERVAL = 1;

    /** Default iterations from one factor update to the next for FULL, which inverts matrices, 10 (the paper's). */
    public static final int DEFAULT_FULL_UPDATE_INTERVAL = 10;

    /** Default largest entry of a factor before it is pulled towards the identity, 100 (measured; 10 is worse). */
    public static final double DEFAULT_STABILIZER_THRESHOLD = 100;

    /** Default share of a factor that is kept when it is, 0.9 (measured). */
    public static final double DEFAULT_STABILIZER_SHARE = 0.9;

    /** Default damping of FULL, 0.01 (measured; 0.1 is worse). */
    public static final double DEFAULT_DAMPING = 0.01;

    /** Default clamp of REFERENCE, 100 (authors' code). */
    public static final double DEFAULT_CLIPPING = 100;

    /** Default learning rate of the default base updater, 0.05 (measured on classifiers: 0.05 to 0.1). */
    public static final double DEFAULT_LEARNING_RATE = 0.05;

    /** Default momentum of the default base updater, 0.9 (authors' code). */
    public static final double DEFAULT_MOMENTUM = 0.9;

    /** How factors take in curvature. */
    private final MkorRule rule;

    /** Share of the past. */
    private final double gamma;

    /** Iterations from one factor update to the next. */
    private final int updateInterval;

    /** Iterations at the start that all update. */
    private final int warmup;

    /** Norm the stabiliser tests, null for rules without stabiliser. */
    private final @Nullable MatrixNorm stabilizerNorm;

    /** Norm at which the stabiliser fires, null for rules without stabiliser. */
    private final @Nullable Double stabilizerThreshold;

    /** Share of a factor the stabiliser keeps, null for rules without stabiliser. */
    private final @Nullable Double stabilizerShare;

    /** Damping of FULL, or null. */
    private final @Nullable Double damping;

    /** Damping of FULL for every iteration and epoch, or null. */
    private final @Nullable ISchedule dampingSchedule;

    /** Clamp of REFERENCE, or null. */
    private final @Nullable Double clipping;

    /** Storage of the factors, or null for the network's type. */
    private final @Nullable DataType factorType;

    /** Layers to precondition, or null for all. */
    private final @Nullable Set<String> include;

    /** Layers to leave alone, or null for none. */
    private final @Nullable Set<String> exclude;

    /** Whether lengths are kept. */
    private final boolean rescale;

    /** When to give up, or null for never. */
    private final @Nullable MkorFallback fallback;

    /** MKOR with the defaults. */
    public Mkor() {
        this(builder());
    }

    /**
     * MKOR in front of an updater.
     *
     * @param base any updater that works on gradients alone; copied
     * @throws IllegalArgumentException as {@link PreconditionerConfig.Builder#base}
     */
    public Mkor(IUpdater base) {
        this(builder().base(base));
    }

    private Mkor(Builder builder) {
        super(builder);
        rule = builder.rule;
        gamma = builder.gamma;
        boolean full = rule == MkorRule.FULL;
        boolean stabilized = rule == MkorRule.EXACT || rule == MkorRule.PAPER;
        int interval = full ? DEFAULT_FULL_UPDATE_INTERVAL : DEFAULT_UPDATE_INTERVAL;
        updateInterval = or(builder.updateInterval, interval);
        warmup = builder.warmup;
        stabilizerNorm = stabilized ? or(builder.stabilizerNorm, MatrixNorm.MAX_ABS_ENTRY) : null;
        stabilizerThreshold = stabilized ? or(builder.stabilizerThreshold, DEFAULT_STABILIZER_THRESHOLD) : null;
        stabilizerShare = stabilized ? or(builder.stabilizerShare, DEFAULT_STABILIZER_SHARE) : null;
        dampingSchedule = builder.dampingSchedule;
        damping = full && dampingSchedule == null ? or(builder.damping, DEFAULT_DAMPING) : null;
        clipping = rule == MkorRule.REFERENCE ? or(builder.clipping, DEFAULT_CLIPPING) : null;
        factorType = builder.factorType;
        include = builder.include;
        exclude = builder.exclude;
        rescale = builder.rescale;
        fallback = builder.fallback;
    }

    private static <T> T or(@Nullable T given, T otherwise) {
        return given == null ? otherwise : given;
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
        return new MkorSettings(
                rule,
                gamma,
                updateInterval,
                warmup,
                or(stabilizerNorm, MatrixNorm.MAX_ABS_ENTRY),
                or(stabilizerThreshold, Double.POSITIVE_INFINITY),
                or(stabilizerShare, DEFAULT_STABILIZER_SHARE),
                rule == MkorRule.FULL ? Damping.of(damping, dampingSchedule) : null,
                or(clipping, Double.POSITIVE_INFINITY),
                factorType,
                include == null ? Set.of() : include,
                exclude == null ? Set.of() : exclude,
                rescale,
                fallback);
    }

    @Override
    protected void describe(BiConsumer<String, Object> to) {
        to.accept("rule", rule);
        to.accept("gamma", gamma);
        to.accept("updateInterval", updateInterval);
        to.accept("warmup", warmup);
        accept(to, "stabilizerNorm", stabilizerNorm);
        accept(to, "stabilizerThreshold", stabilizerThreshold);
        accept(to, "stabilizerShare", stabilizerShare);
        if (rule == MkorRule.FULL) {
            Damping.of(damping, dampingSchedule).describe(to);
        }
        accept(to, "clipping", clipping);
        accept(to, "factorType", factorType);
        accept(to, "include", include);
        accept(to, "exclude", exclude);
        to.accept("rescale", rescale);
        accept(to, "fallback", fallback);
    }

    private static void accept(BiConsumer<String, Object> to, String name, @Nullable Object value) {
        if (value != null) {
            to.accept(name, value);
        }
    }

    /** Builds an {@link Mkor}. */
    public static final class Builder extends PreconditionerConfig.Builder<Builder> {

        private MkorRule rule = MkorRule.EXACT;
        private double gamma = DEFAULT_GAMMA;
        private @Nullable Integer updateInterval;
        private int warmup;
        private @Nullable MatrixNorm stabilizerNorm;
        private @Nullable Double stabilizerThreshold;
        private @Nullable Double stabilizerShare;
        private @Nullable Double damping;
        private @Nullable ISchedule dampingSchedule;
        private @Nullable Double clipping;
        private @Nullable DataType factorType;
        private @Nullable Set<String> include;
        private @Nullable Set<String> exclude;
        private boolean rescale = true;
        private @Nullable MkorFallback fallback;

        private Builder() {
            super(new Nesterovs(DEFAULT_LEARNING_RATE, DEFAULT_MOMENTUM));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets how factors take in curvature.
         *
         * @param rule default EXACT
         * @return this
         * @throws IllegalArgumentException if it is null
         */
        public Builder rule(MkorRule rule) {
            this.rule = required("rule", rule, MkorRule.EXACT);
            return this;
        }

        /**
         * Sets the share of the past in the factors, of the old factor in the blend of REFERENCE.
         *
         * @param gamma strictly between 0 and 1, default {@value Mkor#DEFAULT_GAMMA}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder gamma(double gamma) {
            this.gamma = Range.OPEN_UNIT.check("gamma", gamma, DEFAULT_GAMMA);
            return this;
        }

        /**
         * Sets how often factors are updated. The cost of MKOR is the product, made at every step; it grows with the vectors
         * a wide factor has taken in, up to 0.4 times its width, so rarer updates keep it cheap for more steps. Only FULL
         * inverts matrices at each.
         *
         * @param updateInterval iterations from one update to the next, at least 1, default
         *     {@value Mkor#DEFAULT_UPDATE_INTERVAL}, with FULL {@value Mkor#DEFAULT_FULL_UPDATE_INTERVAL}
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder updateInterval(int updateInterval) {
            this.updateInterval = Range.COUNT.check("updateInterval", updateInterval, DEFAULT_UPDATE_INTERVAL);
            return this;
        }

        /**
         * Sets a warm-up.
         *
         * @param warmup iterations at the start of training that all update the factors, at least 0, default 0
         * @return this
         * @throws IllegalArgumentException if it is less than 0
         */
        public Builder warmup(int warmup) {
            this.warmup = Range.COUNT_OR_NONE.check("warmup", warmup, 0);
            return this;
        }

        /**
         * Sets the norm by which EXACT and PAPER know that a factor has grown too large.
         *
         * @param stabilizerNorm default MAX_ABS_ENTRY
         * @return this
         * @throws IllegalArgumentException if it is null
         */
        public Builder stabilizerNorm(MatrixNorm stabilizerNorm) {
            this.stabilizerNorm = required("stabilizerNorm", stabilizerNorm, MatrixNorm.MAX_ABS_ENTRY);
            return this;
        }

        /**
         * Sets the norm above which a factor of EXACT or PAPER is pulled towards the identity before its update.
         *
         * @param stabilizerThreshold greater than 0, infinity for never, default
         *     {@value Mkor#DEFAULT_STABILIZER_THRESHOLD}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder stabilizerThreshold(double stabilizerThreshold) {
            this.stabilizerThreshold = Range.POSITIVE_OR_INFINITE.check(
                    "stabilizerThreshold", stabilizerThreshold, DEFAULT_STABILIZER_THRESHOLD);
            return this;
        }

        /**
         * Sets the share of a factor that is kept when it is pulled towards the identity, zeta in the paper.
         *
         * @param stabilizerShare strictly between 0 and 1, default {@value Mkor#DEFAULT_STABILIZER_SHARE}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder stabilizerShare(double stabilizerShare) {
            this.stabilizerShare = Range.OPEN_UNIT.check("stabilizerShare", stabilizerShare, DEFAULT_STABILIZER_SHARE);
            return this;
        }

        /**
         * Sets a constant damping for FULL.
         *
         * @param damping finite and greater than 0, default {@value Mkor#DEFAULT_DAMPING}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder damping(double damping) {
            this.damping = Range.POSITIVE.check("damping", damping, DEFAULT_DAMPING);
            return this;
        }

        /**
         * Sets a schedule of the damping for FULL, which wins over a constant.
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
         * Sets the clamp of REFERENCE: inputs (the 1 of the bias, too) and deltas of each example, averaged over time steps
         * or pixels, are clamped to this absolute value.
         *
         * @param clipping greater than 0, infinity for never, which saves a gradient per factor update; default
         *     {@value Mkor#DEFAULT_CLIPPING}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder clipping(double clipping) {
            this.clipping = Range.POSITIVE_OR_INFINITE.check("clipping", clipping, DEFAULT_CLIPPING);
            return this;
        }

        /**
         * Sets the type in which factors are stored; HALF and BFLOAT16 take half the memory of FLOAT and are computed in
         * FLOAT: an update then costs twice the product, so raise the interval. Not for FULL, which inverts its factors.
         *
         * @param factorType DOUBLE, FLOAT, HALF or BFLOAT16; default that of the network, FLOAT if it is HALF
         * @return this
         * @throws IllegalArgumentException if it is null or no floating-point type
         */
        public Builder factorType(DataType factorType) {
            if (factorType == null || !factorType.isFPType()) {
                throw new IllegalArgumentException("factorType = " + factorType
                        + ", but must be DOUBLE, FLOAT, HALF or BFLOAT16; leave it out for the network's type");
            }
            this.factorType = factorType;
            return this;
        }

        /**
         * Preconditions these layers only.
         *
         * @param include names of layers, at least one; a name stands for all layers that have it, {@code name#index} for one
         *     of them
         * @return this
         * @throws IllegalArgumentException if there is none
         */
        public Builder include(Collection<String> include) {
            this.include = names("include", include);
            return this;
        }

        /**
         * Leaves these layers to the base updater.
         *
         * @param exclude names of layers, at least one; a name stands for all layers that have it, {@code name#index} for one
         *     of them
         * @return this
         * @throws IllegalArgumentException if there is none
         */
        public Builder exclude(Collection<String> exclude) {
            this.exclude = names("exclude", exclude);
            return this;
        }

        /**
         * Sets whether the preconditioned gradient of a layer gets the length of the raw one: the joint norm of weights and
         * bias, with REFERENCE the sum of both norms.
         *
         * @param rescale default true; without it learning rates depend on the size of the factors
         * @return this
         */
        public Builder rescale(boolean rescale) {
            this.rescale = rescale;
            return this;
        }

        /**
         * Makes it MKOR-H, which goes on with the base updater alone once second-order updates no longer pay.
         *
         * @param fallback when, for example {@code new MkorFallback()}; default never
         * @return this
         * @throws IllegalArgumentException if it is null
         */
        public Builder fallback(MkorFallback fallback) {
            if (fallback == null) {
                throw new IllegalArgumentException("fallback = null, but must be a rule; leave it out for never");
            }
            this.fallback = fallback;
            return this;
        }

        /**
         * Builds the preconditioner.
         *
         * @return a new configuration
         * @throws IllegalArgumentException if something is set that has no effect under the rule
         */
        public Mkor build() {
            boolean stabilizer = stabilizerNorm != null || stabilizerThreshold != null || stabilizerShare != null;
            refuse(stabilizer, "a stabilizer", rule == MkorRule.EXACT || rule == MkorRule.PAPER);
            refuse(damping != null || dampingSchedule != null, "damping", rule == MkorRule.FULL);
            refuse(clipping != null, "clipping", rule == MkorRule.REFERENCE);
            refuse(factorType != null, "factorType", rule != MkorRule.FULL);
            return new Mkor(this);
        }

        private void refuse(boolean given, String what, boolean used) {
            if (given && !used) {
                throw new IllegalArgumentException(
                        what + " is set, but rule " + rule + " has none; leave it out or choose another rule");
            }
        }

        private static Set<String> names(String what, Collection<String> names) {
            if (names == null || names.isEmpty()) {
                throw new IllegalArgumentException(
                        what + " = " + names + ", but must name at least one layer; leave it out for the default");
            }
            return new TreeSet<>(names);
        }

        private static <T> T required(String name, @Nullable T value, T defaultValue) {
            if (value == null) {
                throw new IllegalArgumentException(
                        name + " = null, but must be set; leave it out for the default " + defaultValue);
            }
            return value;
        }
    }
}
