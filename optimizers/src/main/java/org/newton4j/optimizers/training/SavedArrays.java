/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The state of a preconditioner as named arrays, in the order of their names. */
final class SavedArrays {

    private final Map<String, INDArray> arrays = new TreeMap<>();
    private final Set<String> read = new HashSet<>();

    /** Adds an array, by reference. */
    SavedArrays with(String name, INDArray array) {
        arrays.put(name, array);
        return this;
    }

    /** Adds a whole number. */
    SavedArrays with(String name, long number) {
        return with(name, Nd4j.createFromArray(number));
    }

    /** Adds a number, bit by bit. */
    SavedArrays with(String name, double number) {
        return with(name, Nd4j.createFromArray(number));
    }

    boolean has(String name) {
        return arrays.containsKey(name);
    }

    /**
     * An array that has to be there.
     *
     * @throws IllegalArgumentException if it is not
     */
    INDArray array(String name) {
        INDArray array = arrays.get(name);
        if (array == null) {
            throw new IllegalArgumentException("the saved state has no '" + name + "', only " + arrays.keySet()
                    + "; it was written by another version or for other settings");
        }
        read.add(name);
        return array;
    }

    /**
     * An array that has to be there, in the type of the network it is restored into.
     *
     * @throws IllegalArgumentException if it is not there
     */
    INDArray array(String name, DataType type) {
        INDArray array = array(name);
        return array.dataType() == type ? array : array.castTo(type);
    }

    /**
     * A whole number that has to be there, at least 0.
     *
     * @throws IllegalArgumentException if it is not
     */
    long whole(String name) {
        INDArray array = single(name, DataType.INT64);
        if (array.getLong(0) < 0) {
            throw new IllegalArgumentException("the saved '" + name + "' is " + array.getLong(0) + ", a count");
        }
        return array.getLong(0);
    }

    /**
     * A number that has to be there.
     *
     * @throws IllegalArgumentException if it is not
     */
    double number(String name) {
        return single(name, DataType.DOUBLE).getDouble(0);
    }

    private INDArray single(String name, DataType type) {
        INDArray array = array(name);
        if (!(array.length() == 1 && array.dataType() == type)) {
            throw new IllegalArgumentException("the saved '" + name + "' has " + array.length() + " numbers in "
                    + array.dataType() + ", but must be one in " + type);
        }
        return array;
    }

    /**
     * Refuses arrays nobody asked for.
     *
     * @throws IllegalArgumentException if there are any
     */
    void requireAllRead() {
        Set<String> unknown = new TreeSet<>(arrays.keySet());
        unknown.removeAll(read);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("the saved state has " + unknown
                    + ", for which this network has no place; it is of another network or of other settings");
        }
    }

    /** The same with arrays of its own. */
    SavedArrays copy() {
        SavedArrays copy = new SavedArrays();
        arrays.forEach((name, array) -> copy.with(name, array.dup(array.ordering())));
        return copy;
    }

    Map<String, INDArray> all() {
        return Collections.unmodifiableMap(arrays);
    }
}
