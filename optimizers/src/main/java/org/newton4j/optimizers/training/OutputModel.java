/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationPReLU;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

/**
 * A loss with its activation read as the negative logarithm of a distribution p(y | z): its curvature by the pre-output
 * z, and labels drawn from it.
 *
 * <p>With r(y) = ∂(-ln p(y | z))/∂z,
 *
 * <pre>
 * H_out = E[∂r/∂z] = E[r r'],   E[r] = 0      for y from p(y | z)
 * </pre>
 */
interface OutputModel {

    /**
     * Computes H_out t, row by row, for the summed loss.
     *
     * @param call the present call of the loss; Not modified
     * @param t [rows, outputs]; Not modified
     * @return a new array [rows, outputs]
     */
    INDArray multiply(LossCall call, INDArray t);

    /**
     * Draws labels from p(y | z), one row each.
     *
     * @param call the present call of the loss; Not modified
     * @param random numbers to use
     * @return new labels, of the shape and type the loss wants
     */
    INDArray sample(LossCall call, CounterRandom random);

    /**
     * The model of a loss and activation.
     *
     * @param layer name of the output layer, for messages
     * @throws IllegalArgumentException if the pair is not covered
     */
    static OutputModel of(ILossFunction loss, IActivation activation, String layer) {
        Class<?> kind = loss.getClass();
        if (activation instanceof ActivationSoftmax
                && (kind == LossMCXENT.class || kind == LossNegativeLogLikelihood.class)) {
            return new CategoricalOutput(((LossMCXENT) loss).getWeights(), false);
        }
        if (activation instanceof ActivationSoftmax && kind == LossSparseMCXENT.class) {
            return new CategoricalOutput(((LossSparseMCXENT) loss).getWeights(), true);
        }
        if (activation instanceof ActivationSigmoid && kind == LossBinaryXENT.class) {
            return new BernoulliOutput(((LossBinaryXENT) loss).getWeights());
        }
        if (isDifferentiable(activation) && kind == LossMSE.class) {
            return new GaussianOutput(((LossMSE) loss).getWeights(), true);
        }
        if (isDifferentiable(activation) && kind == LossL2.class) {
            return new GaussianOutput(((LossL2) loss).getWeights(), false);
        }
        throw new IllegalArgumentException("output '" + layer + "' has loss " + loss + " with activation " + activation
                + ", for which no Gauss-Newton matrix is known; use MCXENT, NEGATIVELOGLIKELIHOOD or SPARSE_MCXENT "
                + "with softmax, XENT with sigmoid, or MSE or L2 with one of ND4J's activations other than RReLU and "
                + "PReLU; the Hessian of any loss is NetworkHessian");
    }

    /** Elementwise, or softmax; their Jacobians are symmetric, so backprop is also the directional derivative. */
    private static boolean isDifferentiable(IActivation activation) {
        return activation.getClass().getPackageName().equals(ActivationSigmoid.class.getPackageName())
                && !(activation instanceof ActivationRReLU)
                && !(activation instanceof ActivationPReLU);
    }

    /** Refuses weights, under which r r' has another mean than ∂r/∂z. */
    static void requireUnweighted(@Nullable INDArray weights, String loss) {
        if (weights != null) {
            throw new IllegalArgumentException(loss + " with weights is the likelihood of no distribution, so labels "
                    + "cannot be sampled from it; use NetworkGaussNewton with a Hutchinson diagonal instead");
        }
    }

    /** Refuses masks other than 0 and 1, for the same reason. */
    static void requireBinaryMask(@Nullable INDArray mask) {
        if (mask != null) {
            double weightOfOthers = mask.sub(mask.mul(mask)).amaxNumber().doubleValue();
            if (!(weightOfOthers == 0)) {
                throw new IllegalArgumentException("the label mask has values other than 0 and 1; labels cannot be "
                        + "sampled for weighted examples");
            }
        }
    }
}
