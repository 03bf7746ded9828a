/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.Set;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.dropout.AlphaDropout;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.dropout.SpatialDropout;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.L2Vertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PoolHelperVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1D;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution2D;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToBatchLayer;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.Upsampling3D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.preprocessor.Cnn3DToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnn3DPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToCnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.conf.weightnoise.WeightNoise;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationCube;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationRationalTanh;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationRectifiedTanh;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSoftSign;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/**
 * The white list: classes whose derivatives are known, compared exactly, because a subclass may do anything; and classes
 * of others that are declared {@link Smooth}.
 *
 * <p>Smooth here means that the gradient has no jump; a jump of the second derivative (soft sign, squared hinge) only
 * gives an error as small as the step.
 */
@SuppressWarnings("deprecation") // GravesLSTM is deprecated, networks with it are not.
final class KnownParts {

    /** Layers that are smooth apart from their activation, loss, dropout and weight noise. */
    private static final Set<Class<?>> LAYERS = Set.of(
            DenseLayer.class,
            ConvolutionLayer.class,
            Convolution1D.class,
            Convolution1DLayer.class,
            Convolution2D.class,
            Convolution3D.class,
            Deconvolution2D.class,
            Deconvolution3D.class,
            SeparableConvolution2D.class,
            DepthwiseConvolution2D.class,
            OutputLayer.class,
            RnnOutputLayer.class,
            CenterLossOutputLayer.class,
            LossLayer.class,
            RnnLossLayer.class,
            CnnLossLayer.class,
            Cnn3DLossLayer.class,
            ActivationLayer.class,
            BatchNormalization.class,
            LocalResponseNormalization.class,
            DropoutLayer.class,
            EmbeddingLayer.class,
            EmbeddingSequenceLayer.class,
            ElementWiseMultiplicationLayer.class,
            RepeatVector.class,
            MaskLayer.class,
            LSTM.class,
            GravesLSTM.class,
            GravesBidirectionalLSTM.class,
            SimpleRnn.class,
            Upsampling1D.class,
            Upsampling2D.class,
            Upsampling3D.class,
            ZeroPadding1DLayer.class,
            ZeroPaddingLayer.class,
            ZeroPadding3DLayer.class,
            Cropping1D.class,
            Cropping2D.class,
            Cropping3D.class,
            SpaceToDepthLayer.class,
            SpaceToBatchLayer.class);

    /** Layers with an activation setting they do not use, or use only as a default for others. */
    private static final Set<Class<?>> IGNORING_ACTIVATION =
            Set.of(BatchNormalization.class, DropoutLayer.class, RepeatVector.class);

    private static final Set<Class<?>> RECURRENT =
            Set.of(LSTM.class, GravesLSTM.class, GravesBidirectionalLSTM.class, SimpleRnn.class);

    /** Layers whose entry in the list of activations is what their activation function returned. */
    private static final Set<Class<?>> SHOWING_ACTIVATION = Set.of(
            DenseLayer.class,
            ConvolutionLayer.class,
            Convolution2D.class,
            Convolution3D.class,
            Deconvolution2D.class,
            Deconvolution3D.class,
            SeparableConvolution2D.class,
            DepthwiseConvolution2D.class,
            ActivationLayer.class,
            ElementWiseMultiplicationLayer.class);

    private static final Set<Class<?>> SMOOTH_ACTIVATIONS = Set.of(
            ActivationCube.class,
            ActivationGELU.class,
            ActivationIdentity.class,
            ActivationMish.class,
            ActivationRationalTanh.class,
            ActivationSigmoid.class,
            ActivationSoftPlus.class,
            ActivationSoftSign.class,
            ActivationSoftmax.class,
            ActivationSwish.class,
            ActivationTanH.class);

    private static final Set<Class<?>> SMOOTH_LOSSES = Set.of(
            LossMCXENT.class,
            LossNegativeLogLikelihood.class,
            LossSparseMCXENT.class,
            LossBinaryXENT.class,
            LossMSE.class,
            LossL2.class,
            LossMSLE.class,
            LossKLD.class,
            LossPoisson.class,
            LossCosineProximity.class,
            LossSquaredHinge.class,
            LossWasserstein.class,
            LossMultiLabel.class,
            LossMixtureDensity.class,
            LossFMeasure.class);

    private static final Set<Class<?>> PIECEWISE_LINEAR_LOSSES =
            Set.of(LossL1.class, LossMAE.class, LossMAPE.class, LossHinge.class);

