/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Tells whether a vector holds nothing but zeros. */
public final class ZeroScan {

    private static final long FIRST = 64;

    private ZeroScan() {}

    /**
     * Whether every value is zero. Looks at windows that double in length, so a vector in use is recognised after a few
     * values and a vector of zeros costs one pass.
     *
     * @param vector rank 1; Not modified
     * @return false as soon as a value other than 0, NaN included, is found
     */
    public static boolean isZero(INDArray vector) {
        long length = vector.length();
        long start = 0;
        for (long window = FIRST; start < length; window *= 2) {
            long end = Math.min(length, start + window);
            // A sum of magnitudes cannot cancel, and NaN stays NaN in it.
            double sum =
                    vector.get(NDArrayIndex.interval(start, end)).norm1Number().doubleValue();
            if (!(sum == 0)) {
                return false;
            }
            start = end;
        }
        return true;
    }
}
