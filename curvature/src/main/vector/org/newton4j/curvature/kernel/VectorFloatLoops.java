/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link FloatLoops} in vectors, and what is left over one by one. */
final class VectorFloatLoops implements FloatLoops {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    private static final int STRIDE = SPECIES.length() * Float.BYTES;

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static int byteOf(int element) {
        return element * Float.BYTES;
    }

    private static FloatVector load(ByteBuffer buffer, int at) {
        return FloatVector.fromByteBuffer(SPECIES, buffer, at, ORDER);
    }

    /** The last place from which a whole vector can be read. */
    private static int last(int end) {
        return byteOf(end) - STRIDE;
    }

    @Override
    public void quotient(ByteBuffer x, float divisor, ByteBuffer to, int from, int end) {
        FloatVector divisors = FloatVector.broadcast(SPECIES, divisor);
        int at = byteOf(from);
        for (; at <= last(end); at += STRIDE) {
            load(x, at).div(divisors).intoByteBuffer(to, at, ORDER);
        }
        for (; at < byteOf(end); at += Float.BYTES) {
            to.putFloat(at, x.getFloat(at) / divisor);
        }
    }

    @Override
    public void sum(ByteBuffer x, float scale, ByteBuffer y, ByteBuffer to, int from, int end) {
        FloatVector scales = FloatVector.broadcast(SPECIES, scale);
        int at = byteOf(from);
        for (; at <= last(end); at += STRIDE) {
            load(x, at).add(load(y, at).mul(scales)).intoByteBuffer(to, at, ORDER);
        }
        for (; at < byteOf(end); at += Float.BYTES) {
            to.putFloat(at, x.getFloat(at) + y.getFloat(at) * scale);
        }
    }

    @Override
    public void difference(ByteBuffer x, ByteBuffer y, float scale, ByteBuffer to, int from, int end) {
        FloatVector scales = FloatVector.broadcast(SPECIES, scale);
        int at = byteOf(from);
        for (; at <= last(end); at += STRIDE) {
            load(x, at).sub(load(y, at)).mul(scales).intoByteBuffer(to, at, ORDER);
        }
        for (; at < byteOf(end); at += Float.BYTES) {
            to.putFloat(at, (x.getFloat(at) - y.getFloat(at)) * scale);
        }
    }

    @Override
    public void product(ByteBuffer x, ByteBuffer y, ByteBuffer to, int from, int end) {
        int at = byteOf(from);
        for (; at <= last(end); at += STRIDE) {
            load(x, at).mul(load(y, at)).intoByteBuffer(to, at, ORDER);
        }
        for (; at < byteOf(end); at += Float.BYTES) {
            to.putFloat(at, x.getFloat(at) * y.getFloat(at));
        }
    }
}
