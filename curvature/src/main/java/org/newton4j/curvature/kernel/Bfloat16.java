/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

/**
 * BFLOAT16 numbers: the upper half of a FLOAT, 8 bits of exponent and 7 of fraction.
 *
 * <p>Relative rounding error at most 2^-8 (half of the distance 2^-7 of neighbours).
 */
final class Bfloat16 {

    /** All exponent bits set: infinity or NaN. */
    static final int NOT_FINITE = 0x7f80;

    /** Half of the last place kept, less one for ties. */
    static final int HALF = 0x7fff;

    /** Bits of a DOUBLE factor whose product with one of these numbers, 8 bits, is exact in the 53 bits of a DOUBLE. */
    static final int PARTNER_BITS = 45;

    /** Bits of a DOUBLE that go. */
    private static final long REST = (1L << (53 - PARTNER_BITS)) - 1;

    private Bfloat16() {}

    /**
     * Rounds to nearest, ties to even; what would become infinite becomes the largest finite number.
     *
     * @param value finite
     * @return its bits
     */
    static short of(float value) {
        int bits = Float.floatToRawIntBits(value);
        int rounded = (bits + HALF + ((bits >>> 16) & 1)) >>> 16;
        return (short) ((rounded & NOT_FINITE) == NOT_FINITE ? rounded - 1 : rounded);
    }

    static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Rounds to {@link #PARTNER_BITS}, ties away from 0. */
    static double partner(double value) {
        return Double.longBitsToDouble((Double.doubleToRawLongBits(value) + (REST + 1) / 2) & ~REST);
    }
}
