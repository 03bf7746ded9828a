/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.newton4j.curvature.inverse.FactoredInverse;
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.curvature.inverse.KroneckerInverse;

/**
 * An inversion under way in the background, whose result is used from a fixed iteration on.
 *
 * <p>All networks share one daemon thread, which ends when it has had nothing to do for a second: inversions are whole
 * matrix products, which a backend with several threads spreads by itself. A task knows its copy of the factors and nothing
 * of the network, so it keeps none alive.
 *
 * @param useAt first iteration that uses the result
 * @param result the inverse, or why there is none
 */
record PendingInverse(int useAt, CompletableFuture<FactoredInverse> result) {

    static final ThreadPoolExecutor BACKGROUND = background();

    private static ThreadPoolExecutor background() {
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "newton4j-inverse");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /**
     * Begins an inversion.
     *
     * @param factors copied
     * @param how which inverse
     * @param damping greater than 0
     * @param useAt first iteration that uses the result
     */
    static PendingInverse begin(KroneckerFactors factors, KroneckerInverse how, double damping, int useAt) {
        KroneckerFactors copy = factors.copy();
        return new PendingInverse(useAt, CompletableFuture.supplyAsync(() -> copy.invert(how, damping), BACKGROUND));
    }

    /** An inversion that ended before a checkpoint was written. */
    static PendingInverse ended(FactoredInverse inverse, int useAt) {
        return new PendingInverse(useAt, CompletableFuture.completedFuture(inverse));
    }

    /**
     * Waits for the inverse.
     *
     * @throws ArithmeticException if the factors cannot be inverted
     * @throws IllegalStateException if the inversion failed in another way
     */
    FactoredInverse await() {
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ArithmeticException singular) {
                throw singular;
            }
            throw new IllegalStateException(
                    "an inversion in the background failed: " + e.getCause()
                            + "; without inverseDelay inversions are made on the training thread",
                    e.getCause());
        }
    }
}
