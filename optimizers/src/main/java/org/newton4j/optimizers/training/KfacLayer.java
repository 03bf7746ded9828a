/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.inverse.FactoredInverse;
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.optimizers.update.KfacSettings;

/**
 * One layer of K-FAC: its factors, the inverse in use, and the one that comes next.
 *
 * <p>A step is prepared, applied and then committed: until the last of these nothing that outlives it has changed.
 */
final class KfacLayer {

    private final KroneckerLayer geometry;
    private final KroneckerProduct product;
    private KroneckerFactors factors;
    private @Nullable PendingInverse pending;

    KfacLayer(KroneckerLayer geometry, KroneckerProduct.Buffers buffers) {
        this.geometry = geometry;
        product = new KroneckerProduct(geometry, buffers);
        factors = geometry.newFactors(buffers.type());
    }

    String name() {
        return geometry.name();
    }

    long weightStart() {
        return geometry.weightStart();
    }

    KroneckerFactors factors() {
        return factors;
    }

    /** What a step does with the layer. */
    final class Step {

        private final KfacSettings settings;
        private final @Nullable FactorRows rows;
        private final KroneckerFactors next;
        private final FactoredInverse inverse;
        private final @Nullable PendingInverse left;
        private final int beginUseAt;
        private final double damping;
        private final List<String> refusals = new ArrayList<>();

        /**
         * Sees to the inverse of this iteration.
         *
         * @param rows to take into the factors, or null
         * @param due whether the factors are to be inverted
         * @throws ArithmeticException if there is no inverse, old or new
         */
        private Step(@Nullable FactorRows rows, boolean due, KfacSettings settings, int iteration, int epoch) {
            this.settings = settings;
            this.rows = rows;
            damping = settings.damping().at(iteration, epoch);
            FactoredInverse known = factors.inverse();
            PendingInverse ready = pending;
            // Where iterations are counted anew, an inversion may be due before the last one is.
            if (ready != null && (due || iteration >= ready.useAt())) {
                FactoredInverse made = attempt(ready::await);
                known = made == null ? known : made;
                ready = null;
            }
            left = ready;
            boolean delayed = settings.inverseDelay() > 0 && known != null;
            boolean invert = known == null || (due && !delayed);
            if (invert && rows != null) {
                next = factors.copy();
                rows.update(next, settings.decay());
            } else {
                next = factors;
            }
            if (known == null) {
                inverse = next.invert(settings.inverse(), damping);
            } else {
                FactoredInverse made = invert ? attempt(() -> next.invert(settings.inverse(), damping)) : null;
                inverse = made == null ? known : made;
            }
            beginUseAt = due && delayed ? iteration + settings.inverseDelay() : -1;
        }

        private @Nullable FactoredInverse attempt(Supplier<FactoredInverse> inversion) {
            try {
                return inversion.get();
            } catch (ArithmeticException e) {
                refusals.add(String.valueOf(e.getMessage()));
                return null;
            }
        }

        /** Why an inverse is not used, one entry each; the older one is then used further on. */
        List<String> refusals() {
            return refusals;
        }

        String name() {
            return geometry.name();
        }

        long weightStart() {
            return geometry.weightStart();
        }

        /** Replaces V by U inside the flat gradient. */
        void apply(INDArray flat) {
            if (inverse.divisors() == null) {
                product.apply(
                        SymmetricFactor.of(inverse.left()),
                        SymmetricFactor.of(inverse.right()),
                        flat,
                        KroneckerProduct.Rescale.NONE);
            } else {
                geometry.scatter(inverse.precondition(geometry.gather(flat)), flat);
            }
        }

        /**
         * Replaces V by U inside the flat gradient.
         *
         * @return the sum of the products of their entries, not finite if one entry is not
         */
        double applyKeeping(INDArray flat) {
            if (inverse.divisors() == null) {
                return product.applyKeeping(inverse.left(), inverse.right(), flat);
            }
            INDArray v = geometry.gather(flat);
            INDArray u = inverse.precondition(v);
            geometry.scatter(u, flat);
            return Nd4j.getBlasWrapper().dot(v.ravel(), u.ravel());
        }

        void scale(double scale, INDArray flat) {
            product.scale(scale, flat);
        }

        /** Makes the step count; cannot fail. */
        void commit() {
            FactorRows taken = rows;
            if (taken != null && next == factors) {
                taken.update(next, settings.decay());
            }
            factors = next;
            factors.use(inverse);
            pending = beginUseAt < 0 ? left : PendingInverse.begin(factors, settings.inverse(), damping, beginUseAt);
        }
    }

    /**
     * Prepares a step.
     *
     * @param rows to take into the factors, or null
     * @param due whether the factors are to be inverted
     * @param settings how
     * @param iteration 0-based
     * @param epoch 0-based
     * @throws ArithmeticException if the factors cannot be inverted and there is no older inverse
     */
    Step prepare(@Nullable FactorRows rows, boolean due, KfacSettings settings, int iteration, int epoch) {
        return new Step(rows, due, settings, iteration, epoch);
    }

    long mostNumbers() {
        return geometry.mostStateNumbers();
    }

    /** Writes the state; waits for an inversion under way, as no other machine might round alike. */
    void save(SavedArrays to) {
        to.with(name() + "/A", factors.a()).with(name() + "/G", factors.g());
        FactoredInverse inverse = factors.inverse();
        if (inverse != null) {
            save(inverse, name() + "/", to);
        }
        PendingInverse next = pending;
        if (next != null) {
            FactoredInverse ended;
            try {
                ended = next.await();
            } catch (ArithmeticException e) {
                // What could not be inverted is not used, with or without a restart.
                return;
            }
            save(ended, pendingPrefix(), to);
            to.with(pendingPrefix() + "useAt", (long) next.useAt());
        }
    }

    private String pendingPrefix() {
        return name() + "/next-";
    }

    private static void save(FactoredInverse inverse, String prefix, SavedArrays to) {
        to.with(prefix + "left", inverse.left()).with(prefix + "right", inverse.right());
        INDArray divisors = inverse.divisors();
        if (divisors != null) {
            to.with(prefix + "divisors", divisors);
        }
    }

    /**
     * Reads the state.
     *
     * @param from as {@link #save} wrote it; arrays are taken over
     * @return what puts it in the place of the present one
     * @throws IllegalArgumentException if it does not fit
     */
    Runnable restoration(SavedArrays from) {
        // A network may have been converted since.
        DataType type = factors.a().dataType();
        INDArray a = MkorFactors.like(from.array(name() + "/A"), name() + "/A", geometry.inputs(), type);
        INDArray g = MkorFactors.like(from.array(name() + "/G"), name() + "/G", geometry.outputs(), type);
        KroneckerFactors restored = new KroneckerFactors(a, g);
        FactoredInverse inverse = inverse(from, name() + "/", type);
        if (inverse != null) {
            restored.use(inverse);
        }
        FactoredInverse next = inverse(from, pendingPrefix(), type);
        PendingInverse ended =
                next == null ? null : PendingInverse.ended(next, (int) from.whole(pendingPrefix() + "useAt"));
        return () -> {
            factors = restored;
            pending = ended;
        };
    }

    private static @Nullable FactoredInverse inverse(SavedArrays from, String prefix, DataType type) {
        if (!from.has(prefix + "left")) {
            return null;
        }
        return new FactoredInverse(
                from.array(prefix + "left", type),
                from.array(prefix + "right", type),
                from.has(prefix + "divisors") ? from.array(prefix + "divisors", type) : null);
    }
}
