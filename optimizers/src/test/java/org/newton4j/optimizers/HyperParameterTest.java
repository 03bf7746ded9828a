/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.serde.json.JsonMappers;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.newton4j.optimizers.testing.OptimizerVariants;
import org.newton4j.optimizers.update.OptimizerConfig;

/** No hyper-parameter may be accepted and then forgotten: one contract over every setter of every builder. */
class HyperParameterTest {

    static Stream<Arguments> settersOfEveryOptimizer() {
        return Steps.optimizers()
                .flatMap(config -> OptimizerVariants.setters(config).map(setter -> Arguments.of(config, setter)));
    }

    static Stream<Arguments> numbersOfEveryOptimizer() {
        return settersOfEveryOptimizer().filter(arguments -> {
            Class<?> type = ((Method) arguments.get()[1]).getParameterTypes()[0];
            return type == double.class || type == int.class;
        });
    }

    static Stream<OptimizerConfig> optimizers() {
        return Steps.optimizers();
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void every_field_should_have_a_setter_and_be_described(OptimizerConfig config) {
        Set<String> fields = new TreeSet<>();
        for (Field field : config.getClass().getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
                fields.add(field.getName());
            }
        }
        fields.add("learningRate");

        assertThat(config.hyperParameters()).containsOnlyKeys(fields);
        fields.add("learningRateSchedule");
        assertThat(OptimizerVariants.setters(config).map(Method::getName)).containsExactlyInAnyOrderElementsOf(fields);
    }

    @ParameterizedTest
    @MethodSource("settersOfEveryOptimizer")
    void every_setter_should_count_in_equality_and_text(OptimizerConfig config, Method setter) throws Exception {
        OptimizerConfig same = OptimizerVariants.with(config, null, null);
        OptimizerConfig other = OptimizerVariants.other(config, setter);

        assertThat(same).isEqualTo(config).hasSameHashCodeAs(config).hasToString(config.toString());
        assertThat(other).isNotEqualTo(config).doesNotHaveToString(config.toString());
        assertThat(other.hashCode()).isNotEqualTo(config.hashCode());
        assertThat(other.clone()).isEqualTo(other).isNotSameAs(other).isExactlyInstanceOf(config.getClass());
    }

    @ParameterizedTest
    @MethodSource("settersOfEveryOptimizer")
    void every_setter_should_survive_json(OptimizerConfig config, Method setter) throws Exception {
        OptimizerConfig other = OptimizerVariants.other(config, setter);
        ObjectMapper mapper = JsonMappers.getMapper();
        String json = mapper.writeValueAsString(other);

        assertThat(mapper.readValue(json, IUpdater.class)).isEqualTo(other);
        assertThat(json).contains(config.getClass().getName()).doesNotContain("NaN");
    }

    @ParameterizedTest
    @MethodSource("numbersOfEveryOptimizer")
    void every_number_should_be_refused_out_of_range(OptimizerConfig config, Method setter) {
        double[] bad = setter.getParameterTypes()[0] == int.class
                ? new double[] {0, -1, Integer.MIN_VALUE}
                : new double[] {Double.NaN, -0.5, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        for (double value : bad) {
            Object argument = setter.getParameterTypes()[0] == int.class ? (Object) (int) value : (Object) value;
            assertThatThrownBy(() -> OptimizerVariants.with(config, setter, argument))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(setter.getName() + " = " + argument + ", but must be ")
                    .hasMessageContaining("leave it out for the default ");
        }
    }

    @ParameterizedTest
    @MethodSource("numbersOfEveryOptimizer")
    void every_number_should_be_refused_out_of_range_in_json(OptimizerConfig config, Method setter) throws Exception {
        ObjectMapper mapper = JsonMappers.getMapper();
        ObjectNode json = (ObjectNode) mapper.readTree(mapper.writeValueAsString(config));
        boolean whole = setter.getParameterTypes()[0] == int.class;
        if (whole) {
            json.put(setter.getName(), 0);
        } else {
            json.put(setter.getName(), "NaN");
        }

        assertThatThrownBy(() -> mapper.readValue(json.toString(), IUpdater.class))
                .hasMessageContaining(setter.getName() + " = " + (whole ? "0" : "NaN") + ", but must be ");
    }

    @ParameterizedTest
    @MethodSource("numbersOfEveryOptimizer")
    void a_number_missing_in_json_should_be_the_default(OptimizerConfig config, Method setter) throws Exception {
        ObjectMapper mapper = JsonMappers.getMapper();
        ObjectNode json = (ObjectNode) mapper.readTree(mapper.writeValueAsString(config));
        json.remove(setter.getName());

        OptimizerConfig read = (OptimizerConfig) mapper.readValue(json.toString(), IUpdater.class);

        // Files without a bound are older than it: they go on training as they were.
        Object expected = setter.getName().equals("updateClip")
                ? Double.valueOf(0)
                : defaults(config).hyperParameters().get(setter.getName());
        assertThat(read)
                .isEqualTo(OptimizerVariants.with(config, setter, expected))
                .isNotEqualTo(config);
    }

    private static OptimizerConfig defaults(OptimizerConfig config) throws ReflectiveOperationException {
        return config.getClass().getConstructor().newInstance();
    }
}
