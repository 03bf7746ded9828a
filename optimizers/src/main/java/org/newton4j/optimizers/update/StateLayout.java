/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Which state vectors an optimizer keeps: each has a key and the length of the gradient, and they lie one after the
 * other in the state view that Deeplearning4j hands out.
 *
 * <p>No other layout survives: {@code setLearningRate} cuts the view of a block into pieces of the block's parameter
 * count and glues them together again when blocks split or merge.
 *
 * @param slots keys in the order of the view, as they appear in {@code GradientUpdater.getState()}; at least one
 * @param curvatureSlot the slot that only curvature is folded into, or empty
 */
public record StateLayout(List<String> slots, Optional<String> curvatureSlot) {

    /**
     * Checks the keys.
     *
     * @param slots keys in the order of the view, at least one
     * @param curvatureSlot the slot that only curvature is folded into, or empty
     * @throws IllegalArgumentException if there is no key, a key occurs twice, or {@code curvatureSlot} is no key
     */
    public StateLayout {
        slots = List.copyOf(slots);
        if (slots.isEmpty() || new HashSet<>(slots).size() != slots.size()) {
            throw new IllegalArgumentException("slots = " + slots + ", but must be different keys, at least one");
        }
        if (curvatureSlot.isPresent() && !slots.contains(curvatureSlot.get())) {
            throw new IllegalArgumentException(
                    "curvatureSlot = " + curvatureSlot.get() + ", but must be one of " + slots);
        }
    }

    /**
     * Layout of an optimizer that works on gradients alone.
     *
     * @param slots keys in the order of the view
     * @return the layout
     */
    public static StateLayout of(String... slots) {
        return new StateLayout(List.of(slots), Optional.empty());
    }

    /**
     * The same slots, one of them reserved for curvature. While all slots are entirely zero, the updater asks for an
     * estimate at every iteration.
     *
     * @param slot one of the slots
     * @return the layout
     */
    public StateLayout withCurvatureIn(String slot) {
        return new StateLayout(slots, Optional.of(slot));
    }

    /**
     * State values for a number of parameters.
     *
     * @param optimizer name for the message
     * @param parameters number of parameters, at least 0
     * @return slots times parameters
     * @throws IllegalArgumentException if the product exceeds {@link Integer#MAX_VALUE}, where Deeplearning4j's cast to
     *     int would wrap around without a word
     */
    long size(String optimizer, long parameters) {
        if (!(parameters >= 0)) {
            throw new IllegalArgumentException("numParams = " + parameters + ", but must be at least 0");
        }
        if (!(parameters <= capacity())) {
            throw new IllegalArgumentException(
                    optimizer + " needs " + slots.size() + " x " + parameters + " state values. " + limit(optimizer));
        }
        return slots.size() * parameters;
    }

    /**
     * Cuts a state view into the slots.
     *
     * @param optimizer name for the message
     * @param view {@code [n]} or {@code [1, n]}; Not modified, the result is views of it
     * @return one rank-1 view per slot, in order
     * @throws IllegalArgumentException if the shape is another or the length no multiple of the number of slots
     */
    Map<String, INDArray> split(String optimizer, INDArray view) {
        if (!(view.rank() == 1 || (view.rank() == 2 && view.size(0) == 1))) {
            throw new IllegalArgumentException(optimizer + ": the state view has shape " + view.shapeInfoToString()
                    + ", but must be [n] or [1, n]");
        }
        long length = view.length();
        if (!(length % slots.size() == 0)) {
            throw new IllegalArgumentException(optimizer + ": the state view has " + length
                    + " values, but must hold a multiple of " + slots.size() + ", one of each of " + slots
                    + " per parameter. " + limit(optimizer));
        }
        INDArray flat = view.rank() == 1 ? view : view.reshape(length);
        long each = length / slots.size();
        Map<String, INDArray> result = new LinkedHashMap<>();
        for (String slot : slots) {
            long start = result.size() * each;
            result.put(slot, flat.get(NDArrayIndex.interval(start, start + each)));
        }
        return result;
    }

    /**
     * Checks a bound state against the first gradient that arrives.
     *
     * @param optimizer name for the message
     * @param state the slots, or null if Deeplearning4j handed out no view
     * @param gradient its gradient; Not modified
     * @return the state
     * @throws IllegalStateException if lengths or types differ
     */
    Map<String, INDArray> require(String optimizer, @Nullable Map<String, INDArray> state, INDArray gradient) {
        long length = gradient.length();
        if (state == null) {
            throw new IllegalStateException(optimizer + ": there is no state view for a gradient of " + length
                    + " values. " + limit(optimizer));
        }
        INDArray first = state.values().iterator().next();
        if (!(first.length() == length)) {
            throw new IllegalStateException(optimizer + ": the state view has " + slots.size() + " x " + first.length()
                    + " values, but a gradient of " + length + " values needs " + slots.size() + " x " + length + ". "
                    + limit(optimizer));
        }
        if (first.dataType() != gradient.dataType()) {
            throw new IllegalStateException(optimizer + ": the state is " + first.dataType() + ", but the gradient is "
                    + gradient.dataType() + "; convert both with the network's convertDataType");
        }
        return state;
    }

    private long capacity() {
        return Integer.MAX_VALUE / slots.size();
    }

    private String limit(String optimizer) {
        return "Deeplearning4j adds the state sizes of a network up as int, which wraps around silently above "
                + Integer.MAX_VALUE + ": with " + slots.size() + " state value(s) per parameter, " + optimizer
                + " fits networks of at most " + capacity()
                + " parameters. Use fewer parameters, or an updater with less state for a part of the layers"
                + " (it must still fit in total)";
    }
}
