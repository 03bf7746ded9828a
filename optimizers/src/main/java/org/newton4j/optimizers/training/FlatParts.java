/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Some parts of a flat vector, seen as one vector without gaps. */
final class FlatParts {

    /** Merged neighbours. */
    private final List<Part> parts = new ArrayList<>();

    private final long length;

    private record Part(long start, long end) {

        INDArray of(INDArray flat) {
            return flat.get(NDArrayIndex.interval(start, end));
        }
    }

    FlatParts(List<ParameterLayout.Variable> variables) {
        long sum = 0;
        for (ParameterLayout.Variable variable : variables) {
            sum += variable.end() - variable.start();
            int last = parts.size() - 1;
            if (last >= 0 && parts.get(last).end() == variable.start()) {
                parts.set(last, new Part(parts.get(last).start(), variable.end()));
            } else {
                parts.add(new Part(variable.start(), variable.end()));
            }
        }
        length = sum;
    }

    long length() {
        return length;
    }

    /** The parts as one vector: a view if there is one part, else a copy. */
    INDArray gather(INDArray flat) {
        if (parts.size() == 1) {
            return parts.get(0).of(flat);
        }
        INDArray all = Nd4j.createUninitialized(flat.dataType(), length);
        long at = 0;
        for (Part part : parts) {
            long size = part.end() - part.start();
            all.get(NDArrayIndex.interval(at, at + size)).assign(part.of(flat));
            at += size;
        }
        return all;
    }

    /** Writes a vector from {@link #gather} back. */
    void scatter(INDArray vector, INDArray flat) {
        if (parts.size() == 1) {
            return;
        }
        long at = 0;
        for (Part part : parts) {
            long size = part.end() - part.start();
            part.of(flat).assign(vector.get(NDArrayIndex.interval(at, at + size)));
            at += size;
        }
    }
}
