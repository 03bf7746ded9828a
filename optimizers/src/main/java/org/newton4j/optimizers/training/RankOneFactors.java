/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.RankOneInverse;
import org.newton4j.curvature.inverse.RankOneRule;
import org.newton4j.curvature.inverse.Stabilizer;
import org.newton4j.curvature.kernel.Kernels;

/**
 * Inverse factors fed with one vector each per update, by {@link RankOneRule}.
 *
 * <p>A vector that is not finite is refused. A factor of EXACT or REFERENCE that rounding has robbed of its positive
 * definiteness starts anew at the identity; PAPER, which overflows by design, fails.
 */
final class RankOneFactors implements MkorFactors {

    private final RankOneRule rule;
    private final double gamma;
    private final @Nullable Stabilizer stabilizer;
    private RankOneInverse inputs;
    private RankOneInverse outputs;

    /**
     * Starts at the identity.
     *
     * @param geometry of the layer
     * @param storage of the factors
     * @param rule what an update does
     * @param gamma decay
     * @param stabilizer or null
     */
    RankOneFactors(
            KroneckerLayer geometry,
            DataType storage,
            RankOneRule rule,
            double gamma,
            @Nullable Stabilizer stabilizer) {
        this.rule = rule;
        this.gamma = gamma;
        this.stabilizer = stabilizer;
        inputs = fresh(geometry.inputs(), storage);
        outputs = fresh(geometry.outputs(), storage);
    }

    private RankOneInverse fresh(int n, DataType storage) {
        return new RankOneInverse(n, storage, rule, gamma, 1, stabilizer);
    }

    @Override
    public @Nullable String update(Curvature curvature) {
        Means means = (Means) curvature;
        double a = norm(inputs, means.input());
        double g = norm(outputs, means.delta());
        if (!(a <= Double.MAX_VALUE && g <= Double.MAX_VALUE)) {
            return "the mean input has norm " + a + ", the mean delta " + g;
        }
        String first = update(() -> inputs.update(means.input()), "input factor", () -> inputs = anew(inputs));
        String second = update(() -> outputs.update(means.delta()), "output factor", () -> outputs = anew(outputs));
        return first == null ? second : first;
    }

    private static double norm(RankOneInverse factor, INDArray vector) {
        return Math.sqrt(Kernels.symmetric(factor.upper()).dot(vector, vector));
    }

    private @Nullable String update(Runnable step, String name, Runnable restart) {
        try {
            step.run();
            return null;
        } catch (ArithmeticException e) {
            if (rule == RankOneRule.PAPER) {
                throw e;
            }
            restart.run();
            return "the " + name + " starts anew at the identity: " + e.getMessage();
        }
    }

    private RankOneInverse anew(RankOneInverse old) {
        return fresh((int) old.dimension(), old.upper().dataType());
    }

    @Override
    public long updates() {
        return Math.max(inputs.updates(), outputs.updates());
    }

    /** The first update of REFERENCE leaves the identity. */
    @Override
    public boolean identity() {
        return updates() <= (rule == RankOneRule.REFERENCE ? 1 : 0);
    }

    @Override
    public INDArray left() {
        return outputs.upper();
    }

    @Override
    public INDArray right() {
        return inputs.upper();
    }

    @Override
    public void save(String prefix, SavedArrays to) {
        to.with(prefix + "a", inputs.matrix())
                .with(prefix + "aUpdates", inputs.updates())
                .with(prefix + "g", outputs.matrix())
                .with(prefix + "gUpdates", outputs.updates());
    }

    @Override
    public void restore(String prefix, SavedArrays from) {
        INDArray a = MkorFactors.like(inputs.matrix(), from.array(prefix + "a"), prefix + "a");
        INDArray g = MkorFactors.like(outputs.matrix(), from.array(prefix + "g"), prefix + "g");
        inputs = new RankOneInverse(a, rule, gamma, stabilizer, from.whole(prefix + "aUpdates"));
        outputs = new RankOneInverse(g, rule, gamma, stabilizer, from.whole(prefix + "gUpdates"));
    }
}
