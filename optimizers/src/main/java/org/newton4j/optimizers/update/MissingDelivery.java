/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Why a step has nothing of what a listener should have brought.
 *
 * <p>An updater knows neither its network nor its listeners, but only where it was called from: that is looked at when the
 * error is made, and only then.
 */
final class MissingDelivery {

    /** Names, not classes: networks are known in another room. */
    private static final String NETWORKS = "org.deeplearning4j.nn.";

    private static final String NETWORK_TRAINING = "org.deeplearning4j.optimize.";
    private static final String GRAPH_TRAINING = "org.nd4j.autodiff.samediff.";

    private MissingDelivery() {}

    /**
     * The error of a step that cannot be made.
     *
     * @param method name of the optimizer
     * @param what it needs
     * @param iteration of the step, 0-based
     */
    static IllegalStateException of(String method, String what, int iteration) {
        String start = method + " needs " + what + " at iteration " + iteration + ", but none was delivered. ";
        if (isBelow(frame -> frame.getClassName().startsWith(NETWORKS)
                && frame.getMethodName().startsWith("pretrain"))) {
            return new IllegalStateException(start + "Layerwise pretraining with " + method
                    + " is not supported, because " + what + " belongs to the loss of the whole network, not of one"
                    + " layer. Pretrain with another updater, for example Adam, then train with " + method
                    + ": new TransferLearning.Builder(net).fineTuneConfiguration(new FineTuneConfiguration.Builder()"
                    + ".updater(...).build()).build()");
        }
        if (!isBelow(frame -> frame.getClassName().startsWith(NETWORK_TRAINING)
                || frame.getClassName().startsWith(GRAPH_TRAINING))) {
            return new IllegalStateException(start + "The updater was called by hand, as with external errors,"
                    + " which is not supported with " + method + ", because " + what + " belongs to the loss of the"
                    + " network, which is known within fit only. Use an optimizer that works on gradients alone, for"
                    + " example Lion, DiffGrad or Adam, or write the external error as the loss of the last layer,"
                    + " attach net.setListeners(new CurvatureListener()) and call fit");
        }
        return new IllegalStateException(start + "Add the listener that brings it, before training:"
                + " net.setListeners(new CurvatureListener()), on a SameDiff graph"
                + " sd.setListeners(new SameDiffCurvatureListener()). If it was there, another call took it away:"
                + " setListeners replaces earlier listeners, so name them all in one call, and ComputationGraph.clone()"
                + " shares the list with its original, so call setListeners on both after each clone()");
    }

    private static boolean isBelow(Predicate<StackWalker.StackFrame> frame) {
        return StackWalker.getInstance().walk((Stream<StackWalker.StackFrame> frames) -> frames.anyMatch(frame));
    }
}
