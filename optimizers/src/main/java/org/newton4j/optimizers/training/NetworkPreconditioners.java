/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentMap;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.guava.collect.MapMaker;
import org.newton4j.curvature.kernel.NotFinite;
import org.newton4j.optimizers.update.FlatView;
import org.newton4j.optimizers.update.GradientConsumer;
import org.newton4j.optimizers.update.KfacSettings;
import org.newton4j.optimizers.update.MfacSettings;
import org.newton4j.optimizers.update.MkorSettings;
import org.newton4j.optimizers.update.NonFiniteException;
import org.newton4j.optimizers.update.Preconditioning;

/**
 * The preconditioners of one network and their state.
 *
 * <p>Their state belongs to the network: Deeplearning4j's view cannot hold it, updaters are replaced whenever a learning
 * rate is set, and listeners are replaced at will. So it is kept here by the identity of the network, weakly, and
 * {@link Checkpoints} carries it from run to run.
 */
final class NetworkPreconditioners {

    private static final ConcurrentMap<Model, NetworkPreconditioners> ALL =
            new MapMaker().weakKeys().makeMap();

    /** By method and first flat index, which stay the same when a configuration is read back from a file. */
    private final Map<String, Preconditioner> preconditioners = new TreeMap<>();

    private final FlatView live = new FlatView();
    private @Nullable INDArray gradient;

    /** The variables that share a preconditioner. */
    private record Group(Preconditioning settings, List<UpdaterBlock> blocks) {

        String key() {
            return settings.method() + "@" + blocks.get(0).getParamOffsetStart();
        }

        List<ParameterLayout.Variable> variables(ParameterLayout layout) {
            List<ParameterLayout.Variable> mine = new ArrayList<>();
            for (ParameterLayout.Variable variable : layout.variables()) {
                if (variable.trainable() && variable.end() > variable.start() && holds(variable)) {
                    mine.add(variable);
                }
            }
            return mine;
        }

        double learningRate(long index, int iteration, int epoch) {
            for (UpdaterBlock block : blocks) {
                IUpdater config = block.getGradientUpdater().getConfig();
                if (index >= block.getParamOffsetStart()
                        && index < block.getParamOffsetEnd()
                        && config.hasLearningRate()) {
                    return config.getLearningRate(iteration, epoch);
                }
            }
            return 1;
        }

        private boolean holds(ParameterLayout.Variable variable) {
            return blocks.stream()
                    .anyMatch(block -> variable.start() >= block.getParamOffsetStart()
                            && variable.end() <= block.getParamOffsetEnd());
        }
    }

    private NetworkPreconditioners() {}

    /** The one object of a network. */
    static NetworkPreconditioners of(Model model) {
        return ALL.computeIfAbsent(model, key -> new NetworkPreconditioners());
    }

    /** The blocks of a network that stand behind a preconditioner. */
    static List<UpdaterBlock> blocks(Model model) {
        List<UpdaterBlock> blocks = new ArrayList<>();
        for (UpdaterBlock block : MovingBlocks.of(model)) {
            if (block.getGradientUpdater() instanceof GradientConsumer) {
                blocks.add(block);
            }
        }
        return blocks;
    }

    /** Lets the preconditioners read the backward pass. */
    void afterBackward(Model model, List<UpdaterBlock> blocks, boolean coldStart) {
        for (Group group : groups(blocks)) {
            preconditioner(model, group, coldStart).afterBackward(model, Networks.iteration(model));
        }
    }

    /**
     * Preconditions the gradient of this iteration and hands it over.
     *
     * @param model the network inside onGradientCalculation; Not modified
     * @param blocks from {@link #blocks}, not empty
     * @param labels of the batch
     * @param coldStart whether preconditioners may start in the middle of training
     * @return gradients evaluated
     */
    long deliver(Model model, List<UpdaterBlock> blocks, List<INDArray> labels, boolean coldStart) {
        for (UpdaterBlock block : blocks) {
            ((GradientConsumer) block.getGradientUpdater())
                    .requireLearningRate(Networks.iteration(model), Networks.epoch(model));
        }
        ParameterLayout layout = ParameterLayout.of(model);
        INDArray flat = buffer(model);
        INDArray summed = Networks.gradient(model, live);
        UpdaterGradient.clipped(model, summed, flat);
        long evaluations = 0;
        List<Preconditioner> advanced = new ArrayList<>();
        try {
            for (Group group : groups(blocks)) {
                Preconditioner preconditioner = preconditioner(model, group, coldStart);
                long before = preconditioner.evaluations();
                deliver(model, layout, group, preconditioner, advanced, summed, flat, labels);
                evaluations += preconditioner.evaluations() - before;
            }
        } catch (NonFiniteException e) {
            advanced.forEach(Preconditioner::takeBack);
            throw e;
        }
        advanced.forEach(Preconditioner::settle);
        return evaluations;
    }

