/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.function.BinaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Which positions (time steps, pixels) of which examples are real, that is not masked.
 *
 * @param height positions along the first axis, time steps of a sequence; 1 where all of that axis are alike
 * @param width positions along the second axis; 1 where all of that axis are alike
 * @param real by example, then row by row; Not to be modified
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
record RealPositions(int height, int width, boolean[][] real) {

    /**
     * Reads a mask of examples and steps.
     *
     * @param mask [N, T], other than 0 where real; Not modified
     */
    static RealPositions ofSteps(INDArray mask) {
        double[][] values = mask.castTo(DataType.DOUBLE).toDoubleMatrix();
        int steps = (int) mask.size(1);
        boolean[][] real = new boolean[values.length][steps];
        for (int n = 0; n < real.length; n++) {
            for (int t = 0; t < steps; t++) {
                real[n][t] = values[n][t] != 0;
            }
        }
        return new RealPositions(steps, 1, real);
    }

    /**
     * Reads a mask of rows, which are time-major where there are several per example.
     *
     * @param mask [N T, columns]; a row is real if one of its entries is other than 0; Not modified
     * @param examples N, a divisor of the rows
     */
    static RealPositions ofRows(INDArray mask, int examples) {
        double[][] values = mask.castTo(DataType.DOUBLE).toDoubleMatrix();
        int steps = values.length / examples;
        boolean[][] real = new boolean[examples][steps];
        for (int row = 0; row < values.length; row++) {
            for (double value : values[row]) {
                real[row % examples][row / examples] |= value != 0;
            }
        }
        return new RealPositions(steps, 1, real);
    }

    /**
     * Reads a mask of images or of the outputs of time steps.
     *
     * @param mask [N, channels, height, width] or [N, channels, T]; Not modified
     */
    static RealPositions ofChannels(INDArray mask) {
        INDArray any =
                mask.castTo(DataType.DOUBLE).neq(0).castTo(DataType.DOUBLE).max(1);
        int height = (int) any.size(1);
        int width = any.rank() == 3 ? (int) any.size(2) : 1;
        INDArray flat = any.dup('c').reshape('c', any.size(0), (long) height * width);
        return new RealPositions(height, width, ofSteps(flat).real());
    }

    int examples() {
        return real.length;
    }

    /** An example is real if one of its positions is. */
    RealPositions byExample() {
        return expanded(1, 1);
    }

    /** Steps on which one at or after them depends. */
    RealPositions andEarlier() {
        boolean[][] earlier = new boolean[real.length][];
        for (int n = 0; n < real.length; n++) {
            earlier[n] = real[n].clone();
            for (int t = earlier[n].length - 2; t >= 0; t--) {
                earlier[n][t] |= earlier[n][t + 1];
            }
        }
        return new RealPositions(height, width, earlier);
    }

    /** Real in both. */
    RealPositions and(RealPositions other) {
        return combined(other, (a, b) -> a && b);
    }

    /** Real in one of them. */
    RealPositions or(RealPositions other) {
        return combined(other, (a, b) -> a || b);
    }

    private RealPositions combined(RealPositions other, BinaryOperator<Boolean> rule) {
        int h = Math.max(height, other.height);
        int w = Math.max(width, other.width);
        RealPositions a = expanded(h, w);
        RealPositions b = other.expanded(h, w);
        boolean[][] both = new boolean[real.length][h * w];
        for (int n = 0; n < both.length; n++) {
            for (int i = 0; i < both[n].length; i++) {
                both[n][i] = rule.apply(a.real[n][i], b.real[n][i]);
            }
        }
        return new RealPositions(h, w, both);
    }

    /** At another resolution: repeated along an axis that has one position, else by example. */
    RealPositions expanded(int newHeight, int newWidth) {
        if (newHeight == height && newWidth == width) {
            return this;
        }
        boolean fits = (height == 1 || height == newHeight) && (width == 1 || width == newWidth);
        boolean[][] result = new boolean[real.length][newHeight * newWidth];
        for (int n = 0; n < result.length; n++) {
            boolean any = false;
            for (boolean one : real[n]) {
                any |= one;
            }
            for (int y = 0; y < newHeight; y++) {
                for (int x = 0; x < newWidth; x++) {
                    result[n][y * newWidth + x] =
                            fits ? real[n][(height == 1 ? 0 : y) * width + (width == 1 ? 0 : x)] : any;
                }
            }
        }
        return new RealPositions(newHeight, newWidth, result);
    }
}
