/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nd4j.shade.jackson.databind.BeanProperty;
import org.nd4j.shade.jackson.databind.DeserializationContext;
import org.nd4j.shade.jackson.databind.JavaType;
import org.nd4j.shade.jackson.databind.JsonDeserializer;
import org.nd4j.shade.jackson.databind.JsonMappingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.deser.ContextualDeserializer;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * Reads every optimizer from JSON and YAML through the setters of its builder: what a file leaves out keeps its default,
 * what it holds is checked as if it had been typed.
 *
 * <p>Deeplearning4j's mappers ignore unknown fields and turn null into 0, fractions into whole numbers and text into
 * numbers. They cannot be told not to for one class, so fields are matched with setters here.
 */
final class SettingsReader extends JsonDeserializer<NamedSettings> implements ContextualDeserializer {

    private final @Nullable Class<?> type;

    /** Used by Jackson, which then asks for the reader of a concrete class. */
    private SettingsReader() {
        this(null);
    }

    private SettingsReader(@Nullable Class<?> type) {
        this.type = type;
    }

    @Override
    public JsonDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
        JavaType wanted = context.getContextualType();
        if (wanted == null && property != null) {
            wanted = property.getType();
        }
        return wanted == null ? this : new SettingsReader(wanted.getRawClass());
    }

    @Override
    public NamedSettings deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        if (type == null) {
            throw JsonMappingException.from(parser, "the class of an optimizer is missing");
        }
        try {
            return read(type, parser, context);
        } catch (IllegalArgumentException e) {
            throw JsonMappingException.from(parser, type.getSimpleName() + ": " + e.getMessage(), e);
        } catch (ReflectiveOperationException e) {
            throw JsonMappingException.from(
                    parser, type.getName() + " has no public static builder() with a public build()", e);
        }
    }

    private static NamedSettings read(Class<?> type, JsonParser parser, DeserializationContext context)
            throws IOException, ReflectiveOperationException {
        Object builder = call(null, type.getMethod("builder"));
        if (builder instanceof OptimizerConfig.Builder<?> optimizer) {
            optimizer.startFromFile();
        }
        Map<String, Method> setters = setters(builder.getClass());
        Set<String> seen = new HashSet<>();
        // Jackson has read "{" and the class already, unless the parser was put here by hand.
        JsonToken token = parser.currentToken() == JsonToken.START_OBJECT ? parser.nextToken() : parser.currentToken();
        for (; token == JsonToken.FIELD_NAME; token = parser.nextToken()) {
            String name = parser.currentName();
            parser.nextToken();
            JsonNode value = tree(parser, context);
            Method setter = setters.get(name);
            if (setter == null) {
                throw new IllegalArgumentException(Suggestion.unknown(name, setters.keySet()));
            }
            if (!seen.add(name)) {
                throw new IllegalArgumentException(name + " is given twice, but must be given once");
            }
            call(builder, setter, new SettingValue(type, setter, value, parser).read());
        }
        return (NamedSettings) call(builder, builder.getClass().getMethod("build"));
    }

    /** The value at the parser, with the class of an object as a field, as in JSON; YAML has it as a tag. */
    private static JsonNode tree(JsonParser parser, DeserializationContext context) throws IOException {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            ObjectNode object = context.getNodeFactory().objectNode();
            if (parser.canReadTypeId() && parser.getTypeId() != null) {
                object.put(NestedObject.CLASS, parser.getTypeId().toString());
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                object.set(name, tree(parser, context));
            }
            return object;
        }
        return context.readTree(parser);
    }

    private static Map<String, Method> setters(Class<?> builder) {
        Map<String, Method> setters = new TreeMap<>();
        for (Method method : builder.getMethods()) {
            if (method.getParameterCount() == 1
                    && method.getReturnType().isAssignableFrom(builder)
                    && !method.isBridge()) {
                setters.put(method.getName(), method);
            }
        }
        return setters;
    }

    /**
     * Calls a method of a builder.
     *
     * @param target the builder, null for a static method
     * @param method public
     * @param arguments of the method
     * @return its result
     * @throws IllegalArgumentException what the method refuses
     * @throws ReflectiveOperationException if it cannot be called
     */
    static Object call(@Nullable Object target, Method method, Object... arguments)
            throws ReflectiveOperationException {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                throw refused;
            }
            throw e;
        }
    }
}
