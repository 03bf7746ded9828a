/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Arrays whose elements lie in memory in the order of another array's.
 *
 * <p>Convolution outputs of Deeplearning4j are permuted views; an elementwise operation of such a view with an array in
 * C order walks memory in jumps and takes several times as long.
 */
final class MemoryOrder {

    private MemoryOrder() {}

    /** An array of the same type, shape and axis order in memory, without gaps; values are undefined. */
    static INDArray emptyLike(INDArray model) {
        int rank = model.rank();
        int[] slowestFirst = IntStream.range(0, rank)
                .boxed()
                .sorted(Comparator.comparingLong((Integer axis) -> -model.stride(axis)))
                .mapToInt(Integer::intValue)
                .toArray();
        long[] shape = Arrays.stream(slowestFirst).mapToLong(model::size).toArray();
        int[] back = new int[rank];
        for (int i = 0; i < rank; i++) {
            back[slowestFirst[i]] = i;
        }
        INDArray dense = Nd4j.createUninitialized(model.dataType(), shape, 'c');
        return rank < 2 ? dense : dense.permute(back);
    }
}
