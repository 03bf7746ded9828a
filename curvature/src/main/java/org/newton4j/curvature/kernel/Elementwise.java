/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Combinations of vectors in one pass over FLOAT memory where the Vector API is there; else what BLAS and ND4J have.
 *
 * <p>ND4J's operations cost 20 microseconds before they begin and take twice as long as memory does. BLAS has only y + a x in
 * place, so that a result elsewhere is a copy first, but is still faster than loops of plain Java over native memory.
 * Vectors of a call have rank 1, one length and one floating-point type.
 */
public final class Elementwise {

    private Elementwise() {}

    /**
     * Who works on native memory.
     *
     * @param loops over a part of the elements
     * @param workers that share the elements
     */
    record Team(FloatLoops loops, Workers workers) {

        private void work(Part part, INDArray x, INDArray y, INDArray to) {
            int n = (int) x.length();
            ByteBuffer first = HostMemory.window(x, 0, n);
            ByteBuffer second = HostMemory.window(y, 0, n);
            ByteBuffer target = HostMemory.window(to, 0, n);
            try {
                workers.sum(n, (from, end) -> {
                    part.apply(loops, first, second, target, from, end);
                    return 0;
                });
            } finally {
                Reference.reachabilityFence(x);
                Reference.reachabilityFence(y);
                Reference.reachabilityFence(to);
            }
        }
    }

    /** One of the loops, on a part of the elements. */
    private interface Part {
        void apply(FloatLoops loops, ByteBuffer x, ByteBuffer y, ByteBuffer to, int from, int end);
    }

    /** Whether vectors of one length on the CPU backend are ones for {@link FloatLoops}. */
    static boolean accepts(INDArray... vectors) {
        return vectors[0].length() <= HostKernels.WINDOW
                && Arrays.stream(vectors).allMatch(v -> v.dataType() == DataType.FLOAT && HostMemory.isDense(v));
    }

    private static boolean hasBlas(INDArray vector) {
        return vector.dataType() == DataType.FLOAT || vector.dataType() == DataType.DOUBLE;
    }

    /** A copy to be rounded once. */
    private static INDArray wide(INDArray narrow) {
        return narrow.castTo(DataType.FLOAT);
    }

    /**
     * Computes {@code to = x / divisor}.
     *
     * @param x Not modified
     * @param divisor not 0
     * @param to may be x; Modified
     */
    public static void quotient(INDArray x, double divisor, INDArray to) {
        quotient(Kernels.team(x, to), x, divisor, to);
    }

    static void quotient(@Nullable Team team, INDArray x, double divisor, INDArray to) {
        if (team == null) {
            x.div(divisor, to);
            return;
        }
        team.work((loops, a, same, out, from, end) -> loops.quotient(a, (float) divisor, out, from, end), x, x, to);
    }

    /**
     * Computes {@code to = x + scale y}.
     *
     * @param x Not modified
     * @param scale any number
     * @param y Not modified
     * @param to other memory than y; Modified
     */
    public static void sum(INDArray x, double scale, INDArray y, INDArray to) {
        sum(Kernels.team(x, y, to), x, scale, y, to);
    }

    static void sum(@Nullable Team team, INDArray x, double scale, INDArray y, INDArray to) {
        if (team == null) {
            if (hasBlas(to)) {
                to.assign(x);
                Nd4j.getBlasWrapper().level1().axpy(to.length(), scale, y, to);
            } else {
                to.assign(wide(y).muli(scale).addi(wide(x)));
            }
            return;
        }
        team.work((loops, a, b, out, from, end) -> loops.sum(a, (float) scale, b, out, from, end), x, y, to);
    }

    /**
     * Computes {@code to = scale (x - y)}.
     *
     * @param x Not modified
     * @param y Not modified
     * @param scale any number
     * @param to other memory than y; Modified
     */
    public static void difference(INDArray x, INDArray y, double scale, INDArray to) {
        difference(Kernels.team(x, y, to), x, y, scale, to);
    }

    static void difference(@Nullable Team team, INDArray x, INDArray y, double scale, INDArray to) {
        if (team == null) {
            if (hasBlas(to)) {
                sum(null, x, -1, y, to);
                Nd4j.getBlasWrapper().level1().scal(to.length(), scale, to);
            } else {
                to.assign(wide(x).subi(wide(y)).muli(scale));
            }
            return;
        }
        team.work((loops, a, b, out, from, end) -> loops.difference(a, b, (float) scale, out, from, end), x, y, to);
    }

    /**
     * Computes {@code to = x y}, entry by entry.
     *
     * @param x Not modified
     * @param y Not modified
     * @param to may be x or y; Modified
     */
    public static void product(INDArray x, INDArray y, INDArray to) {
        product(Kernels.team(x, y, to), x, y, to);
    }

    static void product(@Nullable Team team, INDArray x, INDArray y, INDArray to) {
        if (team == null) {
            x.mul(y, to);
            return;
        }
        team.work(FloatLoops::product, x, y, to);
    }
}
