/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;

/** An updater configuration that is its class and a list of named settings: equality, hash and text are made of them. */
abstract class NamedSettings implements IUpdater {

    /** Names what every optimizer of the kind has, before {@link #describe}. */
    abstract void describeFirst(BiConsumer<String, Object> to);

    /**
     * Names every other hyper-parameter: equality, hash, text and reports are made of this list.
     *
     * @param to receives name and value
     */
    protected abstract void describe(BiConsumer<String, Object> to);

    /**
     * Every hyper-parameter by name; the learning rate, its schedule, or the base updater comes first.
     *
     * @return a new map in the order of the builder
     */
    public final Map<String, Object> hyperParameters() {
        Map<String, Object> all = new LinkedHashMap<>();
        describeFirst(all::put);
        describe(all::put);
        return all;
    }

    /** Copies field by field. */
    @Override
    public NamedSettings clone() {
        try {
            return (NamedSettings) super.clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError("IUpdater is Cloneable", e);
        }
    }

    /**
     * Deeplearning4j glues neighbouring variables with equal updaters into one block.
     *
     * @param other anything
     * @return true if the class and every hyper-parameter are the same
     */
    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof NamedSettings that && identity().equals(that.identity());
    }

    @Override
    public final int hashCode() {
        return identity().hashCode();
    }

    private List<Object> identity() {
        return List.of(getClass(), hyperParameters());
    }

    @Override
    public final String toString() {
        return hyperParameters().entrySet().stream()
                .map(Object::toString)
                .collect(Collectors.joining(", ", name() + "(", ")"));
    }

    final String name() {
        return getClass().getSimpleName();
    }
}
