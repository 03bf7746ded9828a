/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.FlatOperator;

/**
 * M-FAC for a fixed set of gradients with one independent inverse per block of parameters, as used for pruning.
 *
 * <p>Every block j is a {@link StaticMfac} of the entries of the gradients that belong to it; the inverse is block
 * diagonal. The reference prunes with blocks of 128 parameters.
 */
public final class BlockedStaticMfac extends FlatOperator {

    private final List<StaticMfac> blocks;
    private final long[] first;

    private BlockedStaticMfac(List<StaticMfac> blocks) {
        this.blocks = List.copyOf(blocks);
        this.first = new long[blocks.size() + 1];
        for (int j = 0; j < blocks.size(); j++) {
            first[j + 1] = first[j] + blocks.get(j).dimension();
        }
    }

    /**
     * Blocks that are already separate.
     *
     * @param gradients shape [b, m, d], FLOAT or DOUBLE, finite; copied, Not modified
     * @param damping lambda, greater than 0
     * @return an inverse of dimension b d
     * @throws IllegalArgumentException when the shape or a value is wrong
     */
    public static BlockedStaticMfac of(INDArray gradients, double damping) {
        if (!(gradients.rank() == 3)) {
            throw new IllegalArgumentException(
                    "gradients must have shape [b, m, d], but have rank " + gradients.rank());
        }
        List<StaticMfac> blocks = new ArrayList<>();
        for (long j = 0; j < gradients.size(0); j++) {
            INDArray block = gradients
                    .get(NDArrayIndex.point(j), NDArrayIndex.all(), NDArrayIndex.all())
                    .dup('c')
                    .reshape(new long[] {gradients.size(1), gradients.size(2)});
            blocks.add(new StaticMfac(block, damping));
        }
        return new BlockedStaticMfac(blocks);
    }

    /**
     * Cuts flat gradients into blocks of neighbouring parameters; the last one may be shorter.
     *
     * @param gradients shape [m, n], FLOAT or DOUBLE, finite; copied, Not modified
     * @param blockSize parameters per block, at least 1; the reference uses 128
     * @param damping lambda, greater than 0
     * @return an inverse of dimension n
     * @throws IllegalArgumentException when the shape or a value is wrong
     */
    public static BlockedStaticMfac cut(INDArray gradients, long blockSize, double damping) {
        if (!(gradients.rank() == 2)) {
            throw new IllegalArgumentException("gradients must have shape [m, n], but have rank " + gradients.rank());
        }
        Arguments.count("blockSize", blockSize, 1, Long.MAX_VALUE);
        List<StaticMfac> blocks = new ArrayList<>();
        for (long from = 0; from < gradients.size(1); from += blockSize) {
            long to = Math.min(gradients.size(1), from + blockSize);
            INDArray block = gradients
                    .get(NDArrayIndex.all(), NDArrayIndex.interval(from, to))
                    .dup('c');
            blocks.add(new StaticMfac(block, damping));
        }
        return new BlockedStaticMfac(blocks);
    }

    @Override
    public long dimension() {
        return first[blocks.size()];
    }

    /**
     * The independent inverses, in the order of their parameters.
     *
     * @return b blocks
     */
    public List<StaticMfac> blocks() {
        return blocks;
    }

    /** Computes {@code out = F^-1 in}, block by block. */
    @Override
    protected void product(INDArray in, INDArray out) {
        for (int j = 0; j < blocks.size(); j++) {
            blocks.get(j)
                    .multiply(
                            in.get(NDArrayIndex.interval(first[j], first[j + 1])),
                            out.get(NDArrayIndex.interval(first[j], first[j + 1])));
        }
    }

    /**
     * The diagonal of the inverse.
     *
     * @return one number per parameter, the type of the gradients
     */
    public INDArray diagonal() {
        return Nd4j.concat(0, blocks.stream().map(StaticMfac::diagonal).toArray(INDArray[]::new));
    }
}
