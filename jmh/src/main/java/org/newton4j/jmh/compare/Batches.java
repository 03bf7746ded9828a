/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Random;
import org.nd4j.linalg.dataset.DataSet;

/** The sequence of batches of one seed: a new order each epoch, the same for every optimizer. */
final class Batches {
    private final Samples samples;
    private final int size;
    private final Random random;
    private int[] order;
    private int next;

    Batches(Samples samples, int size, long seed) {
        this.samples = samples;
        this.size = size;
        this.random = new Random(seed);
        this.order = ImageData.shuffled(samples.count(), random);
    }

    DataSet next() {
        if (next + size > order.length) {
            order = ImageData.shuffled(samples.count(), random);
            next = 0;
        }
        DataSet batch = samples.batch(order, next, next + size);
        next += size;
        return batch;
    }
}
