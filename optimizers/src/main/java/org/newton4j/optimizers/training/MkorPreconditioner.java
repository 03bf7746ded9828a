/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.BooleanIndexing;
import org.nd4j.linalg.indexing.conditions.Conditions;
import org.newton4j.curvature.inverse.RankOneRule;
import org.newton4j.curvature.inverse.Stabilizer;
import org.newton4j.optimizers.update.Damping;
import org.newton4j.optimizers.update.MkorFallback;
import org.newton4j.optimizers.update.MkorRule;
import org.newton4j.optimizers.update.MkorSettings;
import org.newton4j.optimizers.update.Occurrences;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * MKOR on the layers with a weight matrix; the gradient of the others passes as it is.
 *
 * <p>Mean vectors are read from the network in training ({@link MeanVectors}). Where that is not enough (layers without
 * bias, examples clamped one by one, whole covariances) one more gradient per factor update gives the rows of every
 * example.
 */
final class MkorPreconditioner implements Preconditioner {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private final MkorSettings settings;
    private Map<String, Part> parts = new LinkedHashMap<>();
    private final @Nullable ImprovementRate progress;
    private final KroneckerProduct.Rescale rescale;
    private final RowCapture rows;
    private boolean readsRows = true;
    private boolean announced;
    private final Occurrences refused = new Occurrences();
    private final KeptStates kept = new KeptStates();

    /** One layer. */
    private record Part(
            KroneckerLayer geometry,
            MkorFactors factors,
            KroneckerProduct product,
            @Nullable MeanVectors means) {}

    /**
     * Finds the layers.
     *
     * @param settings checked
     * @param model initialised; Not modified, not kept
     * @param variables that are to be preconditioned
     * @param gradientType of the gradients to come, FLOAT or DOUBLE
     * @throws IllegalArgumentException if a name given for inclusion or exclusion is that of no layer
     */
    MkorPreconditioner(
            MkorSettings settings, Model model, List<ParameterLayout.Variable> variables, DataType gradientType) {
        this.settings = settings;
        MkorFallback fallback = settings.fallback();
        progress = fallback == null ? null : new ImprovementRate(fallback);
        rescale = !settings.rescale()
                ? KroneckerProduct.Rescale.NONE
                : settings.rule() == MkorRule.REFERENCE
                        ? KroneckerProduct.Rescale.SUM_OF_NORMS
                        : KroneckerProduct.Rescale.JOINT;
        PreconditionedLayers all = PreconditionedLayers.of(model, variables);
        checkNames(names(model, variables, all));
        PreconditionedLayers layers = chosen(all);
        layers.report(settings.method());
        List<KroneckerLayer> covered =
                layers.covered().stream().map(KroneckerLayers.Covered::geometry).toList();
        DataType arithmetic = settings.factorType() == null ? gradientType : arithmetic(settings.factorType());
        KroneckerProduct.Buffers buffers = new KroneckerProduct.Buffers(arithmetic, covered);
        for (KroneckerLayer geometry : covered) {
            parts.put(
                    geometry.name(),
                    new Part(
                            geometry,
                            factors(geometry, arithmetic),
                            new KroneckerProduct(geometry, buffers),
                            needsRows(geometry) ? null : new MeanVectors(geometry, arithmetic)));
        }
        rows = new RowCapture(
                settings.method(),
                parts.values().stream()
                        .filter(part -> part.means() == null)
                        .map(part -> part.geometry().name())
                        .collect(Collectors.toSet()));
    }

    private static DataType arithmetic(DataType storage) {
        return storage == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
    }

    /** Names as given, each for all layers that have it, and those that stand for one layer alone. */
    private static Set<String> names(
            Model model, List<ParameterLayout.Variable> variables, PreconditionedLayers layers) {
        Set<String> names = new HashSet<>();
        variables.forEach(variable -> names.add(variable.layer()));
        layers.covered().forEach(layer -> names.add(layer.geometry().name()));
        for (LayerPlace place : LayerPlace.of(model)) {
            if (variables.stream()
                    .anyMatch(variable -> variable.start() >= place.start() && variable.end() <= place.end())) {
                names.add(place.name());
            }
        }
        return names;
    }

    private static boolean isAmong(Collection<String> names, KroneckerLayers.Covered layer) {
        return names.contains(layer.given()) || names.contains(layer.geometry().name());
    }

