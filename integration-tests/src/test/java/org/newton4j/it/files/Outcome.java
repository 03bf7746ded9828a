/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.training.Checkpoints;
import org.newton4j.optimizers.training.PreconditionerState;

/**
 * What loading a damaged file came to.
 *
 * @param kind of outcome
 * @param detail of a wrong one
 */
record Outcome(Kind kind, String detail) {

    enum Kind {
        REFUSED,
        IDENTICAL,
        OTHER,
        WRONG
    }

    /**
     * Loads a file.
     *
     * @param damaged its contents
     * @param original the network that was saved
     * @param withState whether the state of preconditioners was saved with it
     * @param file to be written and read
     */
    static Outcome of(byte[] damaged, Model original, boolean withState, Path file) throws IOException {
        Files.write(file, damaged);
        Nd4j.getRandom().setSeed(11);
        long root = Nd4j.getRandom().rootState();
        long node = Nd4j.getRandom().nodeState();
        try {
            Model loaded = original instanceof MultiLayerNetwork
                    ? Checkpoints.restoreMultiLayerNetwork(file)
                    : Checkpoints.restoreComputationGraph(file);
            return same(loaded, original)
                            && (!withState || preconditioners(loaded).equals(preconditioners(original)))
                    ? new Outcome(Kind.IDENTICAL, "")
                    : new Outcome(Kind.OTHER, "loaded, but not the network that was saved");
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.contains(file.toString())) {
                return new Outcome(Kind.WRONG, "the file is not named: " + message);
            }
            return root == Nd4j.getRandom().rootState()
                            && node == Nd4j.getRandom().nodeState()
                    ? new Outcome(Kind.REFUSED, message)
                    : new Outcome(Kind.WRONG, "the random stream has moved: " + message);
        } catch (RuntimeException | Error e) {
            return new Outcome(Kind.WRONG, e.toString());
        }
    }

    private static boolean same(Model loaded, Model original) {
        return json(loaded).equals(json(original))
                && bits(loaded.params()).equals(bits(original.params()))
                && bits(updaterState(loaded)).equals(bits(updaterState(original)));
    }

    /** INDArray.equals overlooks differences of 1e-5. */
    private static String bits(@Nullable INDArray array) {
        return array == null
                ? "none"
                : array.dataType()
                        + Arrays.toString(array.shape())
                        + Arrays.toString(
                                array.castTo(DataType.DOUBLE).dup('c').data().asDouble());
    }

    private static String preconditioners(Model network) {
        StringBuilder text = new StringBuilder();
        PreconditionerState.allOf(network)
                .forEach((key, arrays) -> arrays.forEach((name, array) ->
                        text.append(key).append(' ').append(name).append(bits(array))));
        return text.toString();
    }

    private static String json(Model network) {
        return network instanceof MultiLayerNetwork net
                ? net.getLayerWiseConfigurations().toJson()
                : ((ComputationGraph) network).getConfiguration().toJson();
    }

    private static @Nullable INDArray updaterState(Model network) {
        return network instanceof MultiLayerNetwork net
                ? net.getUpdater().getStateViewArray()
                : ((ComputationGraph) network).getUpdater().getStateViewArray();
    }
}
