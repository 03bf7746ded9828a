/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.DynamicMfac;
import org.newton4j.curvature.inverse.MfacState;
import org.newton4j.optimizers.update.MfacSettings;

/** M-FAC over the trainable variables of a network: one window for all of them. */
final class MfacPreconditioner implements Preconditioner {

    private final MfacSettings settings;
    private final FlatParts parts;
    private DynamicMfac window;

    MfacPreconditioner(MfacSettings settings, List<ParameterLayout.Variable> variables, DataType type) {
        this.settings = settings;
        parts = new FlatParts(variables);
        window = new DynamicMfac(
                parts.length(), settings.gradients(), settings.damping().at(0, 0), type);
    }

    /** As the reference: decay is added before a gradient enters the window. */
    @Override
    public boolean seesRegularization() {
        return true;
    }

    @Override
    public void precondition(PreconditionerStep step) {
        INDArray mine = parts.gather(step.gradient());
        window.insert(mine);
        window.multiplyNewest(mine);
        parts.scatter(mine, step.gradient());
    }

    @Override
    public SavedArrays state() {
        MfacState state = window.state();
        return new SavedArrays()
                .with("window", state.window())
                .with("gram", state.gram())
                .with("factor", state.factor())
                .with("inserted", state.inserted());
    }

    @Override
    public void restore(SavedArrays state) {
        INDArray saved = state.array("window");
        if (!(saved.size(0) == settings.gradients() && saved.size(1) == parts.length())) {
            throw new IllegalArgumentException("the saved M-FAC window has " + saved.size(0) + " gradients of length "
                    + saved.size(1) + ", but this network needs " + settings.gradients() + " of length "
                    + parts.length());
        }
        window = new DynamicMfac(new MfacState(
                saved,
                state.array("gram"),
                state.array("factor"),
                state.whole("inserted"),
                settings.damping().at(0, 0)));
    }
}
