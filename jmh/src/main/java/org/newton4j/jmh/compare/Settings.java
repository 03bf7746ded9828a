/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Hands {@code --set NAME.parameter=value} to the optimizer's own builder, which knows the ranges. Only what a value
 * looks like is checked here.
 */
final class Settings {
    /** Has an option of its own. */
    private static final String LEARNING_RATE = "learningRate";

    private Settings() {}

    static IUpdater build(String optimizer, Object builder, Map<String, String> settings) {
        Map<String, Method> known = setters(builder);
        settings.forEach((parameter, value) -> {
            Method setter = known.get(parameter);
            String given = given(optimizer, parameter, value);
            if (parameter.equals(LEARNING_RATE)) {
                throw new BadInput(given + ": use --lr " + optimizer + "=" + value);
            }
            if (setter == null) {
                throw new BadInput(given + ": " + optimizer + " has "
                        + (known.isEmpty() ? "no settings" : String.join(", ", known.keySet())));
            }
            call(setter, builder, given, convert(setter.getParameterTypes()[0], value, given));
        });
        String all = settings.entrySet().stream()
                .map(setting -> given(optimizer, setting.getKey(), setting.getValue()))
                .collect(Collectors.joining(" "));
        try {
            Object built = call(builder.getClass().getMethod("build"), builder, all.isEmpty() ? optimizer : all);
            if (built instanceof IUpdater updater) {
                return updater;
            }
            throw new IllegalStateException("the builder of " + optimizer + " made " + built + ", which is no updater");
        } catch (NoSuchMethodException missing) {
            throw new IllegalStateException("the builder of " + optimizer + " has no build()", missing);
        }
    }

    private static String given(String optimizer, String parameter, String value) {
        return "--set " + optimizer + "." + parameter + "=" + value;
    }

    /** Methods that take one value of a kind that can be typed and return the builder, by name. */
    private static Map<String, Method> setters(Object builder) {
        return Arrays.stream(builder.getClass().getMethods())
                .filter(m -> m.getParameterCount() == 1
                        && !Modifier.isStatic(m.getModifiers())
                        && m.getReturnType().isAssignableFrom(builder.getClass())
                        && m.getReturnType() != Object.class
                        && !m.getName().equals(LEARNING_RATE)
                        && typed(m.getParameterTypes()[0]))
                .collect(Collectors.toMap(Method::getName, m -> m, Settings::specific, TreeMap::new));
    }

    /** Bridge methods repeat a setter with the parent's return type. */
    private static Method specific(Method one, Method other) {
        return one.isBridge() ? other : one;
    }

    private static boolean typed(Class<?> type) {
        return type == double.class
                || type == int.class
                || type == long.class
                || type == boolean.class
                || type == String.class
                || type.isEnum();
    }

    private static Object convert(Class<?> type, String value, String given) {
        try {
            if (type == double.class) {
                return number(value, given);
            }
            if (type == int.class) {
                return Integer.valueOf(value);
            }
            if (type == long.class) {
                return Long.valueOf(value);
            }
        } catch (NumberFormatException wrong) {
            throw new BadInput(given + ": must be " + (type == double.class ? "a number" : "a whole number"));
        }
        if (type == boolean.class) {
            if (!value.equals("true") && !value.equals("false")) {
                throw new BadInput(given + ": must be true or false");
            }
            return Boolean.valueOf(value);
        }
        return type.isEnum() ? constant(type, value, given) : value;
    }

    private static Double number(String value, String given) {
        double number = Double.parseDouble(value);
        // ND4J's own builders take anything.
        if (!Double.isFinite(number)) {
            throw new BadInput(given + ": must be a finite number");
        }
        return number;
    }

    private static Object constant(Class<?> type, String value, String given) {
        Optional<?> constant = Arrays.stream(type.getEnumConstants())
                .filter(one -> ((Enum<?>) one).name().equals(value.toUpperCase(Locale.ROOT)))
                .findFirst();
        if (constant.isEmpty()) {
            throw new BadInput(given + ": must be one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(one -> ((Enum<?>) one).name())
                            .collect(Collectors.joining(", ")));
        }
        return constant.get();
    }

    private static Object call(Method method, Object builder, String given, Object... value) {
        try {
            return method.invoke(builder, value);
        } catch (InvocationTargetException refused) {
            if (refused.getCause() instanceof IllegalArgumentException reason) {
                throw new BadInput(given + ": " + Reason.of(reason));
            }
            throw new IllegalStateException(given, refused.getCause());
        } catch (IllegalAccessException hidden) {
            throw new IllegalStateException(given, hidden);
        }
    }
}
