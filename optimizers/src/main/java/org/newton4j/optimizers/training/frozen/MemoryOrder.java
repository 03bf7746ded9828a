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
        int[] slowestFirst = slowestFirst(model);
        long[] shape = Arrays.stream(slowestFirst).mapToLong(model::size).toArray();
        int[] back = new int[rank];
        for (int i = 0; i < rank; i++) {
            back[slowestFirst[i]] = i;
        }
        INDArray dense = Nd4j.createUninitialized(model.dataType(), shape, 'c');
        return rank < 2 ? dense : dense.permute(back);
    }

    /**
     * Views of arrays of one shape whose axes are sorted as they lie in memory, for an elementwise operation.
     *
     * @return views, or the arrays themselves if they do not lie alike
     */
    static INDArray[] aligned(INDArray... arrays) {
        if (arrays[0].rank() < 3) {
            return arrays;
        }
        int[] order = slowestFirst(arrays[0]);
        INDArray[] views = new INDArray[arrays.length];
        for (int i = 0; i < arrays.length; i++) {
            if (!Arrays.equals(order, slowestFirst(arrays[i]))) {
                return arrays;
            }
            views[i] = arrays[i].permute(order);
        }
        return views;
    }

    private static int[] slowestFirst(INDArray array) {
        return IntStream.range(0, array.rank())
                .boxed()
                .sorted(Comparator.comparingLong((Integer axis) -> -array.stride(axis)))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
