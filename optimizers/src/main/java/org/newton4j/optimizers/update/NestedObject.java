/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.serde.json.JsonMappers;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonMappingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.exc.MismatchedInputException;
import org.nd4j.shade.jackson.databind.introspect.BeanPropertyDefinition;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * A schedule, base updater or rule inside an optimizer's settings. Its class is not ours, and Jackson reads it as lenient as
 * ever, so the object is written again: what the file holds has to come back.
 */
final class NestedObject {

    /** Where Deeplearning4j's JSON has the class. */
    static final String CLASS = "@class";

    private final String field;
    private final JsonNode given;
    private final Class<?> declared;
    private final JsonParser parser;
    private final ObjectMapper mapper;

    NestedObject(String field, JsonNode given, Class<?> declared, JsonParser parser) {
        this.field = field;
        this.given = given;
        this.declared = declared;
        this.parser = parser;
        this.mapper = parser.getCodec() instanceof ObjectMapper same ? same : JsonMappers.getMapper();
    }

    /**
     * Reads the object.
     *
     * @return of the declared type
     * @throws IllegalArgumentException if it cannot be read, or a value was lost or changed on the way
     */
    Object read() {
        Class<?> type = type(given, declared);
        if (type == null) {
            throw new IllegalArgumentException(field + "." + CLASS + " = " + given.get(CLASS)
                    + ", but must be the full name of a class that is a " + declared.getSimpleName());
        }
        Object object;
        try {
            object = mapper.treeToValue(withDefaults(type), declared);
        } catch (JsonProcessingException e) {
            throw unreadable(e);
        }
        // Our own have been checked setter by setter.
        if (!(object instanceof NamedSettings)) {
            compare(field, given, mapper.valueToTree(object), type);
        }
        return object;
    }

    /** Names the field Jackson stumbled over, and what it wanted in its place. */
    private IllegalArgumentException unreadable(JsonProcessingException e) {
        String path = field;
        JsonNode value = given;
        if (e instanceof JsonMappingException mapping) {
            for (JsonMappingException.Reference step : mapping.getPath()) {
                if (step.getFieldName() != null && value.has(step.getFieldName())) {
                    path += "." + step.getFieldName();
                    value = value.get(step.getFieldName());
                }
            }
        }
        boolean number = e instanceof MismatchedInputException mismatch
                && mismatch.getTargetType() != null
                && (mismatch.getTargetType().isPrimitive() || Number.class.isAssignableFrom(mismatch.getTargetType()));
        return new IllegalArgumentException(
                path + " = " + value
                        + (number ? ", but must be a number" : " cannot be read: " + e.getOriginalMessage()),
                e);
    }

    /** What the file leaves out is what the class has by default; Jackson would take 0. */
    private JsonNode withDefaults(Class<?> type) {
        ObjectNode complete = given.deepCopy();
        boolean foreignUpdater = IUpdater.class.isAssignableFrom(type) && !NamedSettings.class.isAssignableFrom(type);
        if (foreignUpdater || type == MkorFallback.class) {
            try {
                JsonNode defaults = mapper.valueToTree(type.getConstructor().newInstance());
                defaults.fields().forEachRemaining(each -> {
                    if (!complete.has(each.getKey())) {
                        complete.set(each.getKey(), each.getValue());
                    }
                });
            } catch (ReflectiveOperationException e) {
                // Without defaults it is Jackson's business.
            }
        }
        return complete;
    }

    private void compare(String path, JsonNode before, JsonNode after, Class<?> type) {
        for (Iterator<Map.Entry<String, JsonNode>> fields = before.fields(); fields.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = fields.next();
            String name = entry.getKey();
            JsonNode value = entry.getValue();
            JsonNode kept = after.get(name);
            if (name.equals(CLASS)) {
                continue;
            }
            if (kept == null) {
                Set<String> known = names(type, after);
                if (!known.contains(name) || !value.isNull()) {
                    throw new IllegalArgumentException(path + ": " + Suggestion.unknown(name, known));
                }
            } else if (value.isObject() && kept.isObject()) {
                Class<?> inner = type(value, Map.class);
                compare(path + "." + name, value, kept, inner == null ? Map.class : inner);
            } else if (!same(value, kept)) {
                throw new IllegalArgumentException(path + "." + name + " = " + value + ", but must be " + kind(kept)
                        + "; read as it is, it would be " + kept);
            }
        }
    }

    private boolean same(JsonNode before, JsonNode after) {
        if (!after.isNumber()) {
            return before.equals(after);
        }
        JsonNode number = Scalars.numeric(before, parser);
        if (number == null) {
            return false;
        }
        return after.isFloat()
                ? Float.compare(number.floatValue(), after.floatValue()) == 0
                : Double.compare(number.doubleValue(), after.doubleValue()) == 0;
    }

    private static String kind(JsonNode node) {
        if (node.isIntegralNumber()) {
            return "a whole number";
        }
        return node.isNumber() ? "a number" : node.isBoolean() ? "true or false" : "of another kind";
    }

    private Set<String> names(Class<?> type, JsonNode written) {
        Set<String> names = new TreeSet<>();
        written.fieldNames().forEachRemaining(names::add);
        if (!Map.class.isAssignableFrom(type)) {
            for (BeanPropertyDefinition property : mapper.getDeserializationConfig()
                    .introspect(mapper.constructType(type))
                    .findProperties()) {
                names.add(property.getName());
            }
        }
        names.remove(CLASS);
        return names;
    }

    private @Nullable Class<?> type(JsonNode node, Class<?> otherwise) {
        JsonNode name = node.get(CLASS);
        if (name == null) {
            return otherwise.isInterface() && otherwise != Map.class ? null : otherwise;
        }
        try {
            Class<?> type = mapper.getTypeFactory().findClass(name.asText());
            return otherwise == Map.class || otherwise.isAssignableFrom(type) ? type : null;
        } catch (ClassNotFoundException e) {
            return null;
        }
    }
}
