/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.optimizers.update.FactorScale;

/**
 * The rows of one mini-batch on their way into a pair of Kronecker factors, held to what is known of the layer.
 *
 * <p>A factor is a moving average of squares: one example with an input of 1e6 would raise it by 1e12 and hold the layer
 * still until 0.95^k has worn that down. So the rows of a mini-batch count as if their mean square were at most
 * {@value #LIMIT} times that of the factor, which then grows sixfold at an update instead of a billionfold. A factor below the
 * damping has no say and sets no bound. At the first update a factor knows nothing; there the mean square of all examples
 * but the largest stands in, and nothing bounds a single one. A deviation from K-FAC; ordinary mini-batches are far from it.
 *
 * @param statistics of the layer, of at least one row
 * @param inputScale factor of the inputs
 * @param deltaScale factor of the deltas
 * @param share smaller one of the two factors that come of the bound, 1 without one
 */
record FactorRows(LayerStatistics statistics, double inputScale, double deltaScale, double share) {

    /** Largest mean square of a mini-batch's rows, in multiples of the factor's. */
    static final double LIMIT = 100;

    /**
     * Scales and bounds.
     *
     * @param statistics of the layer, finite, of at least one row
     * @param scale how rows are scaled
     * @param factors before the update; Not modified
     * @param damping in use
     * @param first whether the factors know nothing yet
     */
    static FactorRows of(
            LayerStatistics statistics, FactorScale scale, KroneckerFactors factors, double damping, boolean first) {
        boolean reference = scale == FactorScale.REFERENCE;
        double positions = statistics.positions();
        double onInputs = reference ? 1 / positions : 1;
        double onDeltas = reference ? 1 / (statistics.examples() * positions) : Math.sqrt(positions);
        double inputs = bound(statistics, statistics.inputs(), onInputs, factors.a(), damping, first);
        double deltas = bound(statistics, statistics.deltas(), onDeltas, factors.g(), damping, first);
        return new FactorRows(statistics, onInputs * inputs, onDeltas * deltas, Math.min(inputs, deltas));
    }

    boolean isBounded() {
        return share < 1;
    }

    private static double bound(
            LayerStatistics statistics, INDArray rows, double scale, INDArray factor, double damping, boolean first) {
        double sum = square(rows.norm2Number().doubleValue());
        double unit = scale * scale / (rows.size(0) * (double) rows.size(1));
        double known = Math.max(damping, Nd4j.diag(factor).meanNumber().doubleValue());
        if (sum * unit <= LIMIT * known) {
            return 1;
        }
        if (first) {
            if (statistics.examples() == 1) {
                return 1;
            }
            known = Math.max(known, (sum - statistics.largestExample(rows)) * unit);
        }
        return Math.min(1, Math.sqrt(LIMIT * known / (sum * unit)));
    }

    private static double square(double value) {
        return value * value;
    }

    /**
     * Feeds the factors; cannot fail.
     *
     * @param factors those the bounds were taken of, or a copy; Modified
     * @param decay share of the past
     */
    void update(KroneckerFactors factors, double decay) {
        factors.update(scaled(statistics.inputs(), inputScale), scaled(statistics.deltas(), deltaScale), decay);
    }

    private static INDArray scaled(INDArray rows, double scale) {
        return scale == 1 ? rows : rows.mul(scale);
    }
}
