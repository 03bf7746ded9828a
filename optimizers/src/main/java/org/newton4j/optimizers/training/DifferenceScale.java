/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How large a step in parameter space is, seen from where the network is.
 *
 * <pre>
 * s_l² = |θ_l|² + n_l (0.03 rms θ)²     natural length of layer l with n_l trainable parameters; n_l if θ = 0
 * size(v)² = Σ_l |v_l|² / s_l²
 * m_j = A_j √f_j u_j + √f_j rms θ_j m_{j-1}        u_j = max over units of |their weights in v|; rms v_j for random signs
 * motion(v) = max of m_j over the weights in front of a bent function
 * </pre>
 *
 * <p>ε size(v) is the relative change of the layers, to which gradients of layers in a chain respond in proportion. The second term
 * of s_l keeps a layer that is all but zero from deciding: its neighbours would hardly move then, and rounding would be all
 * there is to see. ε motion(v) is about how far an argument of a bent function (tanh, sigmoid, softmax) moves, whose natural
 * scale is 1 whatever the weights are: j runs along the network, f_j is the fan-in of weights j, A_j the largest rms of an example's
 * inputs, and what the layers before have moved is carried on.
 */
final class DifferenceScale {

    private static final double SMALL_LAYER = 0.03;

    private final List<long[]> layers;
    private final long trainableLength;
    private final double[] lengths;
    private final List<WeightReach> reaches = new ArrayList<>();
    private double[] gains = {};
    private double norm;

    DifferenceScale(ParameterLayout layout) {
        this.layers = layerRanges(layout);
        this.lengths = new double[layers.size()];
        long sum = 0;
        for (long[] range : layers) {
            sum += range[1] - range[0];
        }
        this.trainableLength = sum;
    }

    /**
     * Takes the place over.
     *
     * @param point θ, flat; Not modified
     * @param weights along the network, as the forward pass at θ showed them
     */
    void moveTo(INDArray point, List<WeightReach> weights) {
        double squares = 0;
        for (int l = 0; l < lengths.length; l++) {
            double part = Norms.of(point, layers.get(l));
            lengths[l] = part;
            squares += part * part;
        }
        norm = Math.sqrt(squares);
        double smallest = norm > 0 ? SMALL_LAYER * norm / Math.sqrt((double) trainableLength) : 1;
        for (int l = 0; l < lengths.length; l++) {
            long[] range = layers.get(l);
            lengths[l] = Math.hypot(lengths[l], smallest * Math.sqrt((double) (range[1] - range[0])));
        }
        reaches.clear();
        reaches.addAll(weights);
        gains = new double[reaches.size()];
        for (int j = 0; j < gains.length; j++) {
            WeightReach reach = reaches.get(j);
            gains[j] = Math.sqrt((double) reach.fanIn()) * Math.max(smallest, reach.rms(point));
        }
    }

    /** |θ| over the trainable parameters. */
    double pointNorm() {
        return norm;
    }

    /**
     * The relative change of the layers by a step v.
     *
     * @throws IllegalArgumentException if it is not finite
     */
    double size(INDArray v) {
        double sum = 0;
        for (int l = 0; l < lengths.length; l++) {
            double ratio = Norms.of(v, layers.get(l)) / lengths[l];
            sum += ratio * ratio;
        }
        double size = Math.sqrt(sum);
        if (!Double.isFinite(size)) {
            throw new IllegalArgumentException("direction has size " + size + ", but must be finite");
        }
        return size;
    }

    /**
     * How far arguments of bent functions move by a step v.
     *
     * @param signs whether the entries of v are random signs or zero, which add up as their root; others may all point one way
     */
    double motion(INDArray v, boolean signs) {
        double moved = 0;
        double largest = 0;
        for (int j = 0; j < gains.length; j++) {
            WeightReach reach = reaches.get(j);
            double unit = signs ? reach.rms(v) : reach.largestUnit(v);
            moved = reach.input() * Math.sqrt((double) reach.fanIn()) * unit + gains[j] * moved;
            if (reach.bent()) {
                largest = Math.max(largest, moved);
            }
        }
        return largest;
    }

    /** Flat range of each layer's trainable variables, which are neighbours; variables between are taken along. */
    private static List<long[]> layerRanges(ParameterLayout layout) {
        List<long[]> ranges = new ArrayList<>();
        String last = null;
        for (ParameterLayout.Variable variable : layout.variables()) {
            if (variable.trainable() && variable.start() < variable.end()) {
                if (variable.layer().equals(last)) {
                    ranges.get(ranges.size() - 1)[1] = variable.end();
                } else {
                    ranges.add(new long[] {variable.start(), variable.end()});
                    last = variable.layer();
                }
            }
        }
        return ranges;
    }
}
