/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of some layers of a network in training, read from a second one.
 *
 * <p>What somebody else wrote (layers, losses, activations) may not bear to be built or evaluated twice. The first reading
 * shows: if it fails, these layers have no rows for the rest of the training, which is said once.
 */
final class RowCapture {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private final String method;
    private final Set<String> wanted;
    private @Nullable KroneckerStatistics statistics;
    private long captures;

    /**
     * Prepares readings.
     *
     * @param method for messages
     * @param wanted names of the layers
     */
    RowCapture(String method, Set<String> wanted) {
        this.method = method;
        this.wanted = Set.copyOf(wanted);
    }

    /** Gradients evaluated so far. */
    long captures() {
        return captures;
    }

    /**
     * Reads the rows of the present mini-batch.
     *
     * @param step its model and labels
     * @return the rows by the name of the layer, or null if the network cannot be evaluated a second time
     * @throws ArithmeticException if a row is not finite
     */
    @Nullable
    Map<String, LayerStatistics> at(PreconditionerStep step) {
        Map<String, LayerStatistics> byName = new HashMap<>();
        try {
            KroneckerStatistics present = statistics;
            if (present == null) {
                present = new KroneckerStatistics(step.model(), layer -> wanted.contains(layer.name()));
                statistics = present;
            }
            present.load(step.model(), step.labels().toArray(INDArray[]::new));
            for (LayerStatistics rows : present.empirical()) {
                byName.put(rows.layer().name(), rows);
            }
        } catch (RuntimeException e) {
            if (captures > 0) {
                throw e;
            }
            log.warn(
                    "{} cannot read layers {} example by example, because a second network of this configuration cannot be"
                            + " evaluated; the base updater alone serves them.",
                    method,
                    wanted,
                    e);
            return null;
        }
        captures++;
        for (LayerStatistics rows : byName.values()) {
            requireFinite(rows);
        }
        return byName;
    }

    private static void requireFinite(LayerStatistics rows) {
        if (rows.examples() == 0) {
            return;
        }
        double norm = rows.inputs().norm2Number().doubleValue()
                + rows.deltas().norm2Number().doubleValue();
        if (!(norm <= Double.MAX_VALUE)) {
            throw new ArithmeticException("layer '" + rows.layer().name()
                    + "': the inputs, or the gradients by the layer's output before activation, are not finite or their"
                    + " squares are too large. Look for bad input, or scale features and labels");
        }
    }
}
