/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.InverseSchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.SigmoidSchedule;
import org.nd4j.linalg.schedule.StepSchedule;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.curvature.inverse.MatrixNorm;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.update.FactorScale;
import org.newton4j.optimizers.update.MkorFallback;
import org.newton4j.optimizers.update.MkorRule;

/** Draws optimizers of this library with legal settings, and sometimes Deeplearning4j's beside them. */
final class DrawnUpdaters {

    private final Draw draw;

    DrawnUpdaters(Draw draw) {
        this.draw = draw;
    }

    /**
     * One of ours.
     *
     * @param sampled whether labels can be sampled from every output of the network, which estimator G needs
     */
    IUpdater ours(boolean sampled) {
        return switch (draw.between(0, 9)) {
            case 0 -> lion();
            case 1 -> diffGrad();
            case 2, 3 -> adaHessian();
            case 4, 5 -> sophia(sampled);
            case 6 -> mfac();
            case 7 -> kfac();
            default -> mkor();
        };
    }

    /** One of Deeplearning4j's; not AdaBelief, whose state 1.0.0-M2.1 cannot create. */
    IUpdater builtIn() {
        double rate = draw.scale(1e-4, 1e-2);
        return switch (draw.between(0, 9)) {
            case 0 -> new Sgd(rate);
            case 1 -> new Adam(rate);
            case 2 -> new RmsProp(rate);
            case 3 -> new AdaGrad(rate);
            case 4 -> new AdaDelta();
            case 5 -> new AMSGrad(rate);
            case 6 -> new AdaMax(rate);
            case 7 -> new Nadam(rate);
            case 8 -> new NoOp();
            default -> new Nesterovs(rate, 0.9);
        };
    }

    private IUpdater base() {
        return switch (draw.between(0, 6)) {
            case 0 -> lion();
            case 1 -> diffGrad();
            case 2 -> new Adam(draw.scale(1e-4, 1e-2));
            case 3 -> new Sgd(schedule(1e-2));
            case 4 -> new RmsProp(draw.scale(1e-4, 1e-2));
            case 5 -> new AMSGrad(draw.scale(1e-4, 1e-2));
            default -> new Nesterovs(draw.scale(1e-4, 1e-2), 0.9);
        };
    }

    private Lion lion() {
        Lion.Builder builder = Lion.builder().learningRate(draw.scale(1e-5, 1e-3));
        if (draw.chance(0.3)) {
            builder.learningRateSchedule(schedule(1e-3));
        }
        if (draw.chance(0.3)) {
            builder.beta1(draw.uniform(0, 0.99)).beta2(draw.uniform(0, 0.999));
        }
        return builder.build();
    }

    private DiffGrad diffGrad() {
        DiffGrad.Builder builder = DiffGrad.builder().learningRate(draw.scale(1e-4, 1e-2));
        if (draw.chance(0.3)) {
            builder.learningRateSchedule(schedule(1e-3));
        }
        if (draw.chance(0.3)) {
            builder.beta1(draw.uniform(0, 0.99)).beta2(draw.uniform(0, 0.999));
        }
        if (draw.chance(0.3)) {
            builder.epsilon(draw.scale(1e-8, 1e-3));
        }
        return builder.build();
    }

    private AdaHessian adaHessian() {
        AdaHessian.Builder builder = AdaHessian.builder()
                .learningRate(draw.scale(1e-4, 1e-2))
                .epsilon(draw.scale(1e-3, 1e-1))
                .updateInterval(draw.oneOf(1, 1, 2, 3, 10))
                .spatialAveraging(draw.chance(0.7));
        if (draw.chance(0.3)) {
            builder.learningRateSchedule(schedule(1e-2));
        }
        if (draw.chance(0.3)) {
            builder.beta1(draw.uniform(0, 0.99)).beta2(draw.uniform(0, 0.999));
        }
        if (draw.chance(0.3)) {
            builder.hessianPower(draw.uniform(0.1, 1));
        }
        return builder.build();
    }

