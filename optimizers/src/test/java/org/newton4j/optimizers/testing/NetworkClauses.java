/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** What is promised about networks that train with the updater. */
final class NetworkClauses {

    private static final List<DataType> TYPES = List.of(DataType.FLOAT, DataType.DOUBLE);

    /** Even and odd, so that a schedule of every second iteration is met on and off. */
    private static final int[] STEPS_BEFORE_SAVING = {4, 5};

    private static final int STEPS_AFTER_SAVING = 6;

    private final UpdaterContract contract;

    NetworkClauses(UpdaterContract contract) {
        this.contract = contract;
    }

    void trainsNetwork() {
        TYPES.forEach(type -> assertTrains(network(type), type));
    }

    void trainsGraph() {
        TYPES.forEach(type -> assertTrains(graph(type), type));
    }

    void resumesNetwork(Path folder) throws IOException {
        for (int steps : STEPS_BEFORE_SAVING) {
            File file = folder.resolve("network" + steps + ".zip").toFile();
            MultiLayerNetwork net = network(DataType.FLOAT);
            train(net, 0, steps, DataType.FLOAT);
            contract.save(net, file);
            assertGoesOnAlike(net, contract.restoreNetwork(file), steps);
        }
    }

    void resumesGraph(Path folder) throws IOException {
        for (int steps : STEPS_BEFORE_SAVING) {
            File file = folder.resolve("graph" + steps + ".zip").toFile();
            Model graph = graph(DataType.FLOAT);
            train(graph, 0, steps, DataType.FLOAT);
            contract.save(graph, file);
            assertGoesOnAlike(graph, contract.restoreGraph(file), steps);
        }
    }

    void clonesNetwork() {
        for (int steps : STEPS_BEFORE_SAVING) {
            MultiLayerNetwork net = network(DataType.FLOAT);
            train(net, 0, steps, DataType.FLOAT);
            assertGoesOnAlike(net, contract.cloned(net), steps);
        }
    }

    void blocks() {
        assertThat(ContractNetworks.blocks(network(contract.updater(), contract.updater())))
                .as("blocks of a network whose layers have equal updaters")
                .isEqualTo(1);
        for (IUpdater variant : contract.variants()) {
            assertThat(ContractNetworks.blocks(network(contract.updater(), variant)))
                    .as("blocks of a network whose layers have the updaters %s and %s", contract.updater(), variant)
                    .isEqualTo(2);
        }
        assertThat(ContractNetworks.blocks(network(contract.updater(), slower())))
                .as("blocks of a network whose layers have different learning rates")
                .isEqualTo(2);
    }

    void splitAndMerge() {
        double rate = contract.updater().getLearningRate(0, 0);
        MultiLayerNetwork straight = network(DataType.DOUBLE);
        MultiLayerNetwork cut = network(DataType.DOUBLE);
        train(straight, 0, 3, DataType.DOUBLE);
        train(cut, 0, 3, DataType.DOUBLE);
        cut.setLearningRate(0, rate / 2);
        assertThat(ContractNetworks.blocks(cut))
                .as("blocks after the learning rate of one layer changed")
                .isEqualTo(2);
        cut.setLearningRate(rate);
        assertThat(ContractNetworks.blocks(cut))
                .as("blocks after it was set back")
                .isEqualTo(1);
        assertAlike(cut, straight);
        train(straight, 3, 6, DataType.DOUBLE);
        train(cut, 3, 6, DataType.DOUBLE);
        assertAlike(cut, straight);
    }

    void layerLearningRate() {
        double rate = contract.updater().getLearningRate(0, 0);
        MultiLayerNetwork straight = network(DataType.DOUBLE);
        MultiLayerNetwork changed = network(DataType.DOUBLE);
        train(straight, 0, 3, DataType.DOUBLE);
        train(changed, 0, 3, DataType.DOUBLE);
        changed.setLearningRate(0, rate / 2);
        train(straight, 3, 4, DataType.DOUBLE);
        train(changed, 3, 4, DataType.DOUBLE);
        for (String name : List.of("1_W", "1_b")) {
            assertThat(Trial.values(changed.getParam(name)))
                    .as("%s, whose learning rate did not change", name)
                    .isEqualTo(Trial.values(straight.getParam(name)));
        }
        assertThat(Trial.values(changed.getParam("0_W")))
                .as("0_W, whose learning rate changed")
                .isNotEqualTo(Trial.values(straight.getParam("0_W")));
        changed.setLearningRate(rate);
        train(changed, 4, 6, DataType.DOUBLE);
        assertFinite(changed);
    }

