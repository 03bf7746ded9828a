/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Shapes and masks of sequences. */
final class Sequences {

    private Sequences() {}

    static long[] shape(InputType.InputTypeRecurrent type, long examples) {
        return type.getFormat() == RNNFormat.NCW
                ? new long[] {examples, type.getSize(), type.getTimeSeriesLength()}
                : new long[] {examples, type.getTimeSeriesLength(), type.getSize()};
    }

    /** Ones up to a length of at least one step, zeros after it. */
    static INDArray mask(Draw draw, DataType type, int examples, int steps) {
        INDArray mask = Nd4j.zeros(type, examples, steps);
        for (int i = 0; i < examples; i++) {
            int length = draw.between(1, steps);
            for (int t = 0; t < length; t++) {
                mask.putScalar(i, t, 1);
            }
        }
        return mask;
    }
}
