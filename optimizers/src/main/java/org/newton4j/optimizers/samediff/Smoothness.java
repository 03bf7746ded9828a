/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/** Which operations have derivatives of every order wherever they are defined. */
final class Smoothness {

    /** By {@code opName()}; operations that are not in here may have kinks. */
    private static final Set<String> SMOOTH = Set.of(
            ("Reciprocal add add_scalar atan avgpool2d avgpool3dnew batchnorm biasadd cast concat conv1d conv2d conv3dnew cos"
                            + " cosh cosine_distance_loss cube deconv2d deconv3d depthwise_conv2d distribution_bernoulli"
                            + " distribution_binomial distribution_gaussian distribution_lognormal"
                            + " distribution_truncated distribution_uniform div_scalar divide dot dot_product_attention"
                            + " erf erfc exp expand_dims expm1 gather gelu gruCell identity l2_loss layer_norm log log1p"
                            + " log_loss log_poisson_loss log_softmax logsigmoid lstmBlock lstmBlockCell lstmCell lstmLayer"
                            + " matmul mean_pairwssqerr_loss mean_sqerr_loss mergeadd mergeavg mish mmul mul_scalar"
                            + " multi_head_dot_product_attention multiply neg onehot oneminus ones_as permute pow"
                            + " precise_gelu random_bernoulli random_exponential random_normal random_uniform"
                            + " rdiv_scalar reduce_dot reduce_logsumexp reduce_mean reduce_norm2 reduce_prod reduce_sqnorm"
                            + " reduce_stdev reduce_sum reduce_variance reshape reversedivide reversesubtract rsqrt"
                            + " rsub_scalar sconv2d shape_of sigm_cross_entropy_loss sigmoid sin sinh size_at slice softmax"
                            + " softmax_cross_entropy_loss softmax_cross_entropy_loss_with_logits softplus"
                            + " sparse_softmax_cross_entropy_loss_with_logits split sqrt square squaredsubtract squeeze"
                            + " stack standardize std strided_slice sub_scalar subtract swish tanh tensordot tensormmul"
                            + " tile transpose unstack var xw_plus_b zeroslike")
                    .split(" "));

    private Smoothness() {}

    /**
     * Operations not known to be smooth.
     *
     * @param graph Not modified
     * @return their names, sorted; empty for a smooth graph
     */
    static List<String> possibleKinks(SameDiff graph) {
        Set<String> names = new TreeSet<>();
        for (SameDiffOp op : graph.getOps().values()) {
            String name = op.getOp().opName();
            if (!SMOOTH.contains(name)) {
                names.add(name);
            }
        }
        return List.copyOf(names);
    }
}
