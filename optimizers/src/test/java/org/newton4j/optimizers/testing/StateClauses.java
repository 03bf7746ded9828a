/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** What is promised about the state: its size, its views, and that there is nothing beside it. */
final class StateClauses {

    private static final int N = Trial.N;

    private final UpdaterContract contract;
    private final Trial trial;

    StateClauses(UpdaterContract contract) {
        this.contract = contract;
        this.trial = new Trial(contract, DataType.DOUBLE);
    }

    void stateSize() {
        IUpdater updater = contract.updater();
        long each = updater.stateSize(1);
        assertThat(each).as("state values of one parameter").isNotNegative();
        for (long n : new long[] {0, 1, 2, 3, 7, 100, 1001, 123_457}) {
            assertThat(updater.stateSize(n))
                    .as("state values of %d parameters", n)
                    .isEqualTo(each * n);
        }
    }

    void stateOverflow() {
        IUpdater updater = contract.updater();
        long each = updater.stateSize(1);
        if (each == 0) {
            return;
        }
        long fits = Integer.MAX_VALUE / each;
        assertThat(updater.stateSize(fits)).isEqualTo(each * fits);
        for (long tooMany : new long[] {fits + 1, 1L << 62}) {
            Throwable refusal = catchThrowable(() -> updater.stateSize(tooMany));
            assertThat(refusal)
                    .as("stateSize(%d) does not fit an int and has to be refused", tooMany)
                    .isInstanceOf(RuntimeException.class);
            assertThat(refusal.getMessage()).isNotBlank();
        }
    }

    void stateViews() {
        List<double[]> expected = trial.trace(contract.updater());
        IUpdater updater = contract.updater();
        long size = updater.stateSize(N);
        if (size > 0) {
            GradientUpdater<?> row =
                    updater.instantiate(Nd4j.valueArrayOf(new long[] {1, size}, 7.0, DataType.DOUBLE), true);
            assertThat(Traces.equal(trial.run(row, 0, 6, N), expected))
                    .as("a state view [1, n] steps like [n]")
                    .isTrue();
        }
        INDArray states = Nd4j.valueArrayOf(new long[] {size + 7}, 7.0, DataType.DOUBLE);
        INDArray gradients = Nd4j.valueArrayOf(new long[] {N + 7}, 9.0, DataType.DOUBLE);
        INDArray gradient = Trial.slice(gradients, 5, 5 + N);
        GradientUpdater<?> middle = updater.instantiate(size == 0 ? null : Trial.slice(states, 3, 3 + size), true);
        for (int iteration = 0; iteration < expected.size(); iteration++) {
            gradient.assign(trial.vector(Trial.sample(iteration, N)));
            contract.beforeStep(middle, gradient, trial.vector(Trial.sample(iteration + 1000, N)), iteration);
            middle.applyUpdater(gradient, iteration, 0);
            assertThat(Trial.values(gradient)).as("a view in the middle").isEqualTo(expected.get(iteration));
        }
        double[] left = Trial.values(states);
        assertThat(Trial.part(left, 0, 3)).as("what lies before the state view").containsOnly(7);
        assertThat(Trial.part(left, 3 + (int) size, left.length))
                .as("what lies after it")
                .containsOnly(7);
        double[] around = Trial.values(gradients);
        assertThat(Trial.part(around, 0, 5)).as("what lies before the gradient").containsOnly(9);
        assertThat(Trial.part(around, 5 + N, around.length))
                .as("what lies after it")
                .containsOnly(9);
    }

    void initialization() {
        IUpdater updater = contract.updater();
        INDArray sevens = trial.view(updater, N, 7);
        INDArray nans = trial.view(updater, N, Double.NaN);
        if (sevens == null || nans == null) {
            return;
        }
        updater.instantiate(sevens, false);
        assertThat(Trial.values(sevens))
                .as("a view that is not to be initialized")
                .containsOnly(7);
        GradientUpdater<?> first = updater.instantiate(sevens, true);
        GradientUpdater<?> second = updater.instantiate(nans, true);
        assertThat(Trial.values(sevens)).as("two initialized views").isEqualTo(Trial.values(nans));
        assertThat(Traces.equal(trial.run(first, 0, 6, N), trial.run(second, 0, 6, N)))
                .as("what was in the view before does not matter")
                .isTrue();
    }

