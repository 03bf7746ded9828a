/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.DynamicMfac;
import org.newton4j.curvature.inverse.MfacPlan;
import org.newton4j.curvature.inverse.MfacState;
import org.newton4j.optimizers.update.MfacSettings;

/** M-FAC over the trainable variables of a network: one window for all of them. */
final class MfacPreconditioner implements Preconditioner {

    private final MfacSettings settings;
    private final FlatParts parts;
    private final MfacPlan plan;
    private final String layers;

    private final KeptStates kept = new KeptStates();

    /** Made at the first use: a restored one takes its place. */
    private @Nullable DynamicMfac window;

    MfacPreconditioner(MfacSettings settings, List<ParameterLayout.Variable> variables, DataType type) {
        this.settings = settings;
        parts = new FlatParts(variables);
        layers = variables.stream()
                .map(ParameterLayout.Variable::layer)
                .distinct()
                .collect(Collectors.joining(", "));
        plan = settings.plan(parts.length(), type);
    }

    private DynamicMfac window(double damping) {
        DynamicMfac current = window;
        if (current == null) {
            current = new DynamicMfac(plan, damping);
            window = current;
        }
        return current;
    }

    /** As the reference: decay is added before a gradient enters the window. */
    @Override
    public boolean seesRegularization() {
        return true;
    }

    @Override
    public void precondition(PreconditionerStep step) {
        double damping = settings.damping().at(step.iteration(), step.epoch());
        DynamicMfac mfac = window(damping);
        kept.add(mfac.keep());
        INDArray mine = parts.gather(step.gradient());
        try {
            mfac.setDamping(damping);
            mfac.insert(mine);
        } catch (ArithmeticException e) {
            ArithmeticException named = new ArithmeticException("layers " + layers + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        }
        mfac.multiplyNewest(mine);
        parts.scatter(mine, step.gradient());
    }

    @Override
    public void takeBack() {
        kept.takeBack();
    }

    @Override
    public void settle() {
        kept.release();
    }

    @Override
    public SavedArrays state() {
        MfacState state = window(settings.damping().at(0, 0)).state();
        return new SavedArrays()
                .with("window", state.window())
                .with("gram", state.gram())
                .with("factor", state.factor())
                .with("inserted", state.inserted())
                .with("damping", state.damping());
    }

    @Override
    public long mostNumbers() {
        return plan.m() * (parts.length() + 2L * plan.m()) + 2;
    }

    @Override
    public void restore(SavedArrays state) {
        INDArray saved = state.array("window");
        if (saved.rank() != 2) {
            throw new IllegalArgumentException(
                    "the saved M-FAC window has " + saved.rank() + " dimensions, but must have 2");
        }
        // Without a type of its own, a window outlives the conversion of its network to another type.
        boolean sameType = settings.storage() == null || saved.dataType() == plan.type();
        if (!(saved.size(0) == plan.m() && saved.size(1) == parts.length() && sameType)) {
            throw new IllegalArgumentException("the saved M-FAC window has " + saved.size(0) + " gradients of length "
                    + saved.size(1) + " in " + saved.dataType() + ", but this network needs " + plan.m()
                    + " of length " + parts.length() + " in " + plan.type());
        }
        window = new DynamicMfac(new MfacState(
                saved, state.array("gram"), state.array("factor"), state.whole("inserted"), state.number("damping")));
    }
}
