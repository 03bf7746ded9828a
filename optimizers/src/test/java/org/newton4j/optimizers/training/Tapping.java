/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Computes a product in every iteration of a training, with the tap and for comparison by recording. */
final class Tapping extends BaseTrainingListener {

    final List<INDArray> tapped = new ArrayList<>();
    final List<INDArray> tappedCentral = new ArrayList<>();
    final List<INDArray> recorded = new ArrayList<>();
    private NetworkDerivative fast;
    private NetworkDerivative central;
    private NetworkDerivative recording;
    private INDArray[] graphLabels;

    NetworkDerivative.Way way() {
        return fast.way();
    }

    long evaluations() {
        return fast.evaluations();
    }

    @Override
    public void onForwardPass(Model model, List<INDArray> activations) {
        prepare(model);
        fast.tapForward(activations);
        central.tapForward(activations);
    }

    @Override
    public void onForwardPass(Model model, Map<String, INDArray> activations) {
        prepare(model);
        fast.tapForward(activations);
        central.tapForward(activations);
    }

    @Override
    public void onBackwardPass(Model model) {
        fast.tapBackward();
        central.tapBackward();
        if (model instanceof ComputationGraph graph) {
            graphLabels = new INDArray[] {((IOutputLayer) graph.getOutputLayer(0)).getLabels()};
        }
    }

    @Override
    public void onGradientCalculation(Model model) {
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            tapped.add(product(model, fast));
            stream.restore();
            tappedCentral.add(product(model, central));
            stream.restore();
            recorded.add(product(model, recording));
        } finally {
            stream.restore();
        }
    }

    private INDArray product(Model model, NetworkDerivative derivative) {
        ParameterLayout layout = ParameterLayout.of(model);
        INDArray parameters = Networks.parameters(model);
        INDArray v = KinkedNets.signs(parameters.dataType(), layout.length(), recorded.size());
        layout.clearUntrainable(v);
        derivative.load(model instanceof MultiLayerNetwork net ? new INDArray[] {net.getLabels()} : graphLabels);
        derivative.moveTo(parameters);
        INDArray out = Nd4j.createUninitialized(parameters.dataType(), layout.length());
        derivative.along(v, false, 1, out);
        layout.clearUntrainable(out);
        return out;
    }

    private void prepare(Model model) {
        if (fast == null) {
            ParameterLayout layout = ParameterLayout.of(model);
            fast = new NetworkDerivative(model, layout, HessianProducts.FAST, true);
            central = new NetworkDerivative(model, layout, HessianProducts.CENTRAL, true);
            recording = new NetworkDerivative(model, layout, HessianProducts.FAST, false);
        }
    }
}
