/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One iteration as a preconditioner sees it, between the gradient and the parameter update.
 *
 * @param model the network inside onGradientCalculation; not to be kept, states outlive listeners
 * @param layout of its flat vectors
 * @param variables the trainable variables of this preconditioner, in flat order; others are not its business
 * @param summed flat, the live gradient as Deeplearning4j announced it: the sum over examples; Not modified
 * @param gradient flat, as long as the parameters, FLOAT or DOUBLE: the mean gradient after clipping, all entries of
 *     {@code variables} finite; to be replaced there by the preconditioned one
 * @param labels of the batch, one array per output, null for one without labels
 * @param iteration 0-based
 * @param epoch 0-based
 * @param learningRate of the base updater, by flat index; 1 where it has none
 * @param loss of this iteration, with L1 and L2
 */
record PreconditionerStep(
        Model model,
        ParameterLayout layout,
        List<ParameterLayout.Variable> variables,
        INDArray summed,
        INDArray gradient,
        List<INDArray> labels,
        int iteration,
        int epoch,
        LongToDoubleFunction learningRate,
        double loss) {

    PreconditionerStep {
        variables = List.copyOf(variables);
        // An output without labels has none.
        labels = Collections.unmodifiableList(new ArrayList<>(labels));
    }
}
