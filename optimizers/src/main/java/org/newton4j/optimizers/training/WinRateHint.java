/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.update.BiasCorrection;
import org.newton4j.optimizers.update.CurvatureRequest;
import org.newton4j.optimizers.update.FusedUpdater;
import org.newton4j.optimizers.update.WinRate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once per network which rho would suit Sophia, where its win rate stays far from what its authors call healthy.
 *
 * <p>A coordinate is not clipped if |m| / (rho h) is below 1, so the rho for a win rate of w is the w-quantile of |m| / h. h
 * starts at 0 and is never corrected: after n estimates it holds 1 - beta2^n of their average. What is told is the rho for
 * the time when it is full.
 */
final class WinRateHint {

    /** Outside of these the advice is due; the authors' README calls 0.1 to 0.5 healthy. */
    static final double LOW = 0.05;

    static final double HIGH = 0.95;

    /** The middle of the healthy range. */
    static final double WANTED = 0.3;

    /** Iterations from one look to the next, so that a look costs nothing that counts. */
    static final int INTERVAL = 10;

    /** Looks in a row that found the rate outside of the range before it counts. */
    static final int PATIENCE = 5;

    /** Coordinates of a block that are looked at, evenly spread. */
    private static final int SAMPLE = 4096;

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private int outside;
    private boolean given;

    /**
     * Looks at the last step.
     *
     * @param model after a step; Not modified
     * @param iteration of the step, 0-based
     */
    void look(Model model, int iteration) {
        if (given || iteration % INTERVAL != 0) {
            return;
        }
        double rate = CurvatureListener.winRate(model).value();
        outside = rate < LOW || rate > HIGH ? outside + 1 : 0;
        if (outside < PATIENCE) {
            return;
        }
        outside = 0;
        for (UpdaterBlock block : Networks.updater(model).getUpdaterBlocks()) {
            if (block.getGradientUpdater() instanceof FusedUpdater updater
                    && updater.getConfig() instanceof Sophia sophia
                    && isOutside(updater.winRate())) {
                advise(sophia, updater, rate, iteration);
            }
        }
    }

    private static boolean isOutside(WinRate rate) {
        return rate.value() < LOW || rate.value() > HIGH;
    }

    private void advise(Sophia sophia, FusedUpdater updater, double rate, int iteration) {
        Map<String, INDArray> state = updater.getState();
        INDArray m = state.get(Sophia.M_STATE);
        INDArray h = state.get(Sophia.H_STATE);
        if (given || m == null || h == null) {
            return;
        }
        Map<String, Object> settings = sophia.hyperParameters();
        double rho = number(settings, "rho", Sophia.DEFAULT_RHO);
        double factor = number(settings, "batchFactor", 1);
        CurvatureRequest request = sophia.curvatureRequest().orElseThrow();
        double filled =
                BiasCorrection.of(number(settings, "beta2", Sophia.DEFAULT_BETA2), request.estimatesAfter(iteration));
        double[] ratios = ratios(m, h, filled / factor);
        double settled =
                Arrays.stream(ratios).filter(ratio -> ratio < rho).count() / (double) Math.max(1, ratios.length);
        if (ratios.length == 0 || (settled >= LOW && settled <= HIGH)) {
            // Only the start-up of h; look again.
            return;
        }
        given = true;
        double wanted = ratios[(int) (WANTED * ratios.length)];
        if (wanted > 0 && Double.isFinite(wanted)) {
            log.warn(
                    "Sophia's win rate is {} with rho {}: {}. A healthy one is 0.1 to 0.5; rho({}) would give about {} here:"
                            + " Sophia.builder().rho({}).",
                    text(rate),
                    rho,
                    rate < LOW ? "nearly every step is that of a sign" : "hardly any step is clipped",
                    text(wanted),
                    WANTED,
                    text(wanted));
        } else {
            log.warn(
                    "Sophia's win rate is {} with rho {}: nearly every step is that of a sign, and too few curvatures are"
                            + " positive for any rho to change that. Sophia.Estimator.G has positive ones only; Lion is cheaper"
                            + " and makes such steps, too.",
                    text(rate),
                    rho);
        }
    }

    /** |m| / h in ascending order, h as it is once it is full; infinite where it is not positive. */
    private static double[] ratios(INDArray m, INDArray h, double filled) {
        long stride = Math.max(1, m.length() / SAMPLE);
        double[] ratios = new double[(int) (m.length() / stride)];
        int count = 0;
        for (int i = 0; i < ratios.length; i++) {
            double moment = Math.abs(m.getDouble(i * stride));
            double curvature = h.getDouble(i * stride) / filled;
            // A parameter that never had a gradient does not move, whatever rho is.
            if (moment > 0) {
                // The factor of the batch stands beside h in the step.
                ratios[count++] = curvature > 0 ? moment / curvature : Double.POSITIVE_INFINITY;
            }
        }
        ratios = Arrays.copyOf(ratios, count);
        Arrays.sort(ratios);
        return ratios;
    }

    private static double number(Map<String, Object> settings, String name, double otherwise) {
        return settings.get(name) instanceof Double number ? number : otherwise;
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, "%.2g", value);
    }
}
