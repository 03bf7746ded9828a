/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.serde.json.JsonMappers;
import org.nd4j.shade.jackson.databind.JsonNode;

/** What is promised about the configuration, without a gradient in sight, except that no setting is forgotten. */
final class ConfigurationClauses {

    /** Steps of a network after which every setting must have shown. */
    private static final int STEPS = 12;

    private final UpdaterContract contract;

    ConfigurationClauses(UpdaterContract contract) {
        this.contract = contract;
    }

    void json() throws IOException {
        for (IUpdater updater : all()) {
            MultiLayerConfiguration conf = ContractNetworks.conf(updater, updater, DataType.FLOAT);
            MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(conf.toJson());
            assertSame(updater, read);
            assertThat(read).isEqualTo(conf);
            ComputationGraphConfiguration graph = ContractNetworks.graphConf(updater, DataType.FLOAT);
            assertThat(ComputationGraphConfiguration.fromJson(graph.toJson())).isEqualTo(graph);
            assertThat(JsonMappers.getMapper().readValue(json(updater).toString(), IUpdater.class))
                    .isEqualTo(updater);
        }
    }

    void yaml() throws IOException {
        for (IUpdater updater : all()) {
            MultiLayerConfiguration conf = ContractNetworks.conf(updater, updater, DataType.FLOAT);
            MultiLayerConfiguration read = MultiLayerConfiguration.fromYaml(conf.toYaml());
            assertSame(updater, read);
            assertThat(read).isEqualTo(conf);
            ComputationGraphConfiguration graph = ContractNetworks.graphConf(updater, DataType.FLOAT);
            assertThat(ComputationGraphConfiguration.fromYaml(graph.toYaml())).isEqualTo(graph);
        }
    }