    private void deliver(
            Model model,
            ParameterLayout layout,
            Group group,
            Preconditioner preconditioner,
            List<Preconditioner> advanced,
            INDArray summed,
            INDArray flat,
            List<INDArray> labels) {
        int iteration = Networks.iteration(model);
        int epoch = Networks.epoch(model);
        List<ParameterLayout.Variable> variables = group.variables(layout);
        if (preconditioner.seesRegularization()) {
            UpdaterGradient.regularize(model, group.blocks(), flat);
        }
        requireUsable(group, "gradient after clipping and regularisation", "", layout, variables, flat);
        DataType type = workingType(model);
        boolean half = flat.dataType() != type;
        INDArray wide = half ? flat.castTo(type) : flat;
        PreconditionerStep step = new PreconditionerStep(
                model,
                layout,
                variables,
                summed,
                wide,
                labels,
                iteration,
                epoch,
                index -> group.learningRate(index, iteration, epoch),
                model.score());
        advanced.add(preconditioner);
        try {
            preconditioner.precondition(step);
        } catch (ArithmeticException e) {
            throw new NonFiniteException(group.settings().method() + ": " + e.getMessage(), e);
        }
        if (half) {
            flat.assign(wide);
        }
        if (!preconditioner.seesRegularization()) {
            UpdaterGradient.regularize(model, group.blocks(), flat);
        }
        layout.clearUntrainable(flat);
        requireUsable(group, "preconditioned gradient", "; raise the damping if it goes on", layout, variables, flat);
        for (UpdaterBlock block : group.blocks()) {
            ((GradientConsumer) block.getGradientUpdater())
                    .acceptGradient(part(flat, block.getParamOffsetStart(), block.getParamOffsetEnd()), iteration);
        }
    }

    /** Bytes of all state of a network's preconditioners; 0 for a network that has none. */
    static long stateBytes(Model model) {
        NetworkPreconditioners known = ALL.get(model);
        if (known == null) {
            return 0;
        }
        return known.states().values().stream()
                .flatMap(state -> state.all().values().stream())
                .mapToLong(array -> array.length() * array.dataType().width())
                .sum();
    }

    /** Writes every state. */
    Map<String, SavedArrays> states() {
        Map<String, SavedArrays> states = new TreeMap<>();
        preconditioners.forEach((key, preconditioner) -> states.put(key, preconditioner.state()));
        return states;
    }

    /** The states, with arrays of their own. */
    Map<String, SavedArrays> copiedStates() {
        Map<String, SavedArrays> copies = new TreeMap<>();
        states().forEach((key, state) -> copies.put(key, state.copy()));
        return copies;
    }

    /** Preconditioners of a network, by key, without state. */
    static Map<String, Preconditioner> fresh(Model model) {
        ParameterLayout layout = ParameterLayout.of(model);
        Map<String, Preconditioner> fresh = new TreeMap<>();
        for (Group group : groups(blocks(model))) {
            fresh.put(group.key(), create(model, layout, group));
        }
        return fresh;
    }

    /**
     * Takes the place of what was known of a network.
     *
     * @param fresh from {@link #fresh}; Modified
     * @param states by key; arrays are taken over
     * @throws IllegalArgumentException if they are those of another network, method or setting; nothing is then changed
     */
    void restore(Map<String, Preconditioner> fresh, Map<String, SavedArrays> states) {
        Map<String, Preconditioner> restored = new TreeMap<>();
        states.forEach((key, state) -> {
            Preconditioner preconditioner = place(fresh, key);
            preconditioner.restore(state);
            state.requireAllRead();
            restored.put(key, preconditioner);
        });
        preconditioners.clear();
        preconditioners.putAll(restored);
    }

