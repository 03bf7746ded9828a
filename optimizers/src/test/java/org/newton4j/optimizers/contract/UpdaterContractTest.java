/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.listeners.ScoreIterationListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherFactory;
import org.newton4j.optimizers.contract.HeavyBallContract.Constructor;
import org.newton4j.optimizers.testing.Clause;
import org.newton4j.optimizers.testing.ClauseTest;
import org.newton4j.optimizers.testing.UpdaterContract;

/** The contract catches what it says: each mistake fails the clause that is named for it. */
class UpdaterContractTest {

    /** What the contract classes below answer; they are built by JUnit and so cannot be handed anything. */
    private static Constructor constructor = HeavyBall::new;

    private static Map<Clause, String> deviations = Map.of();
    private static List<TrainingListener> listeners = List.of();

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake("loses a field", BrokenUpdaters.LosesField::new, Clause.JSON, Clause.YAML),
                mistake("is not serializable", BrokenUpdaters.NotSerializable::new, Clause.JAVA_SERIALIZATION),
                mistake("clone is this", BrokenUpdaters.CloneIsThis::new, Clause.CLONE),
                mistake("clone shares", BrokenUpdaters.CloneShares::new, Clause.CLONE),
                mistake("equals misses a field", BrokenUpdaters.EqualsMissesField::new, Clause.EQUALITY, Clause.BLOCKS),
                mistake("equals is identity", BrokenUpdaters.EqualsIsIdentity::new, Clause.EQUALITY, Clause.BLOCKS),
                mistake("ignores momentum", BrokenUpdaters.IgnoresMomentum::new, Clause.HYPER_PARAMETERS),
                mistake("has an untried field", BrokenUpdaters.HasUntriedField::new, Clause.HYPER_PARAMETERS),
                mistake("accepts nonsense", BrokenUpdaters.AcceptsNonsense::new, Clause.NONSENSE),
                mistake(
                        "uses a fixed rate",
                        BrokenUpdaters.FixedRate::new,
                        Clause.LEARNING_RATE,
                        Clause.NETWORK_LEARNING_RATE),
                mistake(
                        "ignores a new rate",
                        BrokenUpdaters.IgnoresSetRate::new,
                        Clause.LEARNING_RATE,
                        Clause.NETWORK_LEARNING_RATE),
                mistake("ignores the schedule", BrokenUpdaters.IgnoresSchedule::new, Clause.SCHEDULE),
                mistake("ignores the epoch", BrokenUpdaters.IgnoresEpoch::new, Clause.SCHEDULE),
                mistake("size is not additive", BrokenUpdaters.SizeIsNotAdditive::new, Clause.STATE_SIZE),
                mistake("overflows", BrokenUpdaters.Overflows::new, Clause.STATE_OVERFLOW),
                mistake("knows rank one only", BrokenUpdaters.RankOneOnly::new, Clause.STATE_VIEWS),
                mistake("clears beside the view", BrokenUpdaters.ClearsBeside::new, Clause.STATE_VIEWS),
                mistake("never initializes", BrokenUpdaters.NeverInitializes::new, Clause.INITIALIZATION),
                mistake(
                        "always initializes",
                        BrokenUpdaters.AlwaysInitializes::new,
                        Clause.INITIALIZATION,
                        Clause.SCHEDULE),
                mistake(
                        "state beside the view",
                        BrokenUpdaters.StateBesideView::new,
                        Clause.STATE_IN_VIEW,
                        Clause.RESUMES_NETWORK,
                        Clause.RESUMES_GRAPH,
                        Clause.CLONES_NETWORK,
                        Clause.SPLIT_AND_MERGE,
                        Clause.LAYER_LEARNING_RATE),
                mistake("ignores the state map", BrokenUpdaters.IgnoresStateMap::new, Clause.STATE_MAP),
                mistake("normalizes the block", BrokenUpdaters.NormalizesBlock::new, Clause.BLOCK_LAYOUT),
                mistake("counts for all", BrokenUpdaters.CountsForAll::new, Clause.INDEPENDENCE),
                mistake("keeps NaN", BrokenUpdaters.KeepsNan::new, Clause.NON_FINITE_GRADIENT),
                mistake("vanishes late", BrokenUpdaters.VanishesLate::new, Clause.LATE_ITERATION),
                mistake("corrects by iteration", BrokenUpdaters.CorrectsByIteration::new, Clause.COLD_START),
                mistake("rounds float", BrokenUpdaters.RoundsFloat::new, Clause.DATA_TYPES),
                mistake(
                        "knows float only",
                        BrokenUpdaters.FloatOnly::new,
                        Clause.DATA_TYPES,
                        Clause.DATA_TYPE_CONVERSION),
                mistake(
                        "walks uphill",
                        BrokenUpdaters.WrongSign::new,
                        Clause.QUADRATIC,
                        Clause.ROSENBROCK,
                        Clause.TRAINS_NETWORK,
                        Clause.TRAINS_GRAPH));
    }

    private static Arguments mistake(String name, Constructor constructor, Clause... caughtBy) {
        return Arguments.of(name, constructor, Set.of(caughtBy));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void each_mistake_should_be_caught_by_its_clauses(String name, Constructor mistaken, Set<Clause> caughtBy) {
        for (Clause clause : caughtBy) {
            assertThat(run(mistaken, Map.of(), List.of(), clause).getStatus())
                    .as("%s against an updater that %s", clause, name)
                    .isEqualTo(TestExecutionResult.Status.FAILED);
        }
    }

    @Test
    void an_updater_that_trains_without_its_listener_should_be_caught() {
        TestExecutionResult result =
                run(HeavyBall::new, Map.of(), List.of(new ScoreIterationListener(100)), Clause.MISSING_LISTENER);
        assertThat(result.getStatus()).isEqualTo(TestExecutionResult.Status.FAILED);
    }

    @Test
    void every_clause_should_have_one_test_and_catch_a_mistake() {
        assertThat(Arrays.stream(UpdaterContract.class.getDeclaredMethods())
                        .map(method -> method.getAnnotation(ClauseTest.class))
                        .filter(test -> test != null)
                        .map(ClauseTest::value))
                .containsExactlyInAnyOrder(Clause.values());

        Set<Clause> caught = EnumSet.of(Clause.MISSING_LISTENER);
        mistakes().forEach(row -> ((Set<?>) row.get()[2]).forEach(clause -> caught.add((Clause) clause)));
        assertThat(caught).containsExactlyInAnyOrder(Clause.values());
    }

    @Test
    void no_clause_should_be_replaceable_by_an_empty_one() {
        assertThat(Arrays.stream(UpdaterContract.class.getDeclaredMethods())
                        .filter(method -> method.isAnnotationPresent(ClauseTest.class)))
                .allMatch(method -> Modifier.isFinal(method.getModifiers()));
    }

    @Test
    void a_declared_deviation_should_be_skipped_with_its_reason() {
        TestExecutionResult result = run(
                BrokenUpdaters.KeepsNan::new,
                Map.of(Clause.NON_FINITE_GRADIENT, "bad batches are filtered before"),
                List.of(),
                Clause.NON_FINITE_GRADIENT);
        assertThat(result.getStatus()).isEqualTo(TestExecutionResult.Status.ABORTED);
        assertThat(result.getThrowable().orElseThrow())
                .hasMessageContaining("NON_FINITE_GRADIENT does not hold, as declared: bad batches are filtered before")
                .hasCauseInstanceOf(AssertionError.class);
    }

    @ParameterizedTest
    @EnumSource(names = {"JSON", "NON_FINITE_GRADIENT", "STATE_SIZE"})
    void a_deviation_that_is_none_should_fail(Clause clause) {
        TestExecutionResult result = run(HeavyBall::new, Map.of(clause, "some reason"), List.of(), clause);
        assertThat(result.getStatus()).isEqualTo(TestExecutionResult.Status.FAILED);
        assertThat(result.getThrowable().orElseThrow()).hasMessageContaining("delete the entry");
    }

    @Test
    void a_deviation_without_a_reason_should_fail() {
        TestExecutionResult result = run(
                BrokenUpdaters.KeepsNan::new,
                Map.of(Clause.NON_FINITE_GRADIENT, " "),
                List.of(),
                Clause.NON_FINITE_GRADIENT);
        assertThat(result.getStatus()).isEqualTo(TestExecutionResult.Status.FAILED);
        assertThat(result.getThrowable().orElseThrow()).hasMessageContaining("without a reason");
    }

    @Test
    void forgotten_variants_and_nonsense_should_fail() {
        for (Clause clause : List.of(Clause.EQUALITY, Clause.HYPER_PARAMETERS, Clause.NONSENSE)) {
            TestExecutionResult result = run(Silent.class, clause);
            assertThat(result.getStatus()).as("%s", clause).isEqualTo(TestExecutionResult.Status.FAILED);
            assertThat(result.getThrowable().orElseThrow()).hasMessageContaining("is empty");
        }
    }

    /** What the parameterized tests run; not named like a test, so it is run by them only. */
    static class Subject extends HeavyBallContract {
        Subject() {
            super((learningRate, momentum) -> constructor.make(learningRate, momentum));
        }

        @Override
        protected Map<Clause, String> deviations() {
            return deviations;
        }

        @Override
        protected List<TrainingListener> listeners() {
            return listeners;
        }
    }

    /** Says nothing but the updater. */
    static class Silent extends UpdaterContract {
        @Override
        protected org.nd4j.linalg.learning.config.IUpdater updater() {
            return new HeavyBall(0.05, 0.8);
        }
    }

    private static TestExecutionResult run(
            Constructor made, Map<Clause, String> declared, List<TrainingListener> needed, Clause clause) {
        constructor = made;
        deviations = declared;
        listeners = needed;
        return run(Subject.class, clause);
    }

    private static TestExecutionResult run(Class<? extends UpdaterContract> contract, Clause clause) {
        Results results = new Results();
        // Other engines on the class path are not wanted here.
        LauncherFactory.create(LauncherConfig.builder()
                        .enableTestEngineAutoRegistration(false)
                        .addTestEngines(new JupiterTestEngine())
                        .build())
                .execute(
                        request()
                                .selectors(selectMethod(contract, method(clause)))
                                .build(),
                        results);
        return results.only.orElseThrow(() -> new AssertionError("the test of " + clause + " was not run"));
    }

    private static Method method(Clause clause) {
        List<Method> methods = Arrays.stream(UpdaterContract.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(ClauseTest.class)
                        && method.getAnnotation(ClauseTest.class).value() == clause)
                .collect(Collectors.toList());
        assertThat(methods).hasSize(1);
        return methods.get(0);
    }

    private static final class Results implements TestExecutionListener {
        private Optional<TestExecutionResult> only = Optional.empty();

        @Override
        public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
            if (identifier.isTest()) {
                assertThat(only).isEmpty();
                only = Optional.of(result);
            }
        }
    }
}
