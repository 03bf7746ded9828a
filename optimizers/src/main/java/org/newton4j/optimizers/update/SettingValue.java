/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.databind.JsonNode;

/** One field of a file on its way to a setter. */
final class SettingValue {

    private final Class<?> owner;
    private final Method setter;
    private final JsonNode value;
    private final JsonParser parser;

    SettingValue(Class<?> owner, Method setter, JsonNode value, JsonParser parser) {
        this.owner = owner;
        this.setter = setter;
        this.value = value;
        this.parser = parser;
    }

    /**
     * The value as the setter takes it.
     *
     * @return of the type of the setter's parameter
     * @throws IllegalArgumentException if the file has another kind of value; the message names field, value and range
     */
    Object read() {
        Class<?> wanted = setter.getParameterTypes()[0];
        if (wanted == double.class) {
            return number();
        } else if (wanted == int.class) {
            return (int) whole(Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MIN_VALUE);
        } else if (wanted == long.class) {
            return whole(Long.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE);
        } else if (wanted == boolean.class) {
            if (!value.isBoolean()) {
                throw refusal("true or false", "; leave it out for the default");
            }
            return value.booleanValue();
        } else if (wanted.isEnum()) {
            return constant(wanted);
        } else if (Collection.class.isAssignableFrom(wanted)) {
            return names();
        } else if (!value.isObject()) {
            throw refusal("an object with @class and settings", "; leave it out for the default");
        }
        return new NestedObject(name(), value, wanted, parser).read();
    }

    private double number() {
        Double read = Scalars.number(value, parser);
        if (read == null) {
            throw refusal("a number", range(Double.NaN));
        }
        return read;
    }

    private long whole(long least, long most, Object outside) {
        JsonNode node = Scalars.numeric(value, parser);
        if (node == null || !node.canConvertToExactIntegral()) {
            throw refusal("a whole number", range(outside));
        }
        if (!node.canConvertToLong() || node.longValue() < least || node.longValue() > most) {
            throw refusal("at most " + most + " in size", range(outside));
        }
        return node.longValue();
    }

    private Object constant(Class<?> wanted) {
        List<String> names = Arrays.stream(wanted.getEnumConstants())
                .map(each -> ((Enum<?>) each).name())
                .toList();
        for (Object constant : wanted.getEnumConstants()) {
            if (value.isTextual() && ((Enum<?>) constant).name().equals(value.textValue())) {
                return constant;
            }
        }
        throw refusal(
                "one of " + String.join(", ", names),
                Suggestion.didYouMean(value.asText(), names) + "; leave it out for the default");
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        for (JsonNode each : value) {
            if (!each.isTextual()) {
                throw refusal("a list of names, each in quotes", "; leave it out for the default");
            }
            names.add(each.textValue());
        }
        if (!value.isArray()) {
            throw refusal("a list of names", "; leave it out for the default");
        }
        return names;
    }

    /**
     * The range of the setter in its own words, so that it is written down once: those it refuses a value with that no
     * setting may have.
     */
    private String range(Object outside) {
        String start = name() + " = " + outside + ", but must be ";
        try {
            SettingsReader.call(SettingsReader.call(null, owner.getMethod("builder")), setter, outside);
        } catch (IllegalArgumentException e) {
            if (e.getMessage() != null && e.getMessage().startsWith(start)) {
                return ", " + e.getMessage().substring(start.length());
            }
        } catch (ReflectiveOperationException e) {
            // Without a range the kind of value has to do.
        }
        return "; leave it out for the default";
    }

    private IllegalArgumentException refusal(String kind, String rest) {
        return new IllegalArgumentException(name() + " = " + value + ", but must be " + kind + rest);
    }

    private String name() {
        return setter.getName();
    }
}
