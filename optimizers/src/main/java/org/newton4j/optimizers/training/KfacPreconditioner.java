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
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.curvature.inverse.KroneckerGradient;
import org.newton4j.optimizers.update.FactorScale;
import org.newton4j.optimizers.update.KfacSettings;
import org.newton4j.optimizers.update.Occurrences;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** K-FAC over the layers of a network that have a weight matrix. */
final class KfacPreconditioner implements Preconditioner {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private final KfacSettings settings;
    private final List<KfacLayer> layers = new ArrayList<>();
    private @Nullable KroneckerStatistics statistics;
    private long captures;
    private final Occurrences unusable = new Occurrences();

    KfacPreconditioner(KfacSettings settings, Model model, List<ParameterLayout.Variable> variables, DataType type) {
        this.settings = settings;
        PreconditionedLayers found = PreconditionedLayers.of(model, variables);
        found.report(settings.method());
        List<KroneckerLayer> geometries =
                found.covered().stream().map(KroneckerLayers.Covered::geometry).toList();
        KroneckerProduct.Buffers buffers = new KroneckerProduct.Buffers(type, geometries);
        geometries.forEach(geometry -> layers.add(new KfacLayer(geometry, buffers)));
    }

    /** As the reference: its inner optimizer adds decay to the preconditioned gradient. */
    @Override
    public boolean seesRegularization() {
        return false;
    }

    @Override
    public void precondition(PreconditionerStep step) {
        if (layers.isEmpty()) {
            return;
        }
        if (step.iteration() % settings.factorInterval() == 0) {
            updateFactors(step);
        }
        refresh(step);
        if (settings.klClip() > 0) {
            applyClipped(step);
        } else {
            layers.forEach(layer -> layer.apply(step.gradient()));
        }
    }

    /** The bound holds for all layers together, so that none is scaled before the last one is applied. */
    private void applyClipped(PreconditionerStep step) {
        INDArray flat = step.gradient();
        double inner = 0;
        for (KfacLayer layer : layers) {
            double learningRate = step.learningRate().applyAsDouble(layer.weightStart());
            inner += learningRate * learningRate * layer.applyKeeping(flat);
        }
        double scale = KroneckerGradient.klScale(settings.klClip(), 1, inner);
        if (scale != 1) {
            layers.forEach(layer -> layer.scale(scale, flat));
        }
    }

    private void updateFactors(PreconditionerStep step) {
        KroneckerStatistics shadow = statistics;
        if (shadow == null) {
            Set<String> names = new HashSet<>();
            layers.forEach(layer -> names.add(layer.name()));
            shadow = new KroneckerStatistics(step.model(), found -> names.contains(found.name()));
            statistics = shadow;
        }
        shadow.load(step.model(), step.labels().toArray(INDArray[]::new));
        captures++;
        List<LayerStatistics> captured = shadow.empirical();
        for (LayerStatistics rows : captured) {
            double norm = rows.inputs().norm2Number().doubleValue()
                    + rows.deltas().norm2Number().doubleValue();
            if (!(norm <= Double.MAX_VALUE)) {
                leaveOut(
                        step.iteration(),
                        "inputs or deltas of layer '" + rows.layer().name() + "' are not finite");
                return;
            }
        }
        for (int i = 0; i < layers.size(); i++) {
            LayerStatistics rows = captured.get(i);
            KroneckerFactors factors = layers.get(i).factors();
            if (settings.scale() == FactorScale.REFERENCE) {
                double positions = rows.positions();
                factors.update(
                        rows.inputs().div(positions), rows.deltas().div(rows.examples() * positions), settings.decay());
            } else {
                rows.update(factors, WeightSharing.EXPAND, settings.decay());
            }
        }
    }

    private void refresh(PreconditionerStep step) {
        for (int i = 0; i < layers.size(); i++) {
            KfacLayer layer = layers.get(i);
            for (String refusal : layer.refresh(due(step.iteration(), i), settings, step.iteration(), step.epoch())) {
                leaveOut(step.iteration(), "layer '" + layer.name() + "': " + refusal);
            }
        }
    }

    /** With refreshes spread, layer i of n is late by the i-th part of the interval. */
    private boolean due(int iteration, int layer) {
        long late = settings.spreadRefreshes() ? (long) layer * settings.inverseInterval() / layers.size() : 0;
        return Math.floorMod(iteration - late, settings.inverseInterval()) == 0;
    }

    private void leaveOut(int iteration, String reason) {
        if (unusable.add()) {
            log.warn(
                    "K-FAC: {} at iteration {} (for the {}. time); what is known so far stays in use. Check the input, or"
                            + " raise the damping.",
                    reason,
                    iteration,
                    unusable.count());
        }
    }

    @Override
    public long evaluations() {
        return captures;
    }

    @Override
    public SavedArrays state() {
        SavedArrays state = new SavedArrays();
        layers.forEach(layer -> layer.save(state));
        return state;
    }

    @Override
    public long mostNumbers() {
        return 16 + layers.stream().mapToLong(KfacLayer::mostNumbers).sum();
    }

    @Override
    public void restore(SavedArrays state) {
        List<Runnable> restorations =
                layers.stream().map(layer -> layer.restoration(state)).toList();
        restorations.forEach(Runnable::run);
    }
}
