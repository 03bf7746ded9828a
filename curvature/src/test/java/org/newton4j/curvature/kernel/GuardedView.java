/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A vector in the middle of a longer one whose other elements must not change.
 */
final class GuardedView {

    private static final int BEFORE = 5;
    private static final int AFTER = 70;
    private static final double GUARD = 12345;

    private final INDArray whole;
    private final INDArray view;

    private GuardedView(INDArray whole, INDArray view) {
        this.whole = whole;
        this.view = view;
    }

    static GuardedView of(DataType type, double... values) {
        int n = values.length;
        double[] padded = new double[BEFORE + n + AFTER];
        Arrays.fill(padded, GUARD);
        System.arraycopy(values, 0, padded, BEFORE, n);
        INDArray whole = Nd4j.createFromArray(padded).castTo(type);
        return new GuardedView(whole, whole.get(NDArrayIndex.interval(BEFORE, BEFORE + n)));
    }

    INDArray view() {
        return view;
    }

    double[] values() {
        return view.dup().toDoubleVector();
    }

    void assertNeighboursUntouched() {
        double[] all = whole.toDoubleVector();
        for (int i = 0; i < all.length; i++) {
            if (i < BEFORE || i >= all.length - AFTER) {
                assertThat(all[i])
                        .as("element %d outside of the view", i - BEFORE)
                        .isEqualTo(GUARD);
            }
        }
    }
}
