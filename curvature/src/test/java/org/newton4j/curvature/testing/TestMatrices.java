/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.testing;

import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.LinearOperator;

/** Random vectors and matrices drawn from java.util.Random, so no global generator is touched. */
public final class TestMatrices {

    private TestMatrices() {}

    /** A Gaussian array in C order. */
    public static INDArray gaussian(DataType type, long seed, long... shape) {
        Random random = new Random(seed);
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array.castTo(type);
    }

    /** A random orthogonal matrix, DOUBLE. */
    public static INDArray orthogonal(int n, long seed) {
        INDArray q = gaussian(DataType.DOUBLE, seed, n, n);
        for (int i = 0; i < n; i++) {
            INDArray row = q.getRow(i);
            for (int pass = 0; pass < 2; pass++) {
                for (int j = 0; j < i; j++) {
                    row.subi(q.getRow(j).mul(Nd4j.getBlasWrapper().dot(row, q.getRow(j))));
                }
            }
            row.divi(row.norm2Number());
        }
        return q;
    }

    /** Q' diag(values) Q with a random orthogonal Q, exactly symmetric. */
    public static INDArray withSpectrum(DataType type, long seed, double... values) {
        INDArray q = orthogonal(values.length, seed);
        INDArray scaled = q.mulColumnVector(Nd4j.createFromArray(values).reshape(values.length, 1));
        INDArray matrix = q.transpose().mmul(scaled);
        return matrix.add(matrix.transpose()).muli(0.5).dup('c').castTo(type);
    }

    /** A symmetric indefinite matrix with Gaussian entries. */
    public static INDArray symmetric(DataType type, int n, long seed) {
        INDArray matrix = gaussian(DataType.DOUBLE, seed, n, n);
        return matrix.add(matrix.transpose()).muli(0.5).dup('c').castTo(type);
    }

    /** A x as a fresh vector. */
    public static INDArray apply(LinearOperator operator, INDArray x) {
        INDArray out = Nd4j.valueArrayOf(new long[] {operator.dimension()}, Double.NaN, x.dataType());
        operator.multiply(x, out);
        return out;
    }

    /** max|a - b| / max|b|. */
    public static double relativeToMax(INDArray a, INDArray b) {
        INDArray wide = b.castTo(DataType.DOUBLE);
        return a.castTo(DataType.DOUBLE).sub(wide).amaxNumber().doubleValue()
                / wide.amaxNumber().doubleValue();
    }
}
