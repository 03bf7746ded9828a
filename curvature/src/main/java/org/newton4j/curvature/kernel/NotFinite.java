/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.longer.MatchCondition;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.conditions.Condition;
import org.nd4j.linalg.indexing.conditions.Conditions;

/** Counts NaN, infinities and numbers too large to be squared, at next to no cost where there are none. */
public final class NotFinite {

    private static final double LARGEST_HALF = 65504;

    private NotFinite() {}

    /**
     * The largest number of a type whose square is finite in it, rounded down: 255.9 for HALF, 1.8e19 for FLOAT and
     * BFLOAT16, 1.3e154 for DOUBLE.
     *
     * @param type a floating-point type
     * @return greater than 0
     */
    public static double squareLimit(DataType type) {
        return switch (type) {
            case DOUBLE -> Math.sqrt(Double.MAX_VALUE);
            case HALF -> Math.sqrt(LARGEST_HALF);
            default -> Math.sqrt(Float.MAX_VALUE);
        };
    }

    /**
     * How many entries are NaN, infinite or larger than a limit.
     *
     * @param vector of any floating-point type; Not modified
     * @param limit magnitude up to which an entry counts as usable, greater than 0
     * @return 0 to {@code vector.length()}
     */
    public static long countBeyond(INDArray vector, double limit) {
        INDArray wide = wide(vector);
        // No entry is larger than the sum of magnitudes.
        if (isSummable(wide) && Nd4j.getBlasWrapper().asum(wide) <= limit) {
            return 0;
        }
        return wide.length() - matches(wide, Conditions.absLessThanOrEqual(limit));
    }

    /**
     * How many entries are NaN or infinite.
     *
     * @param vector of any floating-point type; Not modified
     * @return 0 to {@code vector.length()}
     */
    public static long count(INDArray vector) {
        INDArray wide = wide(vector);
        // Counting takes sixty times as long as BLAS's sum of magnitudes, in which NaN and infinity remain. The sum of
        // finite numbers may overflow; then they are counted.
        if (isSummable(wide) && Double.isFinite(Nd4j.getBlasWrapper().asum(wide))) {
            return 0;
        }
        return matches(wide, Conditions.notFinite());
    }

    /** MatchCondition of M2.1 takes a NaN of type HALF for a number. */
    private static INDArray wide(INDArray vector) {
        DataType type = vector.dataType();
        return type == DataType.FLOAT || type == DataType.DOUBLE ? vector : vector.castTo(DataType.FLOAT);
    }

    private static boolean isSummable(INDArray vector) {
        return vector.rank() == 1 && HostMemory.isHostBackend() && HostMemory.isDense(vector);
    }

    private static long matches(INDArray vector, Condition condition) {
        return Nd4j.getExecutioner().exec(new MatchCondition(vector, condition)).getLong(0);
    }
}
