/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.KeptState;
import org.newton4j.curvature.inverse.RankOneHistory;
import org.newton4j.curvature.inverse.RankOneInverse;
import org.newton4j.curvature.inverse.RankOneRule;
import org.newton4j.curvature.inverse.Stabilizer;

/**
 * Inverse factors fed with one vector each per update, by {@link RankOneRule}.
 *
 * <p>A vector that is not finite ends the step. A factor of EXACT or REFERENCE that rounding has robbed of its positive
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
        double a = inputs.norm(means.input());
        double g = outputs.norm(means.delta());
        if (!(a <= Double.MAX_VALUE && g <= Double.MAX_VALUE)) {
            throw new ArithmeticException("the mean input has norm " + a + ", the mean gradient by the output before"
                    + " activation " + g + "; look for bad input, or scale features and labels");
        }
        String first = update(() -> inputs.update(means.input()), "input factor", () -> inputs = anew(inputs));
        String second = update(() -> outputs.update(means.delta()), "output factor", () -> outputs = anew(outputs));
        return first == null ? second : first;
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
        return fresh((int) old.dimension(), old.type());
    }

    @Override
    public KeptState keep() {
        RankOneInverse inputsBefore = inputs;
        RankOneInverse outputsBefore = outputs;
        KeptState first = inputsBefore.keep();
        KeptState second = outputsBefore.keep();
        return new KeptState() {
            @Override
            public void takeBack() {
                inputs = inputsBefore;
                outputs = outputsBefore;
                first.takeBack();
                second.takeBack();
            }

            @Override
            public void release() {
                first.release();
                second.release();
            }
        };
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

    RankOneInverse inputs() {
        return inputs;
    }

    RankOneInverse outputs() {
        return outputs;
    }

    @Override
    public SymmetricFactor left() {
        return SymmetricFactor.of(outputs);
    }

    @Override
    public SymmetricFactor right() {
        return SymmetricFactor.of(inputs);
    }

    @Override
    public void save(String prefix, SavedArrays to) {
        save(inputs, prefix + "a", to);
        save(outputs, prefix + "g", to);
    }

    /** The history where there is one, else the matrix under the bare name, which older versions wrote in any case. */
    private static void save(RankOneInverse factor, String name, SavedArrays to) {
        to.with(name + "Updates", factor.updates());
        RankOneHistory history = factor.history();
        if (history == null) {
            to.with(name, factor.matrix());
            return;
        }
        to.with(name + "Alpha", history.alpha())
                .with(name + "Kappa", history.kappa())
                .with(name + "Diagonal", history.diagonal());
        INDArray rows = history.rows();
        if (rows != null) {
            to.with(name + "Rows", rows);
        }
    }

    @Override
    public void restore(String prefix, SavedArrays from) {
        RankOneInverse a = restored(inputs, prefix + "a", from);
        outputs = restored(outputs, prefix + "g", from);
        inputs = a;
    }

    private RankOneInverse restored(RankOneInverse present, String name, SavedArrays from) {
        long updates = from.whole(name + "Updates");
        if (!from.has(name + "Alpha")) {
            INDArray matrix = MkorFactors.like(from.array(name), name, present.dimension(), present.type());
            return new RankOneInverse(matrix, rule, gamma, stabilizer, updates);
        }
        INDArray diagonal = from.array(name + "Diagonal");
        MkorFactors.requireSize(diagonal.length(), name, present.dimension());
        RankOneHistory history = new RankOneHistory(
                from.number(name + "Alpha"),
                from.number(name + "Kappa"),
                diagonal,
                from.has(name + "Rows") ? from.array(name + "Rows") : null);
        return new RankOneInverse(history, present.type(), rule, gamma, stabilizer, updates);
    }
}
