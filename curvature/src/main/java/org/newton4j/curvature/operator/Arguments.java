/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The argument checks shared by operators, estimators and inverses; each names the value, the range and the remedy.
 *
 * <p>Every guard is written as the good case negated, so NaN fails it.
 */
public final class Arguments {

    private Arguments() {}

    /**
     * Checks one vector.
     *
     * @param name what to call it in the message
     * @param vector of shape [d], [1, d] or [d, 1]; Not modified
     * @param length d
     * @throws IllegalArgumentException when the shape is wrong or the type is neither FLOAT nor DOUBLE
     */
    public static void vector(String name, INDArray vector, long length) {
        floating(name, vector);
        shaped(name, vector, length);
    }

    /**
     * Checks the shape of one vector.
     *
     * @param name what to call it in the message
     * @param vector of shape [d], [1, d] or [d, 1]; Not modified
     * @param length d
     * @throws IllegalArgumentException when the shape is wrong
     */
    public static void shaped(String name, INDArray vector, long length) {
        if (!(vector.length() == length && (vector.rank() == 1 || (vector.rank() == 2 && vector.isVectorOrScalar())))) {
            throw new IllegalArgumentException(
                    name + " must be a vector of length " + length + ", but has shape " + shape(vector));
        }
    }

    /**
     * Checks that two vectors share no element.
     *
     * @param firstName what to call the first in the message
     * @param first of shape [d], [1, d] or [d, 1]; Not modified
     * @param secondName what to call the second in the message
     * @param second of shape [d], [1, d] or [d, 1]; Not modified
     * @throws IllegalArgumentException when they do
     */
    public static void apart(String firstName, INDArray first, String secondName, INDArray second) {
        if (first == second || Memory.of(flat(first)).touches(Memory.of(flat(second)))) {
            throw new IllegalArgumentException(firstName + " and " + secondName
                    + " are the same array or share memory; this cannot work in place, pass a second vector");
        }
    }

    /**
     * Checks one matrix.
     *
     * @param name what to call it in the message
     * @param matrix the array; Not modified
     * @param rows its first size
     * @param columns its second size
     * @throws IllegalArgumentException when the shape or the type is wrong
     */
    public static void matrix(String name, INDArray matrix, long rows, long columns) {
        floating(name, matrix);
        if (!(matrix.rank() == 2 && matrix.size(0) == rows && matrix.size(1) == columns)) {
            throw new IllegalArgumentException(
                    name + " must have shape [" + rows + ", " + columns + "], but has " + shape(matrix));
        }
    }

    /**
     * Checks that a matrix is square and symmetric up to rounding.
     *
     * @param name what to call it in the message
     * @param matrix the array; Not modified
     * @throws IllegalArgumentException when it is not square, not finite, or max|M - M'| exceeds 1e-5 (FLOAT) or 1e-12
     *     (DOUBLE) times max|M|
     */
    public static void symmetric(String name, INDArray matrix) {
        floating(name, matrix);
        if (!(matrix.rank() == 2 && matrix.size(0) == matrix.size(1) && matrix.size(0) >= 1)) {
            throw new IllegalArgumentException(name + " must be a square matrix, but has shape " + shape(matrix));
        }
        double largest = matrix.amaxNumber().doubleValue();
        double asymmetry = matrix.sub(matrix.transpose()).amaxNumber().doubleValue();
        double allowed = (matrix.dataType() == DataType.FLOAT ? 1e-5 : 1e-12) * largest;
        if (!(asymmetry <= allowed && Matrices.isFinite(matrix))) {
            throw new IllegalArgumentException(name + " must be symmetric and finite, but max|M - M'| is " + asymmetry
                    + " with max|M| " + largest + "; use (M + M') / 2 if that is what is meant");
        }
    }

