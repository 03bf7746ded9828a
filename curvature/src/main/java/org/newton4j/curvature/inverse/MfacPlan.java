/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import java.util.Locale;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.curvature.operator.Arguments;

/**
 * What an M-FAC window costs, told before it is allocated.
 *
 * <pre>
 * windowBytes   = m d width                 width = 4 (FLOAT), 8 (DOUBLE) or 2 (BFLOAT16)
 * systemBytes   = 16 m^2                    inner products and their Cholesky factor, DOUBLE
 * insertFlops   = 2 m d                     inner products with the new row
 * systemFlops   = 6 m^2                     Cholesky factor brought up to date and one solve
 * dampingFlops  = m^3 / 3                   all of the Cholesky factor, at a step whose damping is another than before
 * productFlops  = 4 m d                     two passes over the window; 2 m d for the newest gradient
 * </pre>
 *
 * @param dimension d, length of a gradient, at least 1
 * @param m gradients kept, at least 1
 * @param type FLOAT, DOUBLE or BFLOAT16, what gradients are stored in
 */
public record MfacPlan(long dimension, int m, DataType type) {

    /**
     * Checks the sizes.
     *
     * @param dimension d, length of a gradient, at least 1
     * @param m gradients kept, at least 1
     * @param type FLOAT, DOUBLE or BFLOAT16, what gradients are stored in
     * @throws IllegalArgumentException when one is out of range
     */
    public MfacPlan {
        Arguments.count("dimension", dimension, 1, Long.MAX_VALUE / 8);
        Arguments.count("m", m, 1);
        Arguments.storage("type", type);
    }

    /**
     * Bytes of the gradients.
     *
     * @return m d times the width of the type, as a double because it may exceed a long
     */
    public double windowBytes() {
        return (double) m * dimension * type.width();
    }

    /**
     * Bytes of the window and the small system together.
     *
     * @return bytes
     */
    public double bytes() {
        return windowBytes() + 16.0 * m * m;
    }

    /**
     * Floating point operations of one optimizer step: insert, small system, product with the newest gradient.
     *
     * @return 4 m d + 6 m^2
     */
    public double flopsPerStep() {
        return 4.0 * m * dimension + 6.0 * m * m;
    }

    /**
     * Floating point operations a change of the damping adds to a step.
     *
     * @return m^3 / 3; fewer than the 4 m d of the two passes while m is below 3.4 sqrt(d)
     */
    public double flopsPerDamping() {
        return (double) m * m * m / 3;
    }

    /**
     * The largest m whose window and small system fit.
     *
     * @param dimension d, at least 1
     * @param type FLOAT, DOUBLE or BFLOAT16, what gradients are stored in
     * @param budgetBytes bytes that may be used, greater than 0
     * @return m, or 0 when not even one gradient fits
     * @throws IllegalArgumentException when an argument is out of range
     */
    public static int largest(long dimension, DataType type, double budgetBytes) {
        Arguments.positive("budgetBytes", budgetBytes);
        // Largest root of 16 m^2 + w m = budget, in the form that does not cancel.
        double w = new MfacPlan(dimension, 1, type).windowBytes();
        double root = 2 * budgetBytes / (w + Math.sqrt(w * w + 64 * budgetBytes));
        int m = (int) Math.min(root, Integer.MAX_VALUE);
        while (m >= 1 && new MfacPlan(dimension, m, type).bytes() > budgetBytes) {
            m--;
        }
        return m;
    }

    /**
     * Refuses a window that does not fit and offers the one that does.
     *
     * @param budgetBytes bytes that may be used, greater than 0
     * @throws IllegalArgumentException when {@link #bytes} exceeds the budget, with the largest m that fits
     */
    public void requireAtMost(double budgetBytes) {
        if (!(bytes() <= Arguments.positive("budgetBytes", budgetBytes))) {
            int fits = largest(dimension, type, budgetBytes);
            throw new IllegalArgumentException(describe() + ", but only " + gigabytes(budgetBytes) + " are allowed; "
                    + (fits >= 1 ? "the largest m that fits is " + fits : "not even m = 1 fits"));
        }
    }

    /**
     * Refuses a window that would take more memory than JavaCPP, and so ND4J, lets this process use.
     *
     * @throws IllegalArgumentException when {@link #bytes} exceeds {@code Pointer.maxPhysicalBytes()} less what the
     *     process holds already, with the largest m that fits
     */
    public void requireRoom() {
        requireRoom(Pointer.maxPhysicalBytes(), Pointer.physicalBytes());
    }

    /** With 0 for no limit, as JavaCPP has it. */
    void requireRoom(long mostBytes, long usedBytes) {
        double room = (double) mostBytes - usedBytes;
        if (mostBytes > 0 && !(bytes() <= room)) {
            int fits = room > 0 ? largest(dimension, type, room) : 0;
            throw new IllegalArgumentException(
                    describe() + ", but this process may take only " + gigabytes(Math.max(0, room))
                            + " more (Pointer.maxPhysicalBytes); "
                            + (fits >= 1 ? "the largest m that fits is " + fits : "not even m = 1 fits")
                            + "; BFLOAT16 takes half of FLOAT, and -Dorg.bytedeco.javacpp.maxphysicalbytes=... raises the limit");
        }
    }

    /**
     * One sentence for a log line.
     *
     * @return for example "M-FAC with m = 1024 on 25557032 FLOAT parameters needs 104.7 GB"
     */
    public String describe() {
        return "M-FAC with m = " + m + " on " + dimension + " " + type + " parameters needs " + gigabytes(bytes());
    }

    private static String gigabytes(double bytes) {
        return bytes < 1e8
                ? String.format(Locale.ROOT, "%.3f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }
}
