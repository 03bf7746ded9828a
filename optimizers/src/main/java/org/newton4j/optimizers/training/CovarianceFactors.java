/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.FactoredInverse;
import org.newton4j.curvature.inverse.KeptState;
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.optimizers.update.FactorScale;

/**
 * Damped inverses of moving-average covariances, from the rows of every example; inverted at every update.
 *
 * <p>The state is the covariances and the damping of the last inversion, which is made again after a restart.
 */
final class CovarianceFactors implements MkorFactors {

    private final double gamma;
    private KroneckerFactors factors;
    private double damping;
    private long updates;

    /**
     * Starts at the identity.
     *
     * @param geometry of the layer
     * @param type FLOAT or DOUBLE
     * @param gamma share of the past
     */
    CovarianceFactors(KroneckerLayer geometry, DataType type, double gamma) {
        this.gamma = gamma;
        factors = geometry.newFactors(type);
    }

    @Override
    public @Nullable String update(Curvature curvature) {
        Rows rows = (Rows) curvature;
        try {
            FactorRows.of(rows.statistics(), FactorScale.PER_EXAMPLE, factors, rows.damping(), updates == 0)
                    .update(factors, gamma);
            factors.refresh(KroneckerInverse.FACTORS_PI, rows.damping());
        } catch (ArithmeticException e) {
            return e.getMessage();
        }
        damping = rows.damping();
        updates++;
        return null;
    }

    @Override
    public KeptState keep() {
        KeptState matrices = factors.keep();
        double dampingBefore = damping;
        long updatesBefore = updates;
        return new KeptState() {
            @Override
            public void takeBack() {
                matrices.takeBack();
                damping = dampingBefore;
                updates = updatesBefore;
            }

            @Override
            public void release() {
                matrices.release();
            }
        };
    }

    @Override
    public long updates() {
        return updates;
    }

    @Override
    public boolean identity() {
        return updates == 0;
    }

    @Override
    public SymmetricFactor left() {
        return SymmetricFactor.of(inverse().left());
    }

    @Override
    public SymmetricFactor right() {
        return SymmetricFactor.of(inverse().right());
    }

    private FactoredInverse inverse() {
        return Objects.requireNonNull(factors.inverse(), "no update yet");
    }

    @Override
    public void save(String prefix, SavedArrays to) {
        to.with(prefix + "a", factors.a())
                .with(prefix + "g", factors.g())
                .with(prefix + "damping", damping)
                .with(prefix + "updates", updates);
    }

    private static INDArray like(INDArray present, String name, SavedArrays from) {
        return MkorFactors.like(from.array(name), name, present.size(0), present.dataType());
    }

    @Override
    public void restore(String prefix, SavedArrays from) {
        INDArray a = like(factors.a(), prefix + "a", from);
        INDArray g = like(factors.g(), prefix + "g", from);
        factors = new KroneckerFactors(a, g);
        damping = from.number(prefix + "damping");
        updates = from.whole(prefix + "updates");
        if (updates > 0) {
            factors.refresh(KroneckerInverse.FACTORS_PI, damping);
        }
    }
}
