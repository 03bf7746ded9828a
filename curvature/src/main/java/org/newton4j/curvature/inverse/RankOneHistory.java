/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Everything a {@link RankOneInverse} remembers while it has no matrix, for a checkpoint.
 *
 * <pre>
 * M = alpha I + kappa W' W
 * </pre>
 *
 * @param alpha factor of the identity, greater than 0
 * @param kappa factor of the rows' product, negative where updates subtract, not 0
 * @param diagonal of M, DOUBLE, length n; part of it because a recomputed one may differ in the last bit
 * @param rows W, FLOAT or DOUBLE, shape [r, n], one row per update; null for r = 0
 */
public record RankOneHistory(
        double alpha,
        double kappa,
        INDArray diagonal,
        @Nullable INDArray rows) {}
