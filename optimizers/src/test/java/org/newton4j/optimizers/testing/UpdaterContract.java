/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * What every updater has to keep to be exchangeable in Deeplearning4j, as JUnit 5 tests: subclass it for an updater of
 * your own, and an optimizer swap is unit-tested.
 *
 * <p>Dependencies, all in scope {@code test} unless your code needs them anyway: the test jar, JUnit 5.9 or newer,
 * AssertJ 3.24 or newer, Deeplearning4j and a backend. {@code newton4j-optimizers} itself is needed only to test
 * optimizers of this library or built on it.
 *
 * <pre>{@code
 * <dependency>
 *   <groupId>org.newton4j</groupId>
 *   <artifactId>newton4j-optimizers</artifactId>
 *   <version>0.1.0-SNAPSHOT</version>
 *   <type>test-jar</type>
 *   <scope>test</scope>
 * </dependency>
 * <dependency>
 *   <groupId>org.junit.jupiter</groupId>
 *   <artifactId>junit-jupiter</artifactId>
 *   <version>5.14.4</version>
 *   <scope>test</scope>
 * </dependency>
 * <dependency>
 *   <groupId>org.assertj</groupId>
 *   <artifactId>assertj-core</artifactId>
 *   <version>3.27.7</version>
 *   <scope>test</scope>
 * </dependency>
 * }</pre>
 *
 * <p>A subclass, imports left out:
 *
 * <pre>{@code
 * class AdamContractTest extends UpdaterContract {
 *     protected IUpdater updater() {
 *         return new Adam(0.01, 0.8, 0.9, 1e-6);
 *     }
 *     protected List<IUpdater> variants() {
 *         return List.of(new Adam(0.01, 0.7, 0.9, 1e-6), new Adam(0.01, 0.8, 0.8, 1e-6), new Adam(0.01, 0.8, 0.9, 1e-3));
 *     }
 *     protected Map<Clause, String> deviations() {
 *         return Map.of(
 *                 Clause.NONSENSE, "Deeplearning4j checks no hyper-parameter",
 *                 Clause.STATE_OVERFLOW, "Deeplearning4j casts state sizes to int without a check",
 *                 Clause.NON_FINITE_GRADIENT, "NaN stays in both moments",
 *                 Clause.COLD_START, "the bias correction counts from iteration 0");
 *     }
 * }
 * }</pre>
 *
 * <p>The learning rates for {@link #quadratic} and {@link #rosenbrock} suit updaters that, like Adam, do not depend on the
 * scale of the gradient; give others. Updaters that need listeners name them in {@link #listeners}.
 *
 * <p>Each test is a {@link Clause}. A clause that an updater honestly does not keep is declared with a reason in
 * {@link #deviations}; it is run all the same, shown as skipped with the reason, and fails once the declaration is no
 * longer needed. Nothing is left out silently: without {@link #variants} or {@link #nonsense} their clauses fail. For
 * optimizers of this library both are found by themselves.
 *
 * <p>Networks are small and data are invented, so all clauses together take seconds. Tests draw nothing from ND4J's
 * generator except through the initial weights of networks with a fixed seed.
 */
@ExtendWith(DeclaredDeviations.class)
public abstract class UpdaterContract {

    private static final double DEFAULT_LEARNING_RATE = 0.05;
    private static final int DEFAULT_MINIMIZER_STEPS = 4000;
    private static final int DEFAULT_TRAINING_STEPS = 60;

    private final ConfigurationClauses configuration = new ConfigurationClauses(this);
    private final StateClauses state = new StateClauses(this);
    private final StepClauses steps = new StepClauses(this);
    private final ConvergenceClauses convergence = new ConvergenceClauses(this);
    private final NetworkClauses networks = new NetworkClauses(this);

    /** For subclasses. */
    protected UpdaterContract() {}

    // What a subclass says about its updater.

    /**
     * The updater under test.
     *
     * @return a new one at every call, always with the same values and a constant learning rate, if it has one, with
     *     which the small networks can be trained; values that differ from the defaults test more
     */
    protected abstract IUpdater updater();

    /**
     * Updaters that differ from {@link #updater} in one hyper-parameter each, other than the learning rate. Together
     * they have to change every value the updater writes into its JSON.
     *
     * @return for optimizers of this library one for each setter of the builder, else nothing
     */
    protected List<IUpdater> variants() {
        return Newton4jUpdaters.variants(updater());
    }

    /**
     * Ways to build the updater that have to be refused with an exception.
     *
     * @return by description; for optimizers of this library NaN and infinity in every setter, else nothing
     */
    protected Map<String, Callable<IUpdater>> nonsense() {
        return Newton4jUpdaters.nonsense(updater());
    }

    /**
     * Clauses that this updater does not keep, each with the reason.
     *
     * @return nothing by default
     */
    protected Map<Clause, String> deviations() {
        return Map.of();
    }

    /**
     * Listeners a network needs to train with the updater.
     *
     * @return new ones at every call; none by default
     */
    protected List<TrainingListener> listeners() {
        return List.of();
    }

    /**
     * Called before every step outside of a network, for updaters that want more than the gradient.
     *
     * @param updater about to step
     * @param gradient of the step
     * @param curvature diagonal of the Hessian, with the length and type of the gradient; invented where there is no
     *     function
     * @param iteration of the step, 0-based
     */
    protected void beforeStep(GradientUpdater<?> updater, INDArray gradient, INDArray curvature, int iteration) {
        Newton4jUpdaters.deliver(updater, gradient, curvature, iteration);
    }

    /**
     * Learning rate and steps for (x² + 10 y² + 100 z²) / 2, which has to fall from 18 to below 1e-6.
     *
     * @return by default 4000 steps with a learning rate that decays from 0.05
     */
    protected Budget quadratic() {
        return Budget.decaying(DEFAULT_LEARNING_RATE, DEFAULT_MINIMIZER_STEPS);
    }

    /**
     * Learning rate and steps for (1 - x)² + 100 (y - x²)² from (-0.5, 0.5), which has to fall from 8.5 to below 1e-3.
     *
     * @return by default 4000 steps with a constant learning rate of 0.05
     */
    protected Budget rosenbrock() {
        return Budget.constant(DEFAULT_LEARNING_RATE, DEFAULT_MINIMIZER_STEPS);
    }

    /**
     * Steps in which the loss of a network on one batch of 16 examples has to fall by a tenth.
     *
     * @return 60 by default
     */
    protected int trainingSteps() {
        return DEFAULT_TRAINING_STEPS;
    }

    /**
     * Saves a network so that training can go on.
     *
     * @param model a {@code MultiLayerNetwork} or a {@code ComputationGraph}
     * @param file to write, does not exist yet
     * @throws IOException if it cannot be written
     */
    protected void save(Model model, File file) throws IOException {
        ModelSerializer.writeModel(model, file, true);
    }

    /**
     * Restores what {@link #save} wrote.
     *
     * @param file to read
     * @return the network, without listeners
     * @throws IOException if it cannot be read
     */
    protected MultiLayerNetwork restoreNetwork(File file) throws IOException {
        return ModelSerializer.restoreMultiLayerNetwork(file, true);
    }

    /**
     * Restores what {@link #save} wrote.
     *
     * @param file to read
     * @return the graph, without listeners
     * @throws IOException if it cannot be read
     */
    protected ComputationGraph restoreGraph(File file) throws IOException {
        return ModelSerializer.restoreComputationGraph(file, true);
    }

    /**
     * Clones a trained network so that training can go on.
     *
     * @param net to clone; Not modified
     * @return the clone
     */
    protected MultiLayerNetwork cloned(MultiLayerNetwork net) {
        return net.clone();
    }

    /**
     * Converts a trained network to another data type so that training can go on.
     *
     * @param net to convert; Not modified
     * @param type of the new network
     * @return the new network
     */
    protected MultiLayerNetwork converted(MultiLayerNetwork net, DataType type) {
        return net.convertDataType(type);
    }

    // The clauses. Final, so that none can be replaced by an empty one.

    /** {@link Clause#JSON}. */
    @ClauseTest(Clause.JSON)
    public final void json_round_trip() throws Exception {
        configuration.json();
    }

    /** {@link Clause#YAML}. */
    @ClauseTest(Clause.YAML)
    public final void yaml_round_trip() throws Exception {
        configuration.yaml();
    }

    /** {@link Clause#JAVA_SERIALIZATION}. */
    @ClauseTest(Clause.JAVA_SERIALIZATION)
    public final void java_serialization_round_trip() throws Exception {
        configuration.javaSerialization();
    }

    /** {@link Clause#CLONE}. */
    @ClauseTest(Clause.CLONE)
    public final void a_clone_is_equal_and_shares_nothing() throws Exception {
        configuration.clones();
    }

    /** {@link Clause#EQUALITY}. */
    @ClauseTest(Clause.EQUALITY)
    public final void equality_covers_every_hyper_parameter() {
        configuration.equality();
    }

    /** {@link Clause#HYPER_PARAMETERS}. */
    @ClauseTest(Clause.HYPER_PARAMETERS)
    public final void every_hyper_parameter_has_an_effect() throws Exception {
        configuration.hyperParameters();
    }

    /** {@link Clause#NONSENSE}. */
    @ClauseTest(Clause.NONSENSE)
    public final void nonsense_is_refused() {
        configuration.nonsense();
    }

    /** {@link Clause#LEARNING_RATE}. */
    @ClauseTest(Clause.LEARNING_RATE)
    public final void the_learning_rate_is_reported_and_used() {
        configuration.learningRate();
    }

    /** {@link Clause#SCHEDULE}. */
    @ClauseTest(Clause.SCHEDULE)
    public final void schedules_are_followed() {
        configuration.schedule();
    }

    /** {@link Clause#STATE_SIZE}. */
    @ClauseTest(Clause.STATE_SIZE)
    public final void the_state_is_k_values_per_parameter() {
        state.stateSize();
    }

    /** {@link Clause#STATE_OVERFLOW}. */
    @ClauseTest(Clause.STATE_OVERFLOW)
    public final void a_state_beyond_int_is_refused() {
        state.stateOverflow();
    }

    /** {@link Clause#STATE_VIEWS}. */
    @ClauseTest(Clause.STATE_VIEWS)
    public final void any_view_steps_alike_and_nothing_beside_it_is_touched() {
        state.stateViews();
    }

    /** {@link Clause#INITIALIZATION}. */
    @ClauseTest(Clause.INITIALIZATION)
    public final void initializing_writes_the_whole_view_or_nothing() {
        state.initialization();
    }

    /** {@link Clause#STATE_IN_VIEW}. */
    @ClauseTest(Clause.STATE_IN_VIEW)
    public final void a_restored_view_goes_on_bit_identically() {
        state.stateInView();
    }

    /** {@link Clause#STATE_MAP}. */
    @ClauseTest(Clause.STATE_MAP)
    public final void a_copied_state_map_goes_on_bit_identically() {
        state.stateMap();
    }

    /** {@link Clause#BLOCK_LAYOUT}. */
    @ClauseTest(Clause.BLOCK_LAYOUT)
    public final void a_block_steps_like_its_parts() {
        state.blockLayout();
    }

    /** {@link Clause#INDEPENDENCE}. */
    @ClauseTest(Clause.INDEPENDENCE)
    public final void updaters_do_not_influence_each_other() {
        state.independence();
    }

    /** {@link Clause#NON_FINITE_GRADIENT}. */
    @ClauseTest(Clause.NON_FINITE_GRADIENT)
    public final void a_gradient_that_is_not_finite_poisons_nothing() {
        steps.nonFiniteGradient();
    }

    /** {@link Clause#LATE_ITERATION}. */
    @ClauseTest(Clause.LATE_ITERATION)
    public final void late_steps_are_finite() {
        steps.lateIteration();
    }

    /** {@link Clause#COLD_START}. */
    @ClauseTest(Clause.COLD_START)
    public final void a_late_first_step_is_a_first_step() {
        steps.coldStart();
    }

    /** {@link Clause#DATA_TYPES}. */
    @ClauseTest(Clause.DATA_TYPES)
    public final void float_and_double_agree() {
        steps.dataTypes();
    }

    /** {@link Clause#QUADRATIC}. */
    @ClauseTest(Clause.QUADRATIC)
    public final void a_quadratic_is_minimized() {
        convergence.quadratic();
    }

    /** {@link Clause#ROSENBROCK}. */
    @ClauseTest(Clause.ROSENBROCK)
    public final void rosenbrock_is_minimized() {
        convergence.rosenbrock();
    }

    /** {@link Clause#TRAINS_NETWORK}. */
    @ClauseTest(Clause.TRAINS_NETWORK)
    public final void training_lowers_the_loss_of_a_network() {
        networks.trainsNetwork();
    }

    /** {@link Clause#TRAINS_GRAPH}. */
    @ClauseTest(Clause.TRAINS_GRAPH)
    public final void training_lowers_the_loss_of_a_graph() {
        networks.trainsGraph();
    }

    /** {@link Clause#RESUMES_NETWORK}. */
    @ClauseTest(Clause.RESUMES_NETWORK)
    public final void a_saved_network_goes_on_bit_identically(@TempDir Path folder) throws Exception {
        networks.resumesNetwork(folder);
    }

    /** {@link Clause#RESUMES_GRAPH}. */
    @ClauseTest(Clause.RESUMES_GRAPH)
    public final void a_saved_graph_goes_on_bit_identically(@TempDir Path folder) throws Exception {
        networks.resumesGraph(folder);
    }

    /** {@link Clause#CLONES_NETWORK}. */
    @ClauseTest(Clause.CLONES_NETWORK)
    public final void a_cloned_network_goes_on_bit_identically() {
        networks.clonesNetwork();
    }

    /** {@link Clause#BLOCKS}. */
    @ClauseTest(Clause.BLOCKS)
    public final void equal_neighbours_share_a_block() {
        networks.blocks();
    }

    /** {@link Clause#SPLIT_AND_MERGE}. */
    @ClauseTest(Clause.SPLIT_AND_MERGE)
    public final void state_survives_the_splitting_and_merging_of_blocks() {
        networks.splitAndMerge();
    }

    /** {@link Clause#LAYER_LEARNING_RATE}. */
    @ClauseTest(Clause.LAYER_LEARNING_RATE)
    public final void a_learning_rate_of_one_layer_leaves_the_others_alone() {
        networks.layerLearningRate();
    }

    /** {@link Clause#NETWORK_LEARNING_RATE}. */
    @ClauseTest(Clause.NETWORK_LEARNING_RATE)
    public final void a_new_learning_rate_keeps_the_state_and_takes_effect() {
        networks.networkLearningRate();
    }

    /** {@link Clause#DATA_TYPE_CONVERSION}. */
    @ClauseTest(Clause.DATA_TYPE_CONVERSION)
    public final void state_survives_a_change_of_data_type() {
        networks.dataTypeConversion();
    }

    /** {@link Clause#MISSING_LISTENER}. */
    @ClauseTest(Clause.MISSING_LISTENER)
    public final void training_without_a_needed_listener_says_so() {
        networks.missingListener();
    }
}
