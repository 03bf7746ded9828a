/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;
import org.newton4j.curvature.inverse.MfacPlan;
import org.newton4j.optimizers.update.Damping;
import org.newton4j.optimizers.update.MfacSettings;
import org.newton4j.optimizers.update.PreconditionerConfig;
import org.newton4j.optimizers.update.Preconditioning;
import org.newton4j.optimizers.update.Range;

/**
 * M-FAC: multiplies the whole gradient by the inverse of the damped empirical Fisher matrix of the last m gradients, and
 * hands the product to a base updater.
 *
 * <p>Needs {@code net.setListeners(new CurvatureListener())}, which keeps the window; without it the first step fails and
 * says so. With g the gradient as the updater sees it (mean over the batch, clipped, with L1 and L2), initially an empty
 * window and divisor m from the first step on:
 *
 * <pre>
 * window: g_1 … g_m, the oldest replaced by g
 * u = (damping I + (1/m) sum_i g_i g_i')^-1 g
 * </pre>
 *
 * <p>u takes the place of the gradient in the base updater. All trainable variables with equal M-FAC settings share one
 * window, whatever their base updaters and learning rates are; statistics of batch normalisation and frozen layers are not
 * part of it. If the gradient or u is not finite, the step is left out.
 *
 * <p>Cost: two passes over the window and O(m^2) a step, no gradient more, and m^3 / 3 operations at a step whose damping
 * is another than before: a tenth of the 4 m d of the two passes for m = sqrt(d), as many for m = 3.4 sqrt(d). Let a
 * schedule change the damping at every step only where m is below sqrt(d); else by the epoch or in stairs. Eight rows are worked on at once: a multiple of 8 is the fastest m.
 *
 * <p>Memory: m d numbers of type {@code storage} outside of Deeplearning4j's state view, and 16 m^2 bytes, see {@link
 * MfacPlan}; 25 million parameters and m = 1024 take 105 GB in FLOAT and 52 GB in BFLOAT16. {@code CurvaturePlan.mfac}
 * tells for a network what a window of each type takes and which m fits. Restoring a checkpoint takes twice as much for a
 * moment. The window is kept with the network and saved by {@code Checkpoints}.
 *
 * <p>Source: Frantar, Kurtic, Alistarh 2021, "M-FAC: Efficient Matrix-Free Approximations of Second-Order Information",
 * NeurIPS, arXiv:2107.03356; reference IST-DASLab/M-FAC {@code optim.py}. Deviations: m is 32 by default instead of 1024,
 * any m is allowed (the reference wants multiples of 32 up to 1024), sums run in double. The reference's momentum,
 * v = momentum v + (1 - momentum) u, is a matter of the base updater: {@code Nesterovs} is not the same.
 *
 * <p>Damping: a damping far below the squares of typical gradients lets u grow to the order of 1 / |g|, so the learning
 * rate has to be small; where 1e-5 does not train, for example on losses summed over many outputs, start at 0.01 and
 * about twice the learning rate.
 */
public final class Mfac extends PreconditionerConfig {

    /** Default number of gradients in the window, 32 (our runs; authors' optim.py uses 1024, 32 times the memory). */
    public static final int DEFAULT_GRADIENTS = 32;

    /** Most gradients a memory budget chooses, 1024 (authors' optim.py): more cost time that no run has paid back. */
    public static final int MOST_GRADIENTS = MfacSettings.MOST_GRADIENTS;

    /** Default damping, 1e-5 (authors' optim.py). */
    public static final double DEFAULT_DAMPING = 1e-5;

    /** Default learning rate of the default base updater, plain gradient descent, 1e-3 (authors' optim.py). */
    public static final double DEFAULT_LEARNING_RATE = 1e-3;

    /** Gradients in the window, or null if the memory budget chooses. */
    private final @Nullable Integer gradients;

    /** Added to the diagonal of the Fisher matrix, or null if there is a schedule. */
    private final @Nullable Double damping;

    /** Damping for every iteration and epoch, or null if it is constant. */
    private final @Nullable ISchedule dampingSchedule;

    /** Type of the window, or null for that of the network. */
    private final @Nullable DataType storage;

    /** Bytes the window and its small system may take, or null for what the process may take. */
    private final @Nullable Long memoryBudget;

    /** M-FAC with the defaults. */
    public Mfac() {
        this(builder());
    }

