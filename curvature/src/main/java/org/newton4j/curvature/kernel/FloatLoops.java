/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;

/** Loops of {@link Elementwise} over elements {@code from} (inclusive) to {@code end} (exclusive) of FLOAT memory. */
interface FloatLoops {

    /** {@code to = x / divisor}. */
    void quotient(ByteBuffer x, float divisor, ByteBuffer to, int from, int end);

    /** {@code to = x + scale y}. */
    void sum(ByteBuffer x, float scale, ByteBuffer y, ByteBuffer to, int from, int end);

    /** {@code to = scale (x - y)}. */
    void difference(ByteBuffer x, ByteBuffer y, float scale, ByteBuffer to, int from, int end);

    /** {@code to = x y}. */
    void product(ByteBuffer x, ByteBuffer y, ByteBuffer to, int from, int end);
}
