/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.update.CurvatureConsumer;
import org.newton4j.optimizers.update.GradientConsumer;

/**
 * What the contract knows about this library's own updaters. The only class with {@link OptimizerVariants} that is
 * linked against the library, and only where it is there: the contract alone can test other updaters.
 */
final class Newton4jUpdaters {

    private static final boolean PRESENT = isPresent();

    private Newton4jUpdaters() {}

    /** Hands an updater what it asks for, as the listener does in training; a preconditioner gets the gradient as it is. */
    static void deliver(GradientUpdater<?> updater, INDArray gradient, INDArray curvature, int iteration) {
        if (PRESENT) {
            Linked.deliver(updater, gradient, curvature, iteration);
        }
    }

    static List<IUpdater> variants(IUpdater updater) {
        return PRESENT ? Linked.variants(updater) : List.of();
    }

    static Map<String, Callable<IUpdater>> nonsense(IUpdater updater) {
        return PRESENT ? Linked.nonsense(updater) : Map.of();
    }

    private static boolean isPresent() {
        try {
            Class.forName(
                    "org.newton4j.optimizers.update.OptimizerConfig", false, Newton4jUpdaters.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** Loaded at its first use only. */
    private static final class Linked {

        static void deliver(GradientUpdater<?> updater, INDArray gradient, INDArray curvature, int iteration) {
            if (updater instanceof CurvatureConsumer consumer && consumer.wantsCurvature(iteration)) {
                consumer.acceptCurvature(curvature, iteration);
            } else if (updater instanceof GradientConsumer consumer) {
                if (Double.isFinite(gradient.sumNumber().doubleValue())) {
                    consumer.acceptGradient(gradient.dup(), iteration);
                } else {
                    consumer.skipStep(iteration);
                }
            }
        }

        static List<IUpdater> variants(IUpdater updater) {
            return OptimizerVariants.knows(updater) ? OptimizerVariants.of(updater) : List.of();
        }

        static Map<String, Callable<IUpdater>> nonsense(IUpdater updater) {
            return OptimizerVariants.knows(updater) ? OptimizerVariants.nonsense(updater) : Map.of();
        }
    }
}
