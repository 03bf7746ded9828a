/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import jdk.incubator.vector.VectorShape;

/**
 * JDK Vector API on native memory in place.
 *
 * <p>Loaded by name only (see {@link Kernels}): without the module {@code jdk.incubator.vector} this class does not link.
 */
final class VectorKernels extends HostKernels {

    private final int bits;

    private final FloatLoops loops = new VectorFloatLoops();

    /**
     * @throws UnsupportedOperationException if the machine has no vectors worth the name
     */
    VectorKernels(Workers workers, int window) {
        super(workers, window);
        bits = VectorShape.preferredShape().vectorBitSize();
        if (bits < 128) {
            throw new UnsupportedOperationException("vectors of this machine have " + bits + " bits, fewer than 128");
        }
    }

    @Override
    public String name() {
        return "vector";
    }

    /** For the log line. */
    @Override
    public String toString() {
        return bits + "-bit vectors";
    }

    @Override
    RowLoops rowLoops() {
        // It works with vectors down to a quarter of the full length, and Java has none below 64 bits.
        return bits < 256 ? new RowLoops() : new VectorRowLoops();
    }

    @Override
    FloatLoops floatLoops() {
        return loops;
    }

    @Override
    long range(FloatStep step, FloatMemory memory, int from, int to) {
        return VectorFloatSteps.run(step, memory, from, to);
    }

    @Override
    long range(DoubleStep step, DoubleMemory memory, int from, int to) {
        return VectorDoubleSteps.run(step, memory, from, to);
    }
}
