/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Elementwise optimizer steps, each one pass over memory.
 *
 * <p>Conventions shared by all steps. Arrays are flat vectors of one length and one data type; views are honoured. On
 * entry {@code gradient} holds g; on return it holds the update u that Deeplearning4j subtracts from the parameters.
 * State arrays are advanced in place. A coordinate whose gradient is NaN or infinite is left out: its update is 0, its
 * state stays as it was, and it is counted in the return value. State may legitimately overflow to infinity (g squared
 * in {@code v}); that is not counted.
 *
 * <p>Implementations are stateless and safe to use from several threads on disjoint arrays.
 */
public interface StepKernels {

    /**
     * Short name for log lines and benchmarks.
     *
     * @return for example {@code "java"}
     */
    String name();

    /**
     * Lion (Chen et al. 2023, Algorithm 2) without decay.
     *
     * <pre>
     * c  = beta1 m + (1 - beta1) g
     * u  = learningRate sign(c),  sign(0) = 0
     * m' = beta2 m + (1 - beta2) g
     * </pre>
     *
     * @param gradient g on entry, u on return; Modified
     * @param m momentum; Modified
     * @param learningRate step, finite
     * @param beta1 interpolation of the update, in [0, 1)
     * @param beta2 interpolation of the momentum, in [0, 1)
     * @return number of coordinates left out because g is not finite
     */
    long lion(INDArray gradient, INDArray m, double learningRate, double beta1, double beta2);

    /**
     * diffGrad (Dubey et al. 2020), the corrected v2 in which the previous gradient is a copy.
     *
     * <pre>
     * m' = beta1 m + (1 - beta1) g
     * v' = beta2 v + (1 - beta2) g^2
     * xi = 1 / (1 + exp(-|previous - g|))
     * u  = stepSize m' xi / (sqrt(v') + epsilon)
     * previous' = g
     * </pre>
     *
     * @param gradient g on entry, u on return; Modified
     * @param m first moment; Modified
     * @param v second moment; Modified
     * @param previous gradient of the step before; Modified
     * @param stepSize learning rate times sqrt(1 - beta2^t) / (1 - beta1^t)
     * @param beta1 decay of m, in [0, 1)
     * @param beta2 decay of v, in [0, 1)
     * @param epsilon added to the root, greater than 0
     * @return number of coordinates left out because g is not finite
     */
    long diffGrad(
            INDArray gradient,
            INDArray m,
            INDArray v,
            INDArray previous,
            double stepSize,
            double beta1,
            double beta2,
            double epsilon);

    /**
     * AdaHessian (Yao et al. 2021, Algorithm 1) without decay.
     *
     * <pre>
     * m' = beta1 m + (1 - beta1) g
     * v' = beta2 v + (1 - beta2) D^2          (v' = v when no curvature is handed in)
     * r  = (m' / mCorrection) / ((sqrt(v') / sqrt(vCorrection))^hessianPower + epsilon)
     * u  = learningRate r, cut to [-limit, limit]
     * </pre>
     *
     * @param gradient g on entry, u on return; Modified
     * @param m first moment; Modified
     * @param v second moment of the curvature; Modified
     * @param curvature D, finite, or null when this step has no new estimate; Not modified
     * @param learningRate step, finite
     * @param beta1 decay of m, in [0, 1)
     * @param beta2 decay of v per estimate, in [0, 1)
     * @param epsilon added to the denominator, greater than 0
     * @param hessianPower exponent k of the denominator, in (0, 1]
     * @param mCorrection 1 - beta1^t after t steps
     * @param vCorrection 1 - beta2^n after n estimates, this one included
     * @param limit bound of |u|, at least 0; infinity for none, which is the paper
     * @return number of coordinates left out because g is not finite; their v takes D all the same
     */
    long adaHessian(
            INDArray gradient,
            INDArray m,
            INDArray v,
            @Nullable INDArray curvature,
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double hessianPower,
            double mCorrection,
            double vCorrection,
            double limit);

    /**
     * AdaHessian as the paper has it, without a bound.
     *
     * @param gradient g on entry, u on return; Modified
     * @param m first moment; Modified
     * @param v second moment of the curvature; Modified
     * @param curvature D, finite, or null when this step has no new estimate; Not modified
     * @param learningRate step, finite
     * @param beta1 decay of m, in [0, 1)
     * @param beta2 decay of v per estimate, in [0, 1)
     * @param epsilon added to the denominator, greater than 0
     * @param hessianPower exponent k of the denominator, in (0, 1]
     * @param mCorrection 1 - beta1^t after t steps
     * @param vCorrection 1 - beta2^n after n estimates, this one included
     * @return number of coordinates left out because g is not finite; their v takes D all the same
     */
    default long adaHessian(
            INDArray gradient,
            INDArray m,
            INDArray v,
            @Nullable INDArray curvature,
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double hessianPower,
            double mCorrection,
            double vCorrection) {
        return adaHessian(
                gradient,
                m,
                v,
                curvature,
                learningRate,
                beta1,
                beta2,
                epsilon,
                hessianPower,
                mCorrection,
                vCorrection,
                Double.POSITIVE_INFINITY);
    }

    /**
     * Sophia (Liu et al. 2023, Algorithm 3, in the parametrisation of the authors' code) without decay.
     *
     * <pre>
     * m' = beta1 m + (1 - beta1) g
     * h' = beta2 h + (1 - beta2) c            (h' = h when no curvature is handed in)
     * r  = |m'| / (rho max(h', 0) + 1e-15)
     * u  = learningRate sign(m') min(1, r),   sign(0) = 0
     * </pre>
     *
     * <p>Where h' is 0 or negative, r is huge and u is the full learning rate in the direction of m' (down to
     * |m'| = 1e-15).
     *
     * @param gradient g on entry, u on return; Modified
     * @param m momentum; Modified
     * @param h average of the curvature; Modified
     * @param curvature c, of any sign, finite, or null when this step has no new estimate; Not modified
     * @param learningRate step, finite
     * @param beta1 decay of m, in [0, 1)
     * @param beta2 decay of h per estimate, in [0, 1)
     * @param rho factor of h in the ratio, greater than 0
     * @return coordinates left out because g is not finite, whose h takes c all the same, and coordinates with r below 1
     */
    StepCounts sophia(
            INDArray gradient,
            INDArray m,
            INDArray h,
            @Nullable INDArray curvature,
            double learningRate,
            double beta1,
            double beta2,
            double rho);
}
