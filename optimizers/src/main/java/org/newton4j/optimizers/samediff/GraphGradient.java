/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Evaluates the gradient of a graph's loss at other values of its variables; the graph ends as it was, bit for bit. */
interface GraphGradient {

    /**
     * Takes the state of this iteration over.
     *
     * @param graph the graph in training; Not modified
     * @param placeholders data of this iteration by name; Not modified
     */
    void load(SameDiff graph, Map<String, INDArray> placeholders);

    /**
     * The gradient somewhere else. The random stream must be put back between calls by the caller.
     *
     * @param graph the graph in training; Not modified
     * @param parameters DOUBLE, in the order of the {@link GraphLayout}; Not modified
     * @param out DOUBLE, receives the gradient; Modified
     */
    void at(SameDiff graph, INDArray parameters, INDArray out);

    /**
     * The type the graph is computed in.
     *
     * @return DOUBLE, or the narrowest floating-point type in the graph
     */
    DataType precision();
}