    /**
     * The preconditioner a saved state is for.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Preconditioner place(Map<String, Preconditioner> fresh, String key) {
        Preconditioner preconditioner = fresh.get(key);
        if (preconditioner == null) {
            throw new IllegalArgumentException("the saved state is one of '" + key + "', but this network has "
                    + (fresh.isEmpty() ? "no preconditioner" : fresh.keySet().toString())
                    + " (method @ first parameter): it is of another network or of another optimizer");
        }
        return preconditioner;
    }

    private Preconditioner preconditioner(Model model, Group group, boolean coldStart) {
        Preconditioner known = preconditioners.get(group.key());
        if (known != null) {
            return known;
        }
        if (Networks.iteration(model) > 0 && !coldStart) {
            throw new IllegalStateException(group.settings().method() + " has no state although the network is at"
                    + " iteration " + Networks.iteration(model)
                    + ": a file written or read by ModelSerializer alone, and"
                    + " a clone of a network, do not carry it. Save with Checkpoints.save and load with"
                    + " Checkpoints.restoreMultiLayerNetwork or restoreComputationGraph; to go on with an empty state,"
                    + " use CurvatureListener.builder().coldStart(true)");
        }
        Preconditioner created = create(model, ParameterLayout.of(model), group);
        preconditioners.put(group.key(), created);
        return created;
    }

    private static Preconditioner create(Model model, ParameterLayout layout, Group group) {
        WrongGradients.warnAbout(model);
        Preconditioning settings = group.settings();
        if (settings instanceof MfacSettings mfac) {
            return new MfacPreconditioner(mfac, group.variables(layout), workingType(model));
        }
        if (settings instanceof KfacSettings kfac) {
            return new KfacPreconditioner(kfac, model, group.variables(layout), workingType(model));
        }
        if (settings instanceof MkorSettings mkor) {
            return new MkorPreconditioner(mkor, model, group.variables(layout), workingType(model));
        }
        throw new IllegalStateException("no preconditioner for " + settings);
    }

    private static DataType workingType(Model model) {
        return model.params().dataType() == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
    }

    private static List<Group> groups(List<UpdaterBlock> blocks) {
        Map<Preconditioning, Group> groups = new LinkedHashMap<>();
        for (UpdaterBlock block : blocks) {
            Preconditioning settings = ((GradientConsumer) block.getGradientUpdater()).preconditioning();
            groups.computeIfAbsent(settings, key -> new Group(key, new ArrayList<>()))
                    .blocks()
                    .add(block);
        }
        return List.copyOf(groups.values());
    }

    private INDArray buffer(Model model) {
        INDArray current = gradient;
        INDArray parameters = model.params();
        if (current == null || current.length() != parameters.length() || current.dataType() != parameters.dataType()) {
            current = Nd4j.createUninitialized(parameters.dataType(), parameters.length());
            gradient = current;
        }
        return current;
    }

    /** Variables that lie together are counted together: on small networks each count is a fixed cost. */
    private static void requireUsable(
            Group group,
            String what,
            String remedy,
            ParameterLayout layout,
            List<ParameterLayout.Variable> variables,
            INDArray flat) {
        // Where HALF is the type, the base updater may well live with what it cannot square.
        boolean squared = flat.dataType() != DataType.FLOAT16;
        double limit = NotFinite.squareLimit(flat.dataType());
        long unusable = 0;
        for (int i = 0, next; i < variables.size(); i = next) {
            next = i + 1;
            while (next < variables.size()
                    && variables.get(next).start() == variables.get(next - 1).end()) {
                next++;
            }
            INDArray part =
                    part(flat, variables.get(i).start(), variables.get(next - 1).end());
            unusable += squared ? NotFinite.countBeyond(part, limit) : NotFinite.count(part);
        }
        if (unusable > 0) {
            throw new NonFiniteException(group.settings().method() + ": the " + what + " has "
                    + Unusable.entries(layout, flat, variable -> squared && variables.contains(variable), 1) + remedy);
        }
    }

    private static INDArray part(INDArray flat, long start, long end) {
        return start == 0 && end == flat.length() ? flat : flat.get(NDArrayIndex.interval(start, end));
    }
}
