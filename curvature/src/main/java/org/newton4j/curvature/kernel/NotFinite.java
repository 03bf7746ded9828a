/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.longer.MatchCondition;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.conditions.Conditions;

/** Counts NaN and infinities, at next to no cost where there are none. */
public final class NotFinite {

    private NotFinite() {}

    /**
     * How many entries are NaN or infinite.
     *
     * @param vector of any floating-point type; Not modified
     * @return 0 to {@code vector.length()}
     */
    public static long count(INDArray vector) {
        DataType type = vector.dataType();
        // MatchCondition of M2.1 takes a NaN of type HALF for a number.
        INDArray wide = type == DataType.FLOAT || type == DataType.DOUBLE ? vector : vector.castTo(DataType.FLOAT);
        boolean summable = wide.rank() == 1 && HostMemory.isHostBackend() && HostMemory.isDense(wide);
        // Counting takes sixty times as long as BLAS's sum of magnitudes, in which NaN and infinity remain. The sum of
        // finite numbers may overflow; then they are counted.
        if (summable && Double.isFinite(Nd4j.getBlasWrapper().asum(wide))) {
            return 0;
        }
        return Nd4j.getExecutioner()
                .exec(new MatchCondition(wide, Conditions.notFinite()))
                .getLong(0);
    }
}
