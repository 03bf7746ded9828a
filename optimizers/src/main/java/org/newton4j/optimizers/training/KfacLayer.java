/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.inverse.FactoredInverse;
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.optimizers.update.KfacSettings;

/** One layer of K-FAC: its factors, the inverse in use, and the one that comes next. */
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

    /**
     * Sees to the inverse of this iteration.
     *
     * @param due whether the factors are to be inverted
     * @param settings how
     * @param iteration 0-based
     * @param epoch 0-based
     * @return why an inverse is not used, one entry each; the older one is then used further on
     * @throws ArithmeticException if there is no older one
     */
    List<String> refresh(boolean due, KfacSettings settings, int iteration, int epoch) {
        List<String> refusals = new ArrayList<>();
        PendingInverse ready = pending;
        // Where iterations are counted anew, an inversion may be due before the last one is.
        if (ready != null && (due || iteration >= ready.useAt())) {
            pending = null;
            attempt(() -> factors.use(ready.await()), refusals);
        }
        if (factors.inverse() == null) {
            factors.refresh(settings.inverse(), settings.damping().at(iteration, epoch));
        } else if (due) {
            double damping = settings.damping().at(iteration, epoch);
            if (settings.inverseDelay() > 0) {
                pending =
                        PendingInverse.begin(factors, settings.inverse(), damping, iteration + settings.inverseDelay());
            } else {
                attempt(() -> factors.refresh(settings.inverse(), damping), refusals);
            }
        }
        return refusals;
    }

    private static void attempt(Runnable inversion, List<String> refusals) {
        try {
            inversion.run();
        } catch (ArithmeticException e) {
            refusals.add(String.valueOf(e.getMessage()));
        }
    }

    /** Replaces V by U inside the flat gradient. */
    void apply(INDArray flat) {
        FactoredInverse inverse = factors.inverse();
        if (inverse != null && inverse.divisors() == null) {
            product.apply(
                    SymmetricFactor.of(inverse.left()),
                    SymmetricFactor.of(inverse.right()),
                    flat,
                    KroneckerProduct.Rescale.NONE);
        } else {
            geometry.scatter(factors.precondition(geometry.gather(flat)), flat);
        }
    }

    /**
     * Replaces V by U inside the flat gradient.
     *
     * @return the sum of the products of their entries, not finite if one entry is not
     */
    double applyKeeping(INDArray flat) {
        FactoredInverse inverse = factors.inverse();
        if (inverse != null && inverse.divisors() == null) {
            return product.applyKeeping(inverse.left(), inverse.right(), flat);
        }
        INDArray v = geometry.gather(flat);
        INDArray u = factors.precondition(v);
        geometry.scatter(u, flat);
        return Nd4j.getBlasWrapper().dot(v.ravel(), u.ravel());
    }

    void scale(double scale, INDArray flat) {
        product.scale(scale, flat);
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
            List<String> refusals = new ArrayList<>();
            // What could not be inverted is not used, with or without a restart.
            attempt(() -> save(next.await(), pendingPrefix(), to), refusals);
            if (refusals.isEmpty()) {
                to.with(pendingPrefix() + "useAt", (long) next.useAt());
            }
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
        INDArray a = from.array(name() + "/A", type);
        INDArray g = from.array(name() + "/G", type);
        if (!(a.size(0) == geometry.inputs() && g.size(0) == geometry.outputs())) {
            throw new IllegalArgumentException("the saved factors of layer '" + name() + "' are " + a.size(0) + " and "
                    + g.size(0) + " wide, but this network needs " + geometry.inputs() + " and "
                    + geometry.outputs());
        }
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