    private Sophia sophia(boolean sampled) {
        Sophia.Builder builder = Sophia.builder()
                .learningRate(draw.scale(1e-5, 1e-3))
                .rho(draw.scale(1e-2, 1e2))
                .updateInterval(draw.oneOf(1, 2, 3, 10))
                .estimator(sampled && draw.chance(0.5) ? Sophia.Estimator.G : Sophia.Estimator.H);
        if (draw.chance(0.3)) {
            builder.learningRateSchedule(schedule(1e-3));
        }
        if (draw.chance(0.3)) {
            builder.beta1(draw.uniform(0, 0.99)).beta2(draw.uniform(0, 0.999));
        }
        if (draw.chance(0.2)) {
            builder.batchFactor(draw.scale(1, 1e3));
        }
        return builder.build();
    }

    private Mfac mfac() {
        Mfac.Builder builder =
                Mfac.builder().base(base()).gradients(draw.between(1, 6)).damping(draw.scale(1e-3, 1));
        if (draw.chance(0.2)) {
            builder.dampingSchedule(schedule(0.1));
        }
        if (draw.chance(0.2)) {
            builder.storage(draw.oneOf(DataType.FLOAT, DataType.DOUBLE, DataType.BFLOAT16));
        }
        return builder.build();
    }

    private Kfac kfac() {
        int interval = draw.oneOf(1, 2, 4, 10);
        Kfac.Builder builder = Kfac.builder()
                .base(base())
                .factorInterval(draw.oneOf(1, 2, 5))
                .inverseInterval(interval)
                .damping(draw.scale(1e-2, 1))
                .decay(draw.uniform(0, 0.99))
                .klClip(draw.scale(1e-4, 1e-2))
                .inverse(draw.oneOf(KroneckerInverse.values()))
                .scale(draw.oneOf(FactorScale.values()))
                .spreadRefreshes(draw.chance(0.3));
        if (draw.chance(0.2)) {
            builder.dampingSchedule(schedule(0.1));
        }
        if (interval > 1 && draw.chance(0.3)) {
            builder.spreadRefreshes(false).inverseDelay(draw.between(1, interval - 1));
        }
        return builder.build();
    }

    private Mkor mkor() {
        MkorRule rule = draw.oneOf(MkorRule.values());
        Mkor.Builder builder = Mkor.builder()
                .base(base())
                .rule(rule)
                .gamma(draw.uniform(0.5, 0.99))
                .updateInterval(draw.oneOf(1, 1, 2, 3, 10))
                .warmup(draw.oneOf(0, 0, 1, 2))
                .rescale(draw.chance(0.9));
        if (rule == MkorRule.FULL) {
            builder.damping(draw.scale(1e-2, 1));
        } else if (draw.chance(0.2)) {
            builder.factorType(draw.oneOf(DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16));
        }
        if ((rule == MkorRule.EXACT || rule == MkorRule.PAPER) && draw.chance(0.3)) {
            builder.stabilizerNorm(draw.oneOf(MatrixNorm.values()))
                    .stabilizerThreshold(draw.scale(1, 100))
                    .stabilizerShare(draw.uniform(0.1, 0.9));
        }
        if (rule == MkorRule.REFERENCE && draw.chance(0.5)) {
            builder.clipping(draw.oneOf(0.1, 10.0, Double.POSITIVE_INFINITY));
        }
        if (draw.chance(0.2)) {
            builder.fallback(new MkorFallback(draw.uniform(0.1, 2), draw.between(1, 2), 0.5, draw.between(1, 2)));
        }
        return builder.build();
    }

    private ISchedule schedule(double start) {
        ScheduleType unit = draw.oneOf(ScheduleType.values());
        return switch (draw.between(0, 5)) {
            case 0 -> new ExponentialSchedule(unit, start, 0.9);
            case 1 -> new StepSchedule(unit, start, 0.5, 2);
            case 2 -> new InverseSchedule(unit, start, 0.5, 0.5);
            case 3 -> new PolySchedule(unit, start, 2, 100);
            case 4 -> new SigmoidSchedule(unit, start, 0.5, 10);
            default -> map(unit, start);
        };
    }

    private static ISchedule map(ScheduleType unit, double start) {
        Map<Integer, Double> values = new LinkedHashMap<>();
        values.put(0, start);
        values.put(2, start / 3);
        values.put(4, start / 10);
        return new MapSchedule(unit, values);
    }
}