    /**
     * Checks that a number is finite.
     *
     * @param name what to call it in the message
     * @param value the number
     * @return {@code value}
     * @throws IllegalArgumentException when it is NaN or infinite
     */
    public static double finite(String name, double value) {
        if (!(Math.abs(value) <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException(name + " must be finite, but is " + value);
        }
        return value;
    }

    /**
     * Checks that a number is finite and greater than 0.
     *
     * @param name what to call it in the message
     * @param value the number
     * @return {@code value}
     * @throws IllegalArgumentException when it is not
     */
    public static double positive(String name, double value) {
        if (!(value > 0 && value <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException(name + " must be finite and greater than 0, but is " + value);
        }
        return value;
    }

    /**
     * Checks that a number is finite and not below 0.
     *
     * @param name what to call it in the message
     * @param value the number
     * @return {@code value}
     * @throws IllegalArgumentException when it is not
     */
    public static double notNegative(String name, double value) {
        if (!(value >= 0 && value <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException(name + " must be finite and at least 0, but is " + value);
        }
        return value;
    }

    /**
     * Checks that a number lies strictly between 0 and 1.
     *
     * @param name what to call it in the message
     * @param value the number
     * @return {@code value}
     * @throws IllegalArgumentException when it does not
     */
    public static double openUnit(String name, double value) {
        if (!(value > 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must lie strictly between 0 and 1, but is " + value);
        }
        return value;
    }

    /**
     * Checks a count.
     *
     * @param name what to call it in the message
     * @param value the count
     * @param least smallest allowed value
     * @param most largest allowed value
     * @return {@code value}
     * @throws IllegalArgumentException when it lies outside
     */
    public static long count(String name, long value, long least, long most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(
                    name + " must lie between " + least + " and " + most + ", but is " + value);
        }
        return value;
    }

    /**
     * Checks a count that must fit an int.
     *
     * @param name what to call it in the message
     * @param value the count
     * @param least smallest allowed value
     * @return {@code value}
     * @throws IllegalArgumentException when it is smaller
     */
    public static int count(String name, int value, int least) {
        if (!(value >= least)) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", but is " + value);
        }
        return value;
    }

    /**
     * Checks that an array is FLOAT or DOUBLE.
     *
     * @param name what to call it in the message
     * @param array the array; Not modified
     * @throws IllegalArgumentException when it is of another type
     */
    public static void floating(String name, INDArray array) {
        floating(name, array.dataType());
    }

    /**
     * Checks that a type is FLOAT or DOUBLE.
     *
     * @param name what to call it in the message
     * @param type the type
     * @return {@code type}
     * @throws IllegalArgumentException when it is another one
     */
    public static DataType floating(String name, DataType type) {
        if (!(type == DataType.FLOAT || type == DataType.DOUBLE)) {
            throw new IllegalArgumentException(name + " must be FLOAT or DOUBLE, but is " + type + "; cast it first");
        }
        return type;
    }

    /**
     * Checks that gradients can be stored in a type.
     *
     * @param name what to call it in the message
     * @param type the type
     * @return {@code type}
     * @throws IllegalArgumentException when it is neither FLOAT nor DOUBLE nor BFLOAT16
     */
    public static DataType storage(String name, DataType type) {
        if (!(type == DataType.FLOAT || type == DataType.DOUBLE || type == DataType.BFLOAT16)) {
            throw new IllegalArgumentException(name + " must be FLOAT, DOUBLE or BFLOAT16, but is " + type);
        }
        return type;
    }

    /**
     * Checks that two arrays have one type.
     *
     * @param firstName what to call the first in the message
     * @param first the first; Not modified
     * @param secondName what to call the second in the message
     * @param second the second; Not modified
     * @throws IllegalArgumentException when the types differ
     */
    public static void sameType(String firstName, INDArray first, String secondName, INDArray second) {
        if (first.dataType() != second.dataType()) {
            throw new IllegalArgumentException(firstName + " is " + first.dataType() + " but " + secondName + " is "
                    + second.dataType() + "; cast one of them");
        }
    }

    /**
     * The vector as a view of rank 1.
     *
     * @param vector of shape [d], [1, d] or [d, 1]; Not modified
     * @return a view of shape [d] on the same memory
     */
    public static INDArray flat(INDArray vector) {
        if (vector.rank() == 1) {
            return vector;
        }
        // reshape may copy a strided view; a row or a column never is one.
        return vector.size(0) == 1 ? vector.getRow(0) : vector.getColumn(0);
    }

    /**
     * Whether the elements of a vector lie next to each other.
     *
     * @param vector of rank 1
     * @return true if neighbours are one element apart
     */
    static boolean isDense(INDArray vector) {
        return vector.length() == 1 || vector.stride(0) == 1;
    }

    /**
     * The vector with rank 1 and without gaps.
     *
     * @param vector of shape [d], [1, d] or [d, 1]; Not modified
     * @return a view of shape [d] on the same memory, or a copy where there are gaps
     */
    public static INDArray dense(INDArray vector) {
        INDArray flat = flat(vector);
        return isDense(flat) ? flat : flat.dup();
    }

    private static String shape(INDArray array) {
        return array.dataType() + Arrays.toString(array.shape());
    }
}