    private static final Set<Class<?>> NOISES = Set.of(
            Dropout.class,
            AlphaDropout.class,
            GaussianDropout.class,
            GaussianNoise.class,
            SpatialDropout.class,
            DropConnect.class,
            WeightNoise.class);

    private static final Set<Class<?>> PREPROCESSORS = Set.of(
            Cnn3DToFeedForwardPreProcessor.class,
            CnnToFeedForwardPreProcessor.class,
            CnnToRnnPreProcessor.class,
            FeedForwardToCnn3DPreProcessor.class,
            FeedForwardToCnnPreProcessor.class,
            FeedForwardToRnnPreProcessor.class,
            RnnToCnnPreProcessor.class,
            RnnToFeedForwardPreProcessor.class);

    /** Vertices without layer; ElementWiseVertex apart from its maximum. */
    private static final Set<Class<?>> VERTICES = Set.of(
            MergeVertex.class,
            ElementWiseVertex.class,
            SubsetVertex.class,
            StackVertex.class,
            UnstackVertex.class,
            ReshapeVertex.class,
            ScaleVertex.class,
            ShiftVertex.class,
            L2Vertex.class,
            L2NormalizeVertex.class,
            PoolHelperVertex.class,
            DuplicateToTimeSeriesVertex.class,
            LastTimeStepVertex.class,
            ReverseTimeSeriesVertex.class);

    private KnownParts() {}

    static boolean isLayer(Object layer) {
        return LAYERS.contains(layer.getClass());
    }

    static boolean usesActivation(Object layer) {
        return !IGNORING_ACTIVATION.contains(layer.getClass());
    }

    static boolean isRecurrent(Object layer) {
        return RECURRENT.contains(layer.getClass());
    }

    static boolean showsActivation(Object layer) {
        return SHOWING_ACTIVATION.contains(layer.getClass());
    }

    static boolean isSmooth(IActivation activation) {
        return SMOOTH_ACTIVATIONS.contains(activation.getClass()) || isDeclaredSmooth(activation);
    }

    static boolean isSmooth(ILossFunction loss) {
        return SMOOTH_LOSSES.contains(loss.getClass()) || isDeclaredSmooth(loss);
    }

    /** By the very class: {@link Smooth} is not inherited. */
    private static boolean isDeclaredSmooth(Object function) {
        return function.getClass().isAnnotationPresent(Smooth.class);
    }

    static boolean isPiecewiseLinear(ILossFunction loss) {
        return PIECEWISE_LINEAR_LOSSES.contains(loss.getClass());
    }

    static boolean isNoise(Object noise) {
        return NOISES.contains(noise.getClass());
    }

    static boolean isPreProcessor(InputPreProcessor preProcessor) {
        return PREPROCESSORS.contains(preProcessor.getClass());
    }

    static boolean isVertex(Object vertex) {
        return VERTICES.contains(vertex.getClass());
    }

    /** The pieces of a known activation with kinks, or null for any other. */
    static @Nullable Kink kink(IActivation activation) {
        Class<?> type = activation.getClass();
        if (type == ActivationReLU.class) {
            return PiecewiseLinear.of((ActivationReLU) activation);
        }
        if (type == ActivationLReLU.class) {
            return PiecewiseLinear.of((ActivationLReLU) activation);
        }
        if (type == ActivationReLU6.class) {
            return PiecewiseLinear.of((ActivationReLU6) activation);
        }
        if (type == ActivationThresholdedReLU.class) {
            return PiecewiseLinear.of((ActivationThresholdedReLU) activation);
        }
        if (type == ActivationHardTanH.class) {
            return PiecewiseLinear.of((ActivationHardTanH) activation);
        }
        if (type == ActivationHardSigmoid.class) {
            return PiecewiseLinear.of((ActivationHardSigmoid) activation);
        }
        if (type == ActivationSELU.class) {
            return new TwoBranches(activation, TwoBranches.Shape.SELU);
        }
        if (type == ActivationRectifiedTanh.class) {
            return new TwoBranches(activation, TwoBranches.Shape.RECTIFIED_TANH);
        }
        // With another alpha Deeplearning4j's backpropagation, which ignores it, does not belong to its function.
        if (type == ActivationELU.class && ((ActivationELU) activation).getAlpha() == 1) {
            return new TwoBranches(activation, TwoBranches.Shape.ELU);
        }
        return null;
    }
}
