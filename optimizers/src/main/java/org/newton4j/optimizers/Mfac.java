/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.databind.annotation.JsonDeserialize;
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
 * <p>u takes the place of the gradient in the base updater. Source: Frantar, Kurtic, Alistarh 2021, "M-FAC: Efficient
 * Matrix-Free Approximations of Second-Order Information", NeurIPS, arXiv:2107.03356; reference IST-DASLab/M-FAC
 * {@code optim.py}.
 */
@JsonDeserialize(builder = Mfac.Builder.class)
public final class Mfac extends PreconditionerConfig {

    /** Default number of gradients in the window, 1024 (authors' optim.py). */
    public static final int DEFAULT_GRADIENTS = 1024;

    /** Default damping, 1e-5 (authors' optim.py). */
    public static final double DEFAULT_DAMPING = 1e-5;

    /** Default learning rate of the default base updater, plain gradient descent, 1e-3 (authors' optim.py). */
    public static final double DEFAULT_LEARNING_RATE = 1e-3;

    /** Gradients in the window. */
    private final int gradients;

    /** Added to the diagonal of the Fisher matrix, or null if there is a schedule. */
    private final @Nullable Double damping;

    /** Damping for every iteration and epoch, or null if it is constant. */
    private final @Nullable ISchedule dampingSchedule;

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
        gradients = builder.gradients;
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
        return new MfacSettings(gradients, dampingOrSchedule());
    }

    @Override
    protected void describe(BiConsumer<String, Object> to) {
        to.accept("gradients", gradients);
        dampingOrSchedule().describe(to);
    }

    private Damping dampingOrSchedule() {
        return new Damping(damping == null ? Double.NaN : damping, dampingSchedule);
    }

    /** Builds an {@link Mfac}. */
    public static final class Builder extends PreconditionerConfig.Builder<Builder> {

        private int gradients = DEFAULT_GRADIENTS;
        private double damping = DEFAULT_DAMPING;
        private @Nullable ISchedule dampingSchedule;

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
         * @param gradients m, at least 1, default {@value Mfac#DEFAULT_GRADIENTS}
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
         * Builds the preconditioner.
         *
         * @return a new configuration
         */
        public Mfac build() {
            return new Mfac(this);
        }
    }
}
