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
import org.nd4j.linalg.factory.Nd4j;
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
        private final KroneckerProduct product;
        KroneckerFactors factors;

        Block(KroneckerLayer layer, KroneckerProduct.Buffers buffers) {
            this.layer = layer;
            this.product = new KroneckerProduct(layer, buffers);
            this.factors = layer.newFactors(buffers.type());
        }

        /** Replaces V by U inside the flat gradient. */
        void apply(INDArray flat) {
            FactoredInverse inverse = factors.inverse();
            if (inverse != null && inverse.divisors() == null) {
                product.apply(inverse.left(), inverse.right(), flat, KroneckerProduct.Rescale.NONE);
            } else {
                layer.scatter(factors.precondition(layer.gather(flat)), flat);
            }
        }

        /** The sum of products of this layer's entries. */
        double inner(INDArray one, INDArray other) {
            double weights = Nd4j.getBlasWrapper().dot(layer.weightRange(one), layer.weightRange(other));
            return layer.hasBias() ? weights + Nd4j.getBlasWrapper().dot(layer.bias(one), layer.bias(other)) : weights;
        }

        void scale(double scale, INDArray flat) {
            layer.weightRange(flat).muli(scale);
            if (layer.hasBias()) {
                layer.bias(flat).muli(scale);
            }
        }
    }

    KfacPreconditioner(KfacSettings settings, Model model, List<ParameterLayout.Variable> variables, DataType type) {
        this.settings = settings;
        PreconditionedLayers layers = PreconditionedLayers.of(model, variables);
        layers.report(settings.method());
        List<KroneckerLayer> geometries =
                layers.covered().stream().map(KroneckerLayers.Covered::geometry).toList();
        KroneckerProduct.Buffers buffers = new KroneckerProduct.Buffers(type, geometries);
        geometries.forEach(geometry -> blocks.add(new Block(geometry, buffers)));
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
        INDArray flat = step.gradient();
        boolean clips = settings.klClip() > 0;
        INDArray raw = clips ? flat.dup() : flat;
        for (Block block : blocks) {
            block.apply(flat);
        }
        if (clips) {
            clip(step, raw);
        }
    }

    private void clip(PreconditionerStep step, INDArray raw) {
        double inner = 0;
        for (Block block : blocks) {
            double learningRate = step.learningRate().applyAsDouble(block.layer.weightStart());
            inner += learningRate * learningRate * block.inner(raw, step.gradient());
        }
        double scale = KroneckerGradient.klScale(settings.klClip(), 1, inner);
        if (scale != 1) {
            blocks.forEach(block -> block.scale(scale, step.gradient()));
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
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (due(step.iteration(), i) || block.factors.inverse() == null) {
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

    /** With refreshes spread, layer i of n is late by the i-th part of the interval. */
    private boolean due(int iteration, int block) {
        long late = settings.spreadRefreshes() ? (long) block * settings.inverseInterval() / blocks.size() : 0;
        return Math.floorMod(iteration - late, settings.inverseInterval()) == 0;
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
