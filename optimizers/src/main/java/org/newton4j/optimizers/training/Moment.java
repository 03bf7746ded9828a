/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.solvers.BaseOptimizer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where in a step a network is when it is saved from inside {@code fit}.
 *
 * <p>Deeplearning4j calls its listeners before the step is over: after iterationDone it counts the iteration and applies constraints,
 * after onEpochEnd it counts the epoch. A network saved there would do the iteration once more after a restart.
 */
enum Moment {
    BETWEEN_STEPS,
    ITERATION_DONE,
    EPOCH_END;

    private static final String LIBRARY = "org.deeplearning4j.";
    private static final String SOLVERS = LIBRARY + "optimize.solvers.";

    /** What is run with the network as it will be once the step is over. */
    interface Saving<E extends Exception> {
        void run() throws E;
    }

    /**
     * Where the network that this thread trains is now.
     *
     * @throws IllegalStateException if it is between gradient and update
     */
    static Moment here() {
        return StackWalker.getInstance().walk(Moment::of);
    }

    private static Moment of(Stream<StackWalker.StackFrame> frames) {
        List<StackWalker.StackFrame> stack = frames.collect(Collectors.toList());
        for (int i = 1; i < stack.size(); i++) {
            String caller = stack.get(i).getClassName();
            String called = stack.get(i - 1).getMethodName();
            if (caller.startsWith(SOLVERS) && stack.get(i).getMethodName().equals("optimize")) {
                if (called.equals("iterationDone")) {
                    return ITERATION_DONE;
                }
                throw new IllegalStateException("The network is in the middle of a step. Save it in iterationDone or"
                        + " onEpochEnd of a listener, with CheckpointsListener, or between two calls of fit.");
            }
            if (caller.startsWith(LIBRARY) && called.equals("onEpochEnd")) {
                return EPOCH_END;
            }
        }
        return BETWEEN_STEPS;
    }

    /**
     * Finishes the step, saves, and takes back what Deeplearning4j will do itself.
     *
     * @param network Modified, and put back
     * @param saving what saves it
     */
    <E extends Exception> void finished(Model network, Saving<E> saving) throws E {
        switch (this) {
            case ITERATION_DONE -> {
                BaseOptimizer.incrementIterationCount(network, 1);
                INDArray unconstrained =
                        isConstrained(network) ? network.params().dup() : null;
                try {
                    if (unconstrained != null) {
                        BaseOptimizer.applyConstraints(network);
                    }
                    saving.run();
                } finally {
                    if (unconstrained != null) {
                        network.params().assign(unconstrained);
                    }
                    BaseOptimizer.incrementIterationCount(network, -1);
                }
            }
            case EPOCH_END -> {
                int epoch = Networks.epoch(network);
                setEpoch(network, epoch + 1);
                try {
                    saving.run();
                } finally {
                    setEpoch(network, epoch);
                }
            }
            case BETWEEN_STEPS -> saving.run();
        }
    }

    private static void setEpoch(Model network, int epoch) {
        if (network instanceof MultiLayerNetwork net) {
            net.setEpochCount(epoch);
        } else {
            ((ComputationGraph) network).getConfiguration().setEpochCount(epoch);
        }
    }

    private static boolean isConstrained(Model network) {
        for (Layer layer : Networks.layers(network)) {
            List<?> constraints =
                    layer.conf() == null ? null : layer.conf().getLayer().getConstraints();
            if (constraints != null && !constraints.isEmpty()) {
                return true;
            }
        }
        return false;
    }
}
