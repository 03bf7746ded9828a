/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.io.File;
import java.io.IOException;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.testing.Budget;
import org.newton4j.optimizers.testing.UpdaterContract;
import org.newton4j.optimizers.training.Checkpoints;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * What is the same for all preconditioners: they need the listener, and part of their state is saved beside
 * Deeplearning4j's. Outside of a network they are their base updater.
 */
abstract class PreconditionerContract extends UpdaterContract {

    /** A base updater that shows a change of its learning rate where the preconditioner bounds the step. */
    static DiffGrad base() {
        return DiffGrad.builder()
                .learningRate(0.01)
                .beta1(0.8)
                .beta2(0.9)
                .epsilon(1e-6)
                .build();
    }

    @Override
    protected List<TrainingListener> listeners() {
        return List.of(new CurvatureListener());
    }

    @Override
    protected Budget rosenbrock() {
        return Budget.constant(0.02, 4000);
    }

    @Override
    protected void save(Model model, File file) throws IOException {
        Checkpoints.save(model, file.toPath());
    }

    @Override
    protected MultiLayerNetwork restoreNetwork(File file) throws IOException {
        return Checkpoints.restoreMultiLayerNetwork(file.toPath());
    }

    @Override
    protected ComputationGraph restoreGraph(File file) throws IOException {
        return Checkpoints.restoreComputationGraph(file.toPath());
    }

    @Override
    protected MultiLayerNetwork cloned(MultiLayerNetwork net) {
        MultiLayerNetwork copy = net.clone();
        Checkpoints.copyState(net, copy);
        return copy;
    }

    @Override
    protected MultiLayerNetwork converted(MultiLayerNetwork net, DataType type) {
        MultiLayerNetwork copy = net.convertDataType(type);
        Checkpoints.copyState(net, copy);
        return copy;
    }
}
