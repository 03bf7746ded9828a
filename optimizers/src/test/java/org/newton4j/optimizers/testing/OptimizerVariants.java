/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.newton4j.optimizers.update.OptimizerConfig;
import org.newton4j.optimizers.update.PreconditionerConfig;

/**
 * Rebuilds optimizers of this library with one hyper-parameter changed, through the setters of their builders.
 *
 * <p>Works for every {@link OptimizerConfig} and {@link PreconditionerConfig} that has a public static {@code builder()}
 * with one setter per hyper-parameter and a {@code build()}.
 */
public final class OptimizerVariants {

    private OptimizerVariants() {}

    /**
     * One variant for each setter of the builder, with another legal value.
     *
     * @param <C> type of the optimizer
     * @param config where the other values come from
     * @return in the order of the setters' names
     * @throws IllegalArgumentException if no other value is known for a setter; then list the variants by hand
     */
    public static <C extends IUpdater> List<C> of(C config) {
        return setters(config).map(setter -> other(config, setter)).toList();
    }

    /**
     * Values no hyper-parameter may have: NaN and infinity for real numbers, the smallest int for whole ones.
     *
     * @param config where the other values come from
     * @return by setter and value, how to build it
     */
    public static Map<String, Callable<IUpdater>> nonsense(IUpdater config) {
        Map<String, Callable<IUpdater>> result = new LinkedHashMap<>();
        setters(config).forEach(setter -> {
            Class<?> type = setter.getParameterTypes()[0];
            List<Object> values = type == double.class
                    ? List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)
                    : type == int.class ? List.of(Integer.MIN_VALUE) : List.of();
            for (Object value : values) {
                result.put(setter.getName() + " = " + value, () -> with(config, setter, value));
            }
        });
        return result;
    }

    /**
     * The setters of an optimizer's builder.
     *
     * @param config the optimizer
     * @return every public method of the builder with one parameter, by name
     */
    public static Stream<Method> setters(IUpdater config) {
        Set<String> seen = new LinkedHashSet<>();
        return Arrays.stream(builder(config).getClass().getMethods())
                .filter(method -> method.getParameterCount() == 1 && method.getDeclaringClass() != Object.class)
                .sorted(Comparator.comparing(Method::getName))
                .filter(method -> seen.add(method.getName()));
    }

    /**
     * The optimizer with one value changed.
     *
     * @param <C> type of the optimizer
     * @param config where the other values come from
     * @param setter one of {@link #setters}, or null to change nothing
     * @param value the new value
     * @return a new configuration
     * @throws RuntimeException what the setter throws
     */
    @SuppressWarnings("unchecked")
    public static <C extends IUpdater> C with(C config, @Nullable Method setter, @Nullable Object value) {
        Object builder = builder(config);
        Map<String, @Nullable Object> values = hyperParameters(config);
        if (setter != null) {
            values.put(setter.getName(), value);
        }
        setters(config)
                // Null: not set.
                .filter(each -> values.get(each.getName()) != null)
                .forEach(each -> call(builder, each, values.get(each.getName())));
        try {
            return (C) call(builder, builder.getClass().getMethod("build"));
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException(builder.getClass() + " has no public build()", e);
        }
    }

    /**
     * The optimizer with another legal value.
     *
     * @param <C> type of the optimizer
     * @param config where the other values come from
     * @param setter one of {@link #setters}
     * @return a configuration that is not equal to the given one
     * @throws IllegalArgumentException if no other value is known
     */
    public static <C extends IUpdater> C other(C config, Method setter) {
        Object value = hyperParameters(config).get(setter.getName());
        for (Object candidate : candidates(setter, value)) {
            try {
                C other = with(config, setter, candidate);
                if (!hyperParameters(other).equals(hyperParameters(config))) {
                    return other;
                }
            } catch (IllegalArgumentException outOfRange) {
                // The next candidate may be legal.
            }
        }
        throw new IllegalArgumentException("no other legal value is known for " + setter.getName() + " = " + value
                + " of " + config + "; override variants() and list them");
    }

    /** Whether the values of an updater are known here. */
    static boolean knows(IUpdater config) {
        return config instanceof OptimizerConfig || config instanceof PreconditionerConfig;
    }

    private static Map<String, @Nullable Object> hyperParameters(IUpdater config) {
        if (config instanceof OptimizerConfig optimizer) {
            return new LinkedHashMap<>(optimizer.hyperParameters());
        } else if (config instanceof PreconditionerConfig preconditioner) {
            return new LinkedHashMap<>(preconditioner.hyperParameters());
        }
        throw new IllegalArgumentException(config + " is no optimizer of this library; override variants()");
    }

    private static List<Object> candidates(Method setter, @Nullable Object value) {
        Class<?> type = setter.getParameterTypes()[0];
        if (type == ISchedule.class) {
            return List.of(new FixedSchedule(0.002));
        } else if (value == null) {
            // Not set, or replaced by a schedule.
            if (type.isEnum()) {
                return List.of(type.getEnumConstants());
            }
            return type == double.class
                    ? List.of(0.5, 2.0)
                    : type == int.class ? List.of(1, 2) : type == boolean.class ? List.of(true, false) : List.of();
        } else if (value instanceof Double number) {
            return List.of(number * 0.5, number * 2, number + 0.5);
        } else if (value instanceof Integer number) {
            return List.of(number + 1, number * 2, number - 1);
        } else if (value instanceof Long number) {
            return List.of(number + 1);
        } else if (value instanceof Boolean flag) {
            return List.of(!flag);
        } else if (value instanceof Enum<?> constant) {
            return List.of(constant.getDeclaringClass().getEnumConstants());
        } else if (value instanceof IUpdater inner && inner.hasLearningRate()) {
            IUpdater other = inner.clone();
            other.setLrAndSchedule(inner.getLearningRate(0, 0) * 0.5, null);
            return List.of(other);
        }
        return new ArrayList<>();
    }

    private static Object builder(IUpdater config) {
        try {
            return call(null, config.getClass().getMethod("builder"));
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException(config.getClass() + " has no public static builder()", e);
        }
    }

    private static Object call(@Nullable Object target, Method method, @Nullable Object... arguments) {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalArgumentException(method + " is not public", e);
        }
    }
}