    void javaSerialization() throws IOException, ClassNotFoundException {
        for (IUpdater updater : all()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(updater);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                IUpdater read = (IUpdater) in.readObject();
                assertThat(read).isEqualTo(updater);
                assertThat(json(read)).isEqualTo(json(updater));
            }
        }
    }

    void clones() throws IOException {
        assertThat(contract.updater())
                .as("updater() has to make a new one at every call")
                .isNotSameAs(contract.updater());
        for (IUpdater updater : all()) {
            IUpdater copy = updater.clone();
            assertThat(copy).isNotSameAs(updater).isEqualTo(updater).hasSameClassAs(updater);
            JsonNode before = json(updater);
            assertThat(json(copy)).isEqualTo(before);
            if (updater.hasLearningRate()) {
                copy.setLrAndSchedule(0.75, null);
                assertThat(json(updater))
                        .as("the original after the clone was changed")
                        .isEqualTo(before);
                IUpdater other = updater.clone();
                updater.setLrAndSchedule(0.5, null);
                assertThat(json(other))
                        .as("a clone after the original was changed")
                        .isEqualTo(before);
            }
        }
    }

    void equality() {
        IUpdater updater = contract.updater();
        assertThat(contract.updater()).isEqualTo(updater).hasSameHashCodeAs(updater);
        assertThat(updater.equals(null)).isFalse();
        assertThat(updater).isNotEqualTo("text");
        for (IUpdater variant : variants()) {
            assertThat(variant).isNotEqualTo(updater);
            assertThat(updater).isNotEqualTo(variant);
        }
        assertThat(withSchedule(0.5)).isEqualTo(withSchedule(0.5)).hasSameHashCodeAs(withSchedule(0.5));
        assertThat(withSchedule(0.5)).isNotEqualTo(withSchedule(0.25)).isNotEqualTo(updater);
        IUpdater slower = contract.updater();
        slower.setLrAndSchedule(slower.getLearningRate(0, 0) / 2, null);
        assertThat(slower).isNotEqualTo(updater);
    }

    void hyperParameters() throws IOException {
        JsonNode base = json(contract.updater());
        Set<String> untried = new LinkedHashSet<>();
        for (Iterator<String> names = base.fieldNames(); names.hasNext(); ) {
            untried.add(names.next());
        }
        // The learning rate has clauses of its own.
        untried.removeAll(List.of("@class", "learningRate", "learningRateSchedule"));
        for (IUpdater variant : variants()) {
            JsonNode other = json(variant);
            untried.removeIf(name -> !base.get(name).equals(other.get(name)));
            assertThat(hasEffect(variant))
                    .as("%s trains like %s: is a hyper-parameter ignored?", other, base)
                    .isTrue();
        }
        assertThat(untried)
                .as("hyper-parameters in the JSON that no element of variants() changes")
                .isEmpty();
    }

    void nonsense() {
        Map<String, Callable<IUpdater>> nonsense = contract.nonsense();
        assertThat(nonsense)
                .as("nonsense() is empty; name values that have to be refused, or declare a deviation")
                .isNotEmpty();
        nonsense.forEach((name, constructor) -> {
            Throwable refusal = catchThrowable(constructor::call);
            assertThat(refusal).as("%s has to be refused", name).isInstanceOf(RuntimeException.class);
            assertThat(refusal.getMessage()).as("message about %s", name).isNotBlank();
        });
    }

    void learningRate() {
        Trial trial = new Trial(contract, DataType.DOUBLE);
        IUpdater updater = contract.updater();
        double rate = updater.getLearningRate(0, 0);
        assertThat(updater.hasLearningRate()).isTrue();
        assertThat(rate)
                .as("updater() has to have a constant learning rate")
                .isPositive()
                .isFinite();
        assertThat(updater.getLearningRate(9, 3)).isEqualTo(rate);
        updater.setLrAndSchedule(rate / 2, null);
        assertThat(updater.getLearningRate(0, 0)).isEqualTo(rate / 2);
        assertThat(Traces.equal(trial.trace(updater), trial.trace(contract.updater())))
                .as("half the learning rate makes the same updates")
                .isFalse();
    }

    /** A schedule steps like constants that are swapped on the same state. */
    void schedule() {
        Trial trial = new Trial(contract, DataType.DOUBLE);
        double rate = contract.updater().getLearningRate(0, 0);
        for (ScheduleType type : ScheduleType.values()) {
            ISchedule schedule =
                    new MapSchedule(type, Map.of(0, rate, type == ScheduleType.ITERATION ? 3 : 1, rate / 4));
            IUpdater scheduled = contract.updater();
            scheduled.setLrAndSchedule(Double.NaN, schedule);
            assertThat(scheduled.getLearningRate(2, 0)).isEqualTo(rate);
            assertThat(scheduled.getLearningRate(3, 1)).isEqualTo(rate / 4);
            var following = trial.start(scheduled, Trial.N);
            IUpdater constant = contract.updater();
            var view = trial.view(constant, Trial.N, 7);
            var swapped = constant.instantiate(view, true);
            for (int iteration = 0; iteration < 6; iteration++) {
                int epoch = iteration / 3;
                if (iteration == 3) {
                    constant = contract.updater();
                    constant.setLrAndSchedule(rate / 4, null);
                    swapped = constant.instantiate(view, false);
                }
                double[] gradient = Trial.sample(iteration, Trial.N);
                double[] curvature = Trial.sample(iteration + 1000, Trial.N);
                assertThat(trial.step(following, iteration, epoch, gradient, curvature))
                        .as("update of iteration %d with a schedule by %s", iteration, type)
                        .isEqualTo(trial.step(swapped, iteration, epoch, gradient, curvature));
            }
        }
    }

    private boolean hasEffect(IUpdater variant) {
        Trial trial = new Trial(contract, DataType.DOUBLE);
        return variant.stateSize(1) != contract.updater().stateSize(1)
                || !Traces.equal(trial.trace(variant), trial.trace(contract.updater()))
                || !Traces.equal(List.of(trained(variant)), List.of(trained(contract.updater())));
    }

    private double[] trained(IUpdater updater) {
        MultiLayerNetwork net =
                ContractNetworks.listen(ContractNetworks.convolutional(updater, DataType.DOUBLE), contract.listeners());
        for (int i = 0; i < STEPS; i++) {
            net.fit(ContractNetworks.images(i, DataType.DOUBLE));
        }
        return ContractNetworks.params(net);
    }

    private List<IUpdater> all() {
        List<IUpdater> all = new ArrayList<>(List.of(contract.updater()));
        if (contract.updater().hasLearningRate()) {
            all.add(withSchedule(0.5));
        }
        all.addAll(contract.variants());
        return all;
    }

    private List<IUpdater> variants() {
        List<IUpdater> variants = contract.variants();
        assertThat(variants)
                .as("variants() is empty; give updaters with other hyper-parameters, or declare a deviation")
                .isNotEmpty();
        return variants;
    }

    private IUpdater withSchedule(double first) {
        IUpdater updater = contract.updater();
        updater.setLrAndSchedule(Double.NaN, new MapSchedule(ScheduleType.ITERATION, Map.of(0, first, 3, first / 2)));
        return updater;
    }

    private static void assertSame(IUpdater updater, MultiLayerConfiguration read) throws IOException {
        IUpdater found = ((BaseLayer) read.getConf(0).getLayer()).getIUpdater();
        assertThat(found).isEqualTo(updater).hasSameClassAs(updater);
        assertThat(json(found)).isEqualTo(json(updater));
    }

    private static JsonNode json(IUpdater updater) throws IOException {
        return JsonMappers.getMapper().readTree(JsonMappers.getMapper().writeValueAsString(updater));
    }
}
