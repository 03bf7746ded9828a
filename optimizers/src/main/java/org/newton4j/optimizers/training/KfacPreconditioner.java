/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Model;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.KroneckerGradient;
import org.newton4j.optimizers.update.KfacSettings;
import org.newton4j.optimizers.update.Occurrences;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * K-FAC over the layers of a network that have a weight matrix.
 *
 * <p>Intervals are counted from the first step that is made, so that factors and inverses are fed by it wherever training
 * starts.
 */
final class KfacPreconditioner implements Preconditioner {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    /** No step has been made. */
    private static final int NONE = -1;

    private final KfacSettings settings;
    private final List<KfacLayer> layers = new ArrayList<>();
    private final RowCapture capture;
    private int start = NONE;

    /** Of the present iteration, between {@link #precondition} and what follows it. */
    private final List<KfacLayer.Step> steps = new ArrayList<>();

    private int iteration;
    private final Occurrences unusable = new Occurrences();
    private final Occurrences bounded = new Occurrences();

    KfacPreconditioner(KfacSettings settings, Model model, List<ParameterLayout.Variable> variables, DataType type) {
        this.settings = settings;
        PreconditionedLayers found = PreconditionedLayers.of(model, variables);
        found.report(settings.method());
        List<KroneckerLayer> geometries =
                found.covered().stream().map(KroneckerLayers.Covered::geometry).toList();
        KroneckerProduct.Buffers buffers = new KroneckerProduct.Buffers(type, geometries);
        geometries.forEach(geometry -> layers.add(new KfacLayer(geometry, buffers)));
        capture = new RowCapture(
                settings.method(), layers.stream().map(KfacLayer::name).collect(Collectors.toSet()));
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
        int since = start == NONE ? 0 : step.iteration() - start;
        Map<String, LayerStatistics> rows = Map.of();
        if (Math.floorMod(since, settings.factorInterval()) == 0) {
            rows = capture.at(step);
            if (rows == null) {
                layers.clear();
                return;
            }
        }
        steps.clear();
        for (int i = 0; i < layers.size(); i++) {
            KfacLayer layer = layers.get(i);
            FactorRows bound = bounded(layer, rows.get(layer.name()), step);
            try {
                steps.add(layer.prepare(bound, due(since, i), settings, step.iteration(), step.epoch()));
            } catch (ArithmeticException e) {
                throw failure(layer.name(), e.getMessage(), e);
            }
        }
        if (settings.klClip() > 0) {
            applyClipped(step);
        } else {
            steps.forEach(layer -> layer.apply(step.gradient()));
        }
        iteration = step.iteration();
    }

    /** Until now nothing has changed but the gradient. */
    @Override
    public void settle() {
        if (steps.isEmpty()) {
            return;
        }
        start = start == NONE ? iteration : start;
        for (KfacLayer.Step layer : steps) {
            layer.commit();
            layer.refusals().forEach(refusal -> keepOld(layer.name(), refusal));
        }
        steps.clear();
    }

    @Override
    public void takeBack() {
        steps.clear();
    }

    private @Nullable FactorRows bounded(KfacLayer layer, @Nullable LayerStatistics rows, PreconditionerStep step) {
        if (rows == null || rows.examples() == 0) {
            return null;
        }
        FactorRows bound = FactorRows.of(
                rows,
                settings.scale(),
                layer.factors(),
                settings.damping().at(step.iteration(), step.epoch()),
                start == NONE);
        if (bound.isBounded() && bounded.add()) {
            log.warn(
                    "K-FAC, layer '{}': inputs or deltas of iteration {} are far larger than those before; they count in the"
                            + " factors as if they were {} times as large. Look for outliers in features and labels."
                            + " (Occurrence {}, the next report is at {}.)",
                    layer.name(),
                    step.iteration(),
                    bound.share(),
                    bounded.count(),
                    bounded.nextReport());
        }
        return bound;
    }

    /** The bound holds for all layers together, so that none is scaled before the last one is applied. */
    private void applyClipped(PreconditionerStep step) {
        INDArray flat = step.gradient();
        double inner = 0;
        for (KfacLayer.Step layer : steps) {
            double learningRate = step.learningRate().applyAsDouble(layer.weightStart());
            double product = learningRate * learningRate * layer.applyKeeping(flat);
            if (!(Math.abs(product) <= Double.MAX_VALUE)) {
                throw failure(
                        layer.name(),
                        "the inner product of the gradient and the preconditioned one is " + product
                                + "; scale features and labels, or lower the learning rate",
                        null);
            }
            inner += product;
        }
        double scale = KroneckerGradient.klScale(settings.klClip(), 1, inner);
        if (scale != 1) {
            steps.forEach(layer -> layer.scale(scale, flat));
        }
    }

    private static ArithmeticException failure(String layer, @Nullable String reason, @Nullable Throwable cause) {
        ArithmeticException named = new ArithmeticException("layer '" + layer + "': " + reason);
        if (cause != null) {
            named.initCause(cause);
        }
        return named;
    }

    /** With refreshes spread, layer i of n is late by the i-th part of the interval. */
    private boolean due(int since, int layer) {
        long late = settings.spreadRefreshes() ? (long) layer * settings.inverseInterval() / layers.size() : 0;
        return Math.floorMod(since - late, settings.inverseInterval()) == 0;
    }

    private void keepOld(String layer, String reason) {
        if (unusable.add()) {
            log.warn(
                    "K-FAC, layer '{}': {} at iteration {} (for the {}. time); the older inverse stays in use. Check the"
                            + " input, or raise the damping.",
                    layer,
                    reason,
                    iteration,
                    unusable.count());
        }
    }

    @Override
    public long evaluations() {
        return capture.captures();
    }

    @Override
    public SavedArrays state() {
        SavedArrays state = new SavedArrays().with("layers", (long) layers.size());
        if (start != NONE) {
            state.with("start", (long) start);
        }
        layers.forEach(layer -> layer.save(state));
        return state;
    }

    @Override
    public long mostNumbers() {
        return 16 + layers.stream().mapToLong(KfacLayer::mostNumbers).sum();
    }

    @Override
    public void restore(SavedArrays state) {
        boolean counts = state.has("layers");
        if (counts && state.whole("layers") == 0) {
            layers.clear();
        }
        List<Runnable> restorations =
                layers.stream().map(layer -> layer.restoration(state)).toList();
        restorations.forEach(Runnable::run);
        // Older versions counted from iteration 0.
        start = state.has("start") ? (int) state.whole("start") : counts ? NONE : 0;
    }
}
