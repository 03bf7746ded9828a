/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * The entries of one convolution kernel inside its variable.
 *
 * @param size number of entries, the product of the spatial dimensions, 1 for none
 * @param inner distance between neighbouring entries
 */
record KernelWindow(long size, long inner) {

    /** A variable that is no kernel. */
    static final KernelWindow NONE = new KernelWindow(1, 1);

    /** Convolutions whose weights are [k…, in, out]; only conv2d can have others. */
    private static final Set<String> CONVOLUTIONS =
            Set.of("conv1d", "conv2d", "conv3dnew", "deconv2d", "deconv3d", "depthwise_conv2d", "sconv2d");

    /** Place of the weights' format ({@code WeightsFormat}, in its order) among the integers of conv2d. */
    private static final int FORMAT = 10;

    /** The kernels among the variables of a graph, by name. */
    static Map<String, KernelWindow> of(SameDiff graph) {
        Map<String, KernelWindow> windows = new HashMap<>();
        for (SameDiffOp op : graph.getOps().values()) {
            List<String> inputs = op.getInputsToOp();
            if (inputs != null
                    && inputs.size() > 1
                    && CONVOLUTIONS.contains(op.getOp().opName())
                    && !graph.getVariable(inputs.get(1)).isConstant()
                    && graph.getVariable(inputs.get(1)).getShape() != null) {
                long[] shape = graph.getVariable(inputs.get(1)).getShape();
                if (shape.length >= 3) {
                    windows.put(inputs.get(1), of(shape, firstSpatial(op)));
                }
            }
        }
        return windows;
    }

    private static KernelWindow of(long[] shape, int first) {
        int end = first + shape.length - 2;
        long size = 1;
        for (int i = first; i < end; i++) {
            size *= shape[i];
        }
        long inner = 1;
        for (int i = end; i < shape.length; i++) {
            inner *= shape[i];
        }
        return new KernelWindow(size, inner);
    }

    /** The first spatial dimension of the weights. */
    private static int firstSpatial(SameDiffOp op) {
        if (op.getOp().opName().equals("conv2d")
                && op.getOp() instanceof DynamicCustomOp custom
                && custom.iArgs().length > FORMAT) {
            return switch ((int) custom.iArgs()[FORMAT]) {
                case 0 -> 0; // [kH, kW, in, out]
                case 1 -> 2; // [out, in, kH, kW]
                default -> 1; // [out, kH, kW, in]
            };
        }
        return 0;
    }
}
