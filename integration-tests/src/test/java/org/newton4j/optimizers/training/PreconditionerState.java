/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Lets golden cases look at what a preconditioner remembers. */
public final class PreconditionerState {

    private PreconditionerState() {}

    /** The arrays of the only preconditioner of a network. */
    public static Map<String, INDArray> of(Model model) {
        return NetworkPreconditioners.of(model)
                .states()
                .values()
                .iterator()
                .next()
                .all();
    }

    /** The arrays of every preconditioner of a network, by key and name. */
    public static Map<String, Map<String, INDArray>> allOf(Model model) {
        Map<String, Map<String, INDArray>> all = new TreeMap<>();
        NetworkPreconditioners.of(model).states().forEach((key, state) -> all.put(key, state.all()));
        return all;
    }
}
