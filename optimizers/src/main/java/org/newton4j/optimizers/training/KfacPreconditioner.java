/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.api.Model;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.FactoredInverse;
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.curvature.inverse.KroneckerGradient;
import org.newton4j.optimizers.update.FactorScale;
import org.newton4j.optimizers.update.KfacSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** K-FAC over the layers of a network that have a weight matrix. */
final class KfacPreconditioner implements Preconditioner {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private final KfacSettings settings;
    private final List<Block> blocks = new ArrayList<>();
    private @Nullable KroneckerStatistics statistics;
    private long captures;
    private long unusable;

    /** One layer. */
    private static final class Block {

        final KroneckerLayer layer;
        KroneckerFactors factors;

        Block(KroneckerLayer layer, DataType type) {
            this.layer = layer;
            this.factors = layer.newFactors(type);
        }
    }

    KfacPreconditioner(KfacSettings settings, Model model, List<ParameterLayout.Variable> variables, DataType type) {
        this.settings = settings;
        PreconditionedLayers layers = PreconditionedLayers.of(model, variables);
        layers.report(settings.method());
        for (KroneckerLayers.Covered covered : layers.covered()) {
            blocks.add(new Block(covered.geometry(), type));
        }
    }

    /** As the reference: its inner optimizer adds decay to the preconditioned gradient. */
    @Override
    public boolean seesRegularization() {
        return false;
    }

    @Override
    public void precondition(PreconditionerStep step) {
        if (blocks.isEmpty()) {
            return;
        }
        if (step.iteration() % settings.factorInterval() == 0) {
            updateFactors(step);
        }
        refresh(step);
        List<INDArray> directions = new ArrayList<>();
        double inner = 0;
        for (Block block : blocks) {
            INDArray raw = block.layer.gather(step.gradient());
            INDArray direction = block.factors.precondition(raw);
            double learningRate = step.learningRate().applyAsDouble(block.layer.weightStart());
            inner +=
                    learningRate * learningRate * direction.mul(raw).sumNumber().doubleValue();
            directions.add(direction);
        }
        if (settings.klClip() > 0) {
            double scale = KroneckerGradient.klScale(settings.klClip(), 1, inner);
            directions.forEach(direction -> direction.muli(scale));
        }
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).layer.scatter(directions.get(i), step.gradient());
        }
    }

    private void updateFactors(PreconditionerStep step) {
        KroneckerStatistics shadow = statistics;
        if (shadow == null) {
            Set<String> names = new HashSet<>();
            blocks.forEach(block -> names.add(block.layer.name()));
            shadow = new KroneckerStatistics(step.model(), layer -> names.contains(layer.name()));
            statistics = shadow;
        }
        shadow.load(step.model(), step.labels().toArray(INDArray[]::new));
        captures++;
        List<LayerStatistics> captured = shadow.empirical();
        for (LayerStatistics layer : captured) {
            double norm = layer.inputs().norm2Number().doubleValue()
                    + layer.deltas().norm2Number().doubleValue();
            if (!(norm <= Double.MAX_VALUE)) {
                leaveOut(
                        step.iteration(),
                        "inputs or deltas of layer '" + layer.layer().name() + "' are not finite");
                return;
            }
        }
        for (int i = 0; i < blocks.size(); i++) {
            LayerStatistics layer = captured.get(i);
            KroneckerFactors factors = blocks.get(i).factors;
            if (settings.scale() == FactorScale.REFERENCE) {
                double positions = layer.positions();
                factors.update(
                        layer.inputs().div(positions),
                        layer.deltas().div(layer.examples() * positions),
                        settings.decay());
            } else {
                layer.update(factors, WeightSharing.EXPAND, settings.decay());
            }
        }
    }

    private void refresh(PreconditionerStep step) {
        boolean due = step.iteration() % settings.inverseInterval() == 0;
        for (Block block : blocks) {
            if (due || block.factors.inverse() == null) {
                try {
                    block.factors.refresh(settings.inverse(), settings.damping().at(step.iteration(), step.epoch()));
                } catch (ArithmeticException e) {
                    if (block.factors.inverse() == null) {
                        throw e;
                    }
                    leaveOut(step.iteration(), "layer '" + block.layer.name() + "': " + e.getMessage());
                }
            }
        }
    }

    private void leaveOut(int iteration, String reason) {
        unusable++;
        // At the 1st, 2nd, 4th, 8th … time.
        if (Long.bitCount(unusable) == 1) {
            log.warn(
                    "K-FAC: {} at iteration {} (for the {}. time); what is known so far stays in use. Check the input, or"
                            + " raise the damping.",
                    reason,
                    iteration,
                    unusable);
        }
    }

    @Override
    public long evaluations() {
        return captures;
    }

    @Override
    public SavedArrays state() {
        SavedArrays state = new SavedArrays();
        for (Block block : blocks) {
            String name = block.layer.name();
            state.with(name + "/A", block.factors.a()).with(name + "/G", block.factors.g());
            FactoredInverse inverse = block.factors.inverse();
            if (inverse != null) {
                state.with(name + "/left", inverse.left()).with(name + "/right", inverse.right());
                INDArray divisors = inverse.divisors();
                if (divisors != null) {
                    state.with(name + "/divisors", divisors);
                }
            }
        }
        return state;
    }

    @Override
    public void restore(SavedArrays state) {
        List<KroneckerFactors> restored = new ArrayList<>();
        for (Block block : blocks) {
            String name = block.layer.name();
            // A network may have been converted since.
            DataType type = block.factors.a().dataType();
            INDArray a = state.array(name + "/A", type);
            INDArray g = state.array(name + "/G", type);
            if (!(a.size(0) == block.layer.inputs() && g.size(0) == block.layer.outputs())) {
                throw new IllegalArgumentException(
                        "the saved factors of layer '" + name + "' are " + a.size(0) + " and "
                                + g.size(0) + " wide, but this network needs " + block.layer.inputs() + " and "
                                + block.layer.outputs());
            }
            KroneckerFactors factors = new KroneckerFactors(a, g);
            if (state.has(name + "/left")) {
                factors.restoreInverse(new FactoredInverse(
                        state.array(name + "/left", type),
                        state.array(name + "/right", type),
                        state.has(name + "/divisors") ? state.array(name + "/divisors", type) : null));
            }
            restored.add(factors);
        }
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).factors = restored.get(i);
        }
    }
}
