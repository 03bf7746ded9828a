/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Plain Java loops over tiles; the reference the other kernels are held against.
 */
final class JavaKernels extends HostKernels {

    JavaKernels(Workers workers) {
        this(workers, WINDOW);
    }

    JavaKernels(Workers workers, int window) {
        super(workers, window);
    }

    @Override
    public String name() {
        return "java";
    }

    @Override
    RowLoops rowLoops() {
        return new RowLoops();
    }

    @Override
    @Nullable
    FloatLoops floatLoops() {
        return null;
    }

    @Override
    long range(FloatStep step, FloatMemory memory, int from, int to) {
        return FloatTiles.run(step, memory.values(), from, to);
    }

    @Override
    long range(DoubleStep step, DoubleMemory memory, int from, int to) {
        return DoubleTiles.run(step, memory.values(), from, to);
    }
}
