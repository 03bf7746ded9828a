/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.LinearOperator;
import org.newton4j.it.fixture.NpyArray;

/** Golden arrays as ND4J arrays and back. */
final class GoldenArrays {

    private GoldenArrays() {}

    static INDArray of(NpyArray array, DataType type) {
        return of(array.values(), type, array.shape());
    }

    static INDArray of(double[] values, DataType type, long... shape) {
        return Nd4j.createFromArray(values).reshape('c', shape).castTo(type);
    }

    /** Entries as doubles, C order. */
    static double[] values(INDArray array) {
        return array.castTo(DataType.DOUBLE)
                .dup('c')
                .reshape(new long[] {array.length()})
                .toDoubleVector();
    }

    /** A x. */
    static double[] product(LinearOperator operator, INDArray x) {
        INDArray out = x.ulike();
        operator.multiply(x, out);
        return values(out);
    }
}
