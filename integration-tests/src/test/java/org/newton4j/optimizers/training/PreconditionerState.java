/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Map;
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
}
