/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.curvature.inverse.MfacPlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings of an M-FAC preconditioner, checked by the builder of {@code Mfac}.
 *
 * @param gradients m, gradients in the window, or null if the memory budget chooses
 * @param damping lambda
 * @param storage type of the window, or null for that of the network
 * @param memoryBudget bytes the window and its small system may take, or null for no limit but that of the process
 */
public record MfacSettings(
        @Nullable Integer gradients,
        Damping damping,
        @Nullable DataType storage,
        @Nullable Long memoryBudget) implements Preconditioning {

    private static final Logger log = LoggerFactory.getLogger(MfacSettings.class);

    /** Most gradients a memory budget chooses; the reference uses that many. */
    public static final int MOST_GRADIENTS = 1024;

    @Override
    public String method() {
        return "M-FAC";
    }

    /**
     * The window for a network, within the budget; a size chosen by the budget goes to the log.
     *
     * @param dimension d, number of trainable parameters, at least 1
     * @param networkType FLOAT or DOUBLE, in which the network computes
     * @return sizes of the window
     * @throws IllegalArgumentException if the window does not fit into the budget; the message says what does
     */
    public MfacPlan plan(long dimension, DataType networkType) {
        DataType type = storage == null ? networkType : storage;
        if (memoryBudget == null) {
            return new MfacPlan(dimension, gradients == null ? MOST_GRADIENTS : gradients, type);
        }
        int m = gradients == null
                ? Math.max(1, Math.min(MOST_GRADIENTS, MfacPlan.largest(dimension, type, memoryBudget)))
                : gradients;
        MfacPlan plan = new MfacPlan(dimension, m, type);
        plan.requireAtMost(memoryBudget);
        if (gradients == null) {
            log.info("{}, chosen by memoryBudget {}", plan.describe(), memoryBudget);
        }
        return plan;
    }
}
