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

    /** Squares within these bounds lose nothing to underflow and overflow. */
    private static final double SMALL_SQUARE = 0x1p-900;

    private static final double LARGE_SQUARE = 0x1p1000;

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
     * Computes |x|, summed in double; neither overflows nor vanishes where its square does.
     *
     * @param x length d, FLOAT or DOUBLE; Not modified
     * @return the Euclidean norm; NaN if an entry is
     */
    public static double norm(INDArray x) {
        double square = dot(x, x);
        if (!(square < SMALL_SQUARE || square > LARGE_SQUARE)) {
            return Math.sqrt(square);
        }
        double largest = x.amaxNumber().doubleValue();
        if (largest == 0 || largest > Double.MAX_VALUE) {
            return largest;
        }
        INDArray scaled = x.div(largest);
        return largest * Math.sqrt(dot(scaled, scaled));
    }

    /**
     * Computes {@code x = 2^exponent x}, without rounding as long as nothing overflows or vanishes.
     *
     * @param x length d, FLOAT or DOUBLE; Modified
     * @param exponent of a number of the type of x
     */
    public static void multiplyByPowerOfTwo(INDArray x, int exponent) {
        if (exponent != 0) {
            // The reciprocal of a small FLOAT may be too large for one.
            x.muli(Math.scalb(1.0, exponent / 2));
            x.muli(Math.scalb(1.0, exponent - exponent / 2));
        }
    }

    /**
     * The unit roundoff of a type.
     *
     * @param type FLOAT or DOUBLE
     * @return 2^-24 or 2^-53
     */
    public static double rounding(DataType type) {
        return type == DataType.FLOAT ? 0x1p-24 : 0x1p-53;
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