    private void checkNames(Set<String> layers) {
        Set<String> unknown = new TreeSet<>(settings.include());
        unknown.addAll(settings.exclude());
        unknown.removeAll(layers);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("MKOR is told to include or exclude " + unknown
                    + ", but its layers are called " + new TreeSet<>(layers) + "; name layers with .name(\"…\")");
        }
    }

    /** Leaves out what the user has left out. */
    private PreconditionedLayers chosen(PreconditionedLayers all) {
        List<KroneckerLayers.Covered> covered = new ArrayList<>();
        Map<String, String> left = new LinkedHashMap<>(all.left());
        for (KroneckerLayers.Covered layer : all.covered()) {
            String name = layer.geometry().name();
            if (isAmong(settings.exclude(), layer)) {
                left.put(name, "excluded by name");
            } else if (!settings.include().isEmpty() && !isAmong(settings.include(), layer)) {
                left.put(name, "not among the included names");
            } else {
                covered.add(layer);
            }
        }
        return new PreconditionedLayers(covered, left);
    }

    private MkorFactors factors(KroneckerLayer geometry, DataType arithmetic) {
        if (settings.rule() == MkorRule.FULL) {
            return new CovarianceFactors(geometry, arithmetic, settings.gamma());
        }
        boolean stabilized = settings.rule() != MkorRule.REFERENCE && Double.isFinite(settings.stabilizerThreshold());
        return new RankOneFactors(
                geometry,
                settings.factorType() == null ? arithmetic : settings.factorType(),
                switch (settings.rule()) {
                    case PAPER -> RankOneRule.PAPER;
                    case REFERENCE -> RankOneRule.REFERENCE;
                    default -> RankOneRule.EXACT;
                },
                settings.gamma(),
                stabilized
                        ? new Stabilizer(
                                settings.stabilizerNorm(), settings.stabilizerThreshold(), settings.stabilizerShare())
                        : null);
    }

    private boolean clamps() {
        return Double.isFinite(settings.clipping());
    }

    private boolean needsRows(KroneckerLayer geometry) {
        return settings.rule() == MkorRule.FULL || clamps() || !geometry.hasBias();
    }

    /** As the reference: decay belongs to the inner optimizer. */
    @Override
    public boolean seesRegularization() {
        return false;
    }

    private boolean updatesAt(int iteration) {
        return iteration < settings.warmup()
                || iteration % settings.updateInterval() == 0
                || parts.values().stream().anyMatch(part -> part.factors().updates() == 0);
    }

    private boolean over() {
        return progress != null && progress.over();
    }

    @Override
    public void afterBackward(Model model, int iteration) {
        if (over() || !updatesAt(iteration)) {
            return;
        }
        Map<String, Layer> layers = new HashMap<>();
        if (parts.values().stream().anyMatch(part -> part.means() != null)) {
            KroneckerLayers.of(model)
                    .covered()
                    .forEach(layer -> layers.put(layer.geometry().name(), layer.layer()));
        }
        int examples = Networks.examples(model);
        RealRows real = RealRows.of(model, examples);
        for (Part part : parts.values()) {
            MeanVectors means = part.means();
            Layer layer = layers.get(part.geometry().name());
            if (means != null && layer != null) {
                means.readInput(layer, real, examples);
            }
        }
    }

    @Override
    public void precondition(PreconditionerStep step) {
        if (over()) {
            return;
        }
        keepCounts();
        if (fallsBack(step)) {
            return;
        }
        if (updatesAt(step.iteration())) {
            update(step);
        }
        for (Part part : parts.values()) {
            if (!part.factors().identity()) {
                part.product().apply(part.factors().left(), part.factors().right(), step.gradient(), rescale);
            }
        }
    }

    private void keepCounts() {
        Map<String, Part> partsBefore = parts;
        long refusedBefore = refused.count();
        ImprovementRate watched = progress;
        INDArray progressBefore = watched == null ? null : watched.state();
        kept.add(KeptStates.small(() -> {
            parts = partsBefore;
            refused.restore(refusedBefore);
            if (watched != null && progressBefore != null) {
                watched.restore(progressBefore);
            }
        }));
    }

    @Override
    public void takeBack() {
        kept.takeBack();
    }

    @Override
    public void settle() {
        kept.release();
    }

    private boolean fallsBack(PreconditionerStep step) {
        ImprovementRate watched = progress;
        if (watched == null || !watched.add(step.loss())) {
            return false;
        }
        log.info(
                "MKOR-H switches to the base updater for good at iteration {}: the loss falls by {} per iteration, less"
                        + " than {} times the mean {} since the start.",
                step.iteration(),
                watched.rate(),
                settings.fallback() == null ? 0 : settings.fallback().beta(),
                watched.meanRate());
        parts = new LinkedHashMap<>();
        return true;
    }

    private void update(PreconditionerStep step) {
        Map<String, LayerStatistics> captured = capture(step);
        for (Part part : parts.values()) {
            MkorFactors.Curvature curvature =
                    curvature(part, captured.get(part.geometry().name()), step);
            if (curvature == null) {
                continue;
            }
            kept.add(part.factors().keep());
            String refusal;
            try {
                refusal = part.factors().update(curvature);
            } catch (ArithmeticException e) {
                ArithmeticException named =
                        new ArithmeticException("layer '" + part.geometry().name() + "': " + e.getMessage());
                named.initCause(e);
                throw named;
            }
            if (refusal != null) {
                refuse(part, step.iteration(), refusal);
            }
        }
    }

    /** Null if every row of the layer is masked. */
    private MkorFactors.@Nullable Curvature curvature(
            Part part, @Nullable LayerStatistics statistics, PreconditionerStep step) {
        MeanVectors means = part.means();
        if (means != null) {
            return means.rows() == 0 ? null : new MkorFactors.Means(means.input(), means.delta(step.summed()));
        }
        if (statistics == null) {
            throw new IllegalStateException(
                    "no rows for layer '" + part.geometry().name() + "'");
        }
        if (statistics.examples() == 0) {
            return null;
        }
        Damping damping = settings.damping();
        if (damping != null) {
            return new MkorFactors.Rows(statistics, damping.at(step.iteration(), step.epoch()));
        }
        DataType type = part.product().type();
        if (!clamps()) {
            return new MkorFactors.Means(
                    statistics.inputs().mean(0).castTo(type),
                    statistics.deltas().mean(0).castTo(type));
        }
        return new MkorFactors.Means(
                clampedMean(statistics.inputs(WeightSharing.REDUCE)).castTo(type),
                clampedMean(statistics.deltas(WeightSharing.REDUCE).div(statistics.positions()))
                        .castTo(type));
    }

    /** Mean over examples, each clamped before, as in MKOR's released code. */
    private INDArray clampedMean(INDArray examples) {
        INDArray clamped = examples.dup();
        BooleanIndexing.replaceWhere(clamped, settings.clipping(), Conditions.greaterThan(settings.clipping()));
        BooleanIndexing.replaceWhere(clamped, -settings.clipping(), Conditions.lessThan(-settings.clipping()));
        return clamped.mean(0);
    }

    private Map<String, LayerStatistics> capture(PreconditionerStep step) {
        Set<String> wanted = new TreeSet<>();
        parts.values().stream()
                .filter(part -> part.means() == null)
                .forEach(part -> wanted.add(part.geometry().name()));
        if (wanted.isEmpty()) {
            return Map.of();
        }
        if (!announced) {
            announced = true;
            log.info(
                    "MKOR reads layers {} example by example ({}); every factor update costs one more gradient.",
                    wanted,
                    settings.rule() == MkorRule.FULL
                            ? "whole covariances"
                            : clamps() ? "each is clamped" : "they have no bias");
        }
        Map<String, LayerStatistics> captured = rows.at(step);
        if (captured == null) {
            leaveRows();
            return Map.of();
        }
        return captured;
    }

    /** Leaves layers that need rows to the base updater. */
    private void leaveRows() {
        readsRows = false;
        parts.values().removeIf(part -> part.means() == null);
    }

    private void refuse(Part part, int iteration, String reason) {
        if (refused.add()) {
            log.warn(
                    "MKOR, layer '{}': curvature of iteration {} is not taken in: {}. (Occurrence {}, the next report is at"
                            + " {}.)",
                    part.geometry().name(),
                    iteration,
                    reason,
                    refused.count(),
                    refused.nextReport());
        }
    }

    @Override
    public long evaluations() {
        return rows.captures();
    }

    @Override
    public SavedArrays state() {
        SavedArrays state = new SavedArrays().with("refused", refused.count()).with("readsRows", readsRows ? 1L : 0L);
        if (progress != null) {
            state.with("progress", progress.state());
        }
        parts.forEach((name, part) -> part.factors().save(name + "/", state));
        return state;
    }

    @Override
    public long mostNumbers() {
        return 16
                + parts.values().stream()
                        .mapToLong(part -> part.geometry().mostStateNumbers())
                        .sum();
    }

    @Override
    public void restore(SavedArrays state) {
        refused.restore(state.whole("refused"));
        ImprovementRate watched = progress;
        if (watched != null) {
            watched.restore(state.array("progress"));
        }
        if (over()) {
            parts.clear();
        }
        if (state.has("readsRows") && state.whole("readsRows") == 0) {
            leaveRows();
        }
        parts.forEach((name, part) -> part.factors().restore(name + "/", state));
    }
}
