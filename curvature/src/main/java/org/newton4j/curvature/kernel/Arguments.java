/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Checks shared by all kernels; each message names the value, the range and what to do.
 */
final class Arguments {

    /** For arrays that are called by their number. */
    static final String[] UNNAMED = {};

    private static final String[] LION = {"gradient", "m"};
    private static final String[] DIFF_GRAD = {"gradient", "m", "v", "previous"};
    private static final String[] ADA_HESSIAN = {"gradient", "m", "v", "curvature"};
    private static final String[] SOPHIA = {"gradient", "m", "h", "curvature"};

    private Arguments() {}

    static DataType lion(INDArray[] arrays, double learningRate, double beta1, double beta2) {
        DataType type = arrays(LION, arrays);
        finite("learningRate", learningRate, type);
        beta("beta1", beta1);
        beta("beta2", beta2);
        return type;
    }

    static DataType diffGrad(INDArray[] arrays, double stepSize, double beta1, double beta2, double epsilon) {
        DataType type = arrays(DIFF_GRAD, arrays);
        finite("stepSize", stepSize, type);
        beta("beta1", beta1);
        beta("beta2", beta2);
        positive("epsilon", epsilon, type, "1e-8");
        return type;
    }

    static DataType adaHessian(
            INDArray[] arrays,
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double hessianPower,
            double mCorrection,
            double vCorrection,
            double limit) {
        DataType type = arrays(ADA_HESSIAN, arrays);
        beta("beta1", beta1);
        beta("beta2", beta2);
        positive("epsilon", epsilon, type, "1e-8");
        unit("hessianPower", hessianPower);
        unit("mCorrection", mCorrection);
        unit("vCorrection", vCorrection);
        if (!(limit >= 0)) {
            throw new IllegalArgumentException("limit = " + limit + ", must be at least 0; infinity is no limit");
        }
        finite("learningRate / mCorrection", learningRate / mCorrection, type);
        return type;
    }

    static DataType sophia(INDArray[] arrays, double learningRate, double beta1, double beta2, double rho) {
        DataType type = arrays(SOPHIA, arrays);
        finite("learningRate", learningRate, type);
        beta("beta1", beta1);
        beta("beta2", beta2);
        positive("rho", rho, type, "0.04");
        return type;
    }

    /**
     * One length, one floating-point type, flat.
     *
     * @param names for messages, in the order of the arrays; those behind the last are called by number
     * @param arrays at least one
     * @return the common type
     */
    static DataType arrays(String[] names, INDArray... arrays) {
        INDArray first = arrays[0];
        DataType type = first.dataType();
        long length = first.length();
        if (!type.isFPType()) {
            throw new IllegalArgumentException(name(names, 0) + " has data type " + type
                    + ", must be DOUBLE, FLOAT, HALF or BFLOAT16; cast it with castTo(DataType.FLOAT)");
        }
        for (int a = 0; a < arrays.length; a++) {
            INDArray array = arrays[a];
            if (array.isEmpty() || array.length() == 0) {
                throw new IllegalArgumentException(name(names, a) + " is empty, must hold at least one element");
            }
            if (!(array.rank() == 1 || array.isVectorOrScalar())) {
                throw new IllegalArgumentException(name(names, a) + " has shape " + array.shapeInfoToString()
                        + ", must be a flat vector; hand in a view with reshape(length)");
            }
            if (array.length() != length) {
                throw new IllegalArgumentException(
                        name(names, a) + " has length " + array.length() + ", " + name(names, 0) + " has length "
                                + length + "; all arrays of a step must have the same length");
            }
            if (array.dataType() != type) {
                throw new IllegalArgumentException(
                        name(names, a) + " has data type " + array.dataType() + ", " + name(names, 0) + " has " + type
                                + "; all arrays of a step must have the same data type, cast with castTo");
            }
        }
        return type;
    }

    private static String name(String[] names, int a) {
        return a < names.length ? names[a] : "array " + a;
    }

    /** Checks a stack of rows in C order. */
    static void rows(INDArray rows) {
        DataType type = rows.dataType();
        if (!(type == DataType.FLOAT || type == DataType.DOUBLE || type == DataType.BFLOAT16)) {
            throw new IllegalArgumentException(
                    "rows have data type " + type + ", must be FLOAT, DOUBLE or BFLOAT16; cast them with castTo");
        }
        if (!(rows.rank() == 2 && rows.length() >= 1)) {
            throw new IllegalArgumentException(
                    "rows have shape " + Arrays.toString(rows.shape()) + ", must be a matrix [m, d]");
        }
        // A stride over an axis of length 1 says nothing about the memory.
        boolean contiguous =
                (rows.size(1) == 1 || rows.stride(1) == 1) && (rows.size(0) == 1 || rows.stride(0) == rows.size(1));
        if (!contiguous) {
            throw new IllegalArgumentException("rows must be contiguous in C order, but have strides "
                    + Arrays.toString(rows.stride()) + "; use dup('c')");
        }
    }

    private static void finite(String name, double value, DataType type) {
        double max = type == DataType.DOUBLE ? Double.MAX_VALUE : Float.MAX_VALUE;
        if (!(Math.abs(value) <= max)) {
            throw new IllegalArgumentException(name + " is " + value + ", must be finite in " + type);
        }
    }

    private static void beta(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " is " + value + ", must be in [0, 1)");
        }
    }

    private static void positive(String name, double value, DataType type, String example) {
        double min = type == DataType.DOUBLE ? Double.MIN_VALUE : Float.MIN_VALUE;
        double max = type == DataType.DOUBLE ? Double.MAX_VALUE : Float.MAX_VALUE;
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException(name + " is " + value + ", must be finite and greater than 0 in " + type
                    + ", for example " + example);
        }
    }

    private static void unit(String name, double value) {
        if (!(value > 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " is " + value + ", must be in (0, 1]");
        }
    }
}