    void stateInView() {
        IUpdater updater = contract.updater();
        INDArray view = trial.view(updater, N, 7);
        GradientUpdater<?> first = updater.instantiate(view, true);
        trial.run(first, 0, 5, N);
        // Deeplearning4j's restore: initialize, then write the saved values over the view.
        INDArray restoredView = trial.view(updater, N, 7);
        GradientUpdater<?> restored = contract.updater().instantiate(restoredView, true);
        if (view != null && restoredView != null) {
            restoredView.assign(view);
        }
        List<double[]> expected = trial.run(first, 5, 11, N);
        assertThat(Traces.equal(trial.run(restored, 5, 11, N), expected))
                .as("an updater on a restored view goes on as if it had not been interrupted")
                .isTrue();
    }

    void stateMap() {
        GradientUpdater<?> first = trial.start(contract.updater(), N);
        trial.run(first, 0, 5, N);
        Map<String, INDArray> copy = new HashMap<>();
        first.getState().forEach((key, vector) -> copy.put(key, vector.dup()));
        assertThat(copy.values().stream().mapToLong(INDArray::length).sum())
                .as("values in the state map")
                .isEqualTo(contract.updater().stateSize(N));
        GradientUpdater<?> restored = contract.updater().instantiate(copy, false);
        List<double[]> expected = trial.run(first, 5, 11, N);
        assertThat(Traces.equal(trial.run(restored, 5, 11, N), expected))
                .as("an updater made from a copied state map goes on as if it had not been interrupted")
                .isTrue();
    }

    /** Steps a block whole, in two parts, and whole again, moving the state as setLearningRate does. */
    void blockLayout() {
        IUpdater updater = contract.updater();
        int cut = N / 3;
        int slots = Math.toIntExact(updater.stateSize(1));
        List<double[]> expected = trial.run(trial.start(updater, N), 0, 9, N);

        INDArray whole = trial.view(updater, N, 7);
        trial.run(updater.instantiate(whole, true), 0, 3, N);
        INDArray head = trial.view(updater, cut, 7);
        INDArray tail = trial.view(updater, N - cut, 7);
        move(whole, head, tail, slots, cut, true);
        GradientUpdater<?> headUpdater = contract.updater().instantiate(head, false);
        GradientUpdater<?> tailUpdater = contract.updater().instantiate(tail, false);
        for (int iteration = 3; iteration < 6; iteration++) {
            double[] gradient = Trial.sample(iteration, N);
            double[] curvature = Trial.sample(iteration + 1000, N);
            double[] joined = Arrays.copyOf(
                    trial.step(headUpdater, iteration, 0, Trial.part(gradient, 0, cut), Trial.part(curvature, 0, cut)),
                    N);
            double[] rest =
                    trial.step(tailUpdater, iteration, 0, Trial.part(gradient, cut, N), Trial.part(curvature, cut, N));
            System.arraycopy(rest, 0, joined, cut, N - cut);
            assertThat(joined)
                    .as("update of iteration %d in two parts", iteration)
                    .isEqualTo(expected.get(iteration));
        }
        move(whole, head, tail, slots, cut, false);
        assertThat(Traces.equal(
                        trial.run(contract.updater().instantiate(whole, false), 6, 9, N), expected.subList(6, 9)))
                .as("the merged block goes on as if it had never been cut")
                .isTrue();
    }

    void independence() {
        IUpdater updater = contract.updater();
        List<double[]> expected = trial.trace(contract.updater());
        GradientUpdater<?> first = trial.start(updater, N);
        GradientUpdater<?> second = trial.start(updater, N);
        GradientUpdater<?> ofClone = trial.start(updater.clone(), N);
        for (int iteration = 0; iteration < expected.size(); iteration++) {
            for (GradientUpdater<?> each : List.of(first, second, ofClone)) {
                assertThat(trial.step(each, iteration, Trial.sample(iteration, N)))
                        .as("update of iteration %d beside others", iteration)
                        .isEqualTo(expected.get(iteration));
            }
        }
    }

    private static void move(INDArray whole, INDArray head, INDArray tail, int slots, int cut, boolean apart) {
        for (int slot = 0; slot < slots; slot++) {
            int rest = N - cut;
            INDArray wholeHead = Trial.slice(whole, (long) slot * N, (long) slot * N + cut);
            INDArray wholeTail = Trial.slice(whole, (long) slot * N + cut, (long) slot * N + N);
            INDArray headPart = Trial.slice(head, (long) slot * cut, (long) slot * cut + cut);
            INDArray tailPart = Trial.slice(tail, (long) slot * rest, (long) slot * rest + rest);
            (apart ? headPart : wholeHead).assign(apart ? wholeHead : headPart);
            (apart ? tailPart : wholeTail).assign(apart ? wholeTail : tailPart);
        }
    }
}
