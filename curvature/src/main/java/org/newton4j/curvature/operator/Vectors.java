/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Inner products of long vectors, summed in double, and the BLAS call beside them.
 *
 * <p>Arrays are checked by whoever calls; they have one length and one type.
 */
public final class Vectors {

    private static final long PIECE = 32_768;

    private Vectors() {}

    /**
     * Computes x'y, summed in double.
     *
     * @param x length d, FLOAT or DOUBLE; Not modified
     * @param y length d, the type of x; Not modified
     * @return the inner product
     */
    public static double dot(INDArray x, INDArray y) {
        if (x.dataType() == DataType.DOUBLE) {
            return Nd4j.getBlasWrapper().dot(x, y);
        }
        // Widening whole vectors would double their memory.
        INDArray a = Arguments.flat(x);
        INDArray b = Arguments.flat(y);
        double sum = 0;
        for (long from = 0; from < a.length(); from += PIECE) {
            long to = Math.min(a.length(), from + PIECE);
            INDArray wide = piece(a, from, to);
            sum += Nd4j.getBlasWrapper().dot(wide, x == y ? wide : piece(b, from, to));
        }
        return sum;
    }

    /**
     * Computes |x|, summed in double.
     *
     * @param x length d, FLOAT or DOUBLE; Not modified
     * @return the Euclidean norm
     */
    public static double norm(INDArray x) {
        return Math.sqrt(dot(x, x));
    }

    /**
     * Computes {@code y = y + factor x}.
     *
     * @param factor any number
     * @param x length d; Not modified
     * @param y length d, the type of x; Modified
     */
    public static void axpy(double factor, INDArray x, INDArray y) {
        Nd4j.getBlasWrapper().level1().axpy(x.length(), factor, Arguments.flat(x), Arguments.flat(y));
    }

    private static INDArray piece(INDArray x, long from, long to) {
        return (to - from == x.length() ? x : x.get(NDArrayIndex.interval(from, to))).castTo(DataType.DOUBLE);
    }
}