    /**
     * M-FAC in front of an updater.
     *
     * @param base any updater that works on gradients alone; copied
     * @throws IllegalArgumentException as {@link PreconditionerConfig.Builder#base}
     */
    public Mfac(IUpdater base) {
        this(builder().base(base));
    }

    private Mfac(Builder builder) {
        super(builder);
        storage = builder.storage;
        memoryBudget = builder.memoryBudget;
        boolean byDefault = builder.gradients == null && memoryBudget == null;
        gradients = byDefault ? Integer.valueOf(DEFAULT_GRADIENTS) : builder.gradients;
        dampingSchedule = builder.dampingSchedule;
        damping = dampingSchedule == null ? builder.damping : null;
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
        return new MfacSettings(gradients, Damping.of(damping, dampingSchedule), storage, memoryBudget);
    }

    @Override
    protected void describe(BiConsumer<String, Object> to) {
        if (gradients != null) {
            to.accept("gradients", gradients);
        }
        Damping.of(damping, dampingSchedule).describe(to);
        if (storage != null) {
            to.accept("storage", storage);
        }
        if (memoryBudget != null) {
            to.accept("memoryBudget", memoryBudget);
        }
    }

    /** Builds an {@link Mfac}. */
    public static final class Builder extends PreconditionerConfig.Builder<Builder> {

        private @Nullable Integer gradients;
        private double damping = DEFAULT_DAMPING;
        private @Nullable ISchedule dampingSchedule;
        private @Nullable DataType storage;
        private @Nullable Long memoryBudget;

        private Builder() {
            super(new Sgd(DEFAULT_LEARNING_RATE));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets the number of gradients in the window.
         *
         * @param gradients m, at least 1, default {@value Mfac#DEFAULT_GRADIENTS}, or what {@link #memoryBudget} allows
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder gradients(int gradients) {
            this.gradients = Range.COUNT.check("gradients", gradients, DEFAULT_GRADIENTS);
            return this;
        }

        /**
         * Sets a constant damping.
         *
         * @param damping finite and greater than 0, default {@value Mfac#DEFAULT_DAMPING}
         * @return this
         * @throws IllegalArgumentException if it is out of range or NaN
         */
        public Builder damping(double damping) {
            this.damping = Range.POSITIVE.check("damping", damping, DEFAULT_DAMPING);
            return this;
        }

        /**
         * Sets a schedule of the damping, which wins over a constant.
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
         * Sets the type gradients are stored in; sums and results are not affected by it.
         *
         * <p>FLOAT while the window fits, BFLOAT16 where it does not: half the memory. Do not count on a faster step: it took
         * from half of FLOAT's time to more than it, see docs/performance.md. DOUBLE only for a DOUBLE network. A gradient is
         * rounded once, to 8 significant bits, when it enters the window, and u is the exact product for the rounded gradients:
         * an error of about 0.2 % of u, far below the noise of a mini-batch.
         *
         * @param storage FLOAT, DOUBLE or BFLOAT16, default the type of the network, FLOAT for a HALF one
         * @return this
         * @throws IllegalArgumentException if it is another type
         */
        public Builder storage(DataType storage) {
            if (storage != DataType.FLOAT && storage != DataType.DOUBLE && storage != DataType.BFLOAT16) {
                throw new IllegalArgumentException("storage = " + storage + ", but must be FLOAT, DOUBLE or BFLOAT16;"
                        + " leave it out for the type of the network");
            }
            this.storage = storage;
            return this;
        }

        /**
         * Sets how much memory the window and its small system may take.
         *
         * <p>Without {@link #gradients} the window is then the largest that fits, but at most {@value
         * Mfac#MOST_GRADIENTS} gradients; a log line says which. With it, a window that does not fit is refused at the
         * first step, with the largest one that would.
         *
         * @param memoryBudget bytes, at least 1, default no limit but that of the process
         * @return this
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder memoryBudget(long memoryBudget) {
            if (!(memoryBudget >= 1)) {
                throw new IllegalArgumentException("memoryBudget = " + memoryBudget + ", but must be at least 1 byte;"
                        + " leave it out for the default of " + DEFAULT_GRADIENTS + " gradients");
            }
            this.memoryBudget = memoryBudget;
            return this;
        }

        /**
         * Builds the preconditioner.
         *
         * @return a new configuration
         */
        public Mfac build() {
            return new Mfac(this);
        }
    }
}