    void networkLearningRate() {
        double rate = contract.updater().getLearningRate(0, 0);
        MultiLayerNetwork straight = network(DataType.DOUBLE);
        MultiLayerNetwork changed = network(DataType.DOUBLE);
        train(straight, 0, 3, DataType.DOUBLE);
        train(changed, 0, 3, DataType.DOUBLE);
        changed.setLearningRate(rate / 2);
        assertThat(changed.getLearningRate(0)).isEqualTo(rate / 2);
        assertThat(changed.getLearningRate(1)).isEqualTo(rate / 2);
        assertThat(ContractNetworks.state(changed)).as("state").isEqualTo(ContractNetworks.state(straight));
        train(straight, 3, 4, DataType.DOUBLE);
        train(changed, 3, 4, DataType.DOUBLE);
        assertThat(ContractNetworks.params(changed))
                .as("parameters after a step with half the learning rate")
                .isNotEqualTo(ContractNetworks.params(straight));
        changed.setLearningRate(new MapSchedule(ScheduleType.ITERATION, Map.of(0, rate / 4)));
        assertThat(changed.getLearningRate(0)).isEqualTo(rate / 4);
        train(changed, 4, 5, DataType.DOUBLE);
        assertFinite(changed);
    }

    void dataTypeConversion() {
        MultiLayerNetwork net = network(DataType.FLOAT);
        train(net, 0, 3, DataType.FLOAT);
        double[] state = ContractNetworks.state(net);
        double[] params = ContractNetworks.params(net);
        MultiLayerNetwork converted = listen(contract.converted(net, DataType.DOUBLE));
        assertThat(ContractNetworks.state(converted)).as("state in DOUBLE").isEqualTo(state);
        assertThat(ContractNetworks.params(converted))
                .as("parameters in DOUBLE")
                .isEqualTo(params);
        train(converted, 3, 5, DataType.DOUBLE);
        assertThat(ContractNetworks.params(converted)).isNotEqualTo(params);
        assertFinite(converted);
    }

    void missingListener() {
        List<TrainingListener> needed = contract.listeners();
        MultiLayerNetwork net = network(contract.updater(), contract.updater());
        if (needed.isEmpty()) {
            train(net, 0, 2, DataType.DOUBLE);
            assertFinite(net);
            return;
        }
        assertThatThrownBy(() -> train(net, 0, 2, DataType.DOUBLE))
                .as("training without listeners has to fail and name one of them")
                .satisfies(failure -> assertThat(needed)
                        .anySatisfy(listener -> assertThat(failure)
                                .hasStackTraceContaining(listener.getClass().getSimpleName())));
    }

    private void assertTrains(Model model, DataType type) {
        DataSet batch = ContractNetworks.data(1, type);
        double before = ContractNetworks.score(model, batch);
        for (int i = 0; i < contract.trainingSteps(); i++) {
            ContractNetworks.fit(model, batch);
        }
        assertThat(ContractNetworks.score(model, batch))
                .as("loss after %d steps in %s", contract.trainingSteps(), type)
                .isLessThan(0.9 * before);
    }

    private void assertGoesOnAlike(Model straight, Model resumed, int from) {
        listen(resumed);
        assertAlike(resumed, straight);
        train(straight, from, from + STEPS_AFTER_SAVING, DataType.FLOAT);
        train(resumed, from, from + STEPS_AFTER_SAVING, DataType.FLOAT);
        assertAlike(resumed, straight);
    }

    private static void assertAlike(Model actual, Model expected) {
        assertThat(ContractNetworks.params(actual)).as("parameters").isEqualTo(ContractNetworks.params(expected));
        assertThat(ContractNetworks.state(actual)).as("state").isEqualTo(ContractNetworks.state(expected));
        assertThat(ContractNetworks.iteration(actual)).as("iteration").isEqualTo(ContractNetworks.iteration(expected));
    }

    private static void assertFinite(Model model) {
        assertThat(Arrays.stream(ContractNetworks.params(model)).allMatch(Double::isFinite))
                .as("parameters are finite")
                .isTrue();
    }

    private static void train(Model model, int from, int to, DataType type) {
        for (int i = from; i < to; i++) {
            ContractNetworks.fit(model, ContractNetworks.data(i, type));
        }
    }

    private MultiLayerNetwork network(DataType type) {
        return listen(ContractNetworks.network(contract.updater(), contract.updater(), type));
    }

    private static MultiLayerNetwork network(IUpdater hidden, IUpdater output) {
        return ContractNetworks.network(hidden, output, DataType.DOUBLE);
    }

    private Model graph(DataType type) {
        return listen(ContractNetworks.graph(contract.updater(), type));
    }

    private <M extends Model> M listen(M model) {
        return ContractNetworks.listen(model, contract.listeners());
    }

    private IUpdater slower() {
        IUpdater updater = contract.updater();
        updater.setLrAndSchedule(updater.getLearningRate(0, 0) / 2, null);
        return updater;
    }
}
