/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CapsuleLayer;
import org.deeplearning4j.nn.conf.layers.CapsuleStrengthLayer;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PrimaryCapsules;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffOutputLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.BaseActivationFunction;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;

/** Whatever a network is made of, a preconditioner trains it: it covers a layer or leaves it to the base updater. */
class AnyLayersTest {

    private static final int N = 4;

    /** Somebody's loss. */
    static final class OwnLoss implements ILossFunction {

        private static final long serialVersionUID = 1L;
        private final LossL2 inner = new LossL2();

        @Override
        public double computeScore(INDArray labels, INDArray z, IActivation activation, INDArray mask, boolean mean) {
            return inner.computeScore(labels, z, activation, mask, mean);
        }

        @Override
        public INDArray computeScoreArray(INDArray labels, INDArray z, IActivation activation, INDArray mask) {
            return inner.computeScoreArray(labels, z, activation, mask);
        }

        @Override
        public INDArray computeGradient(INDArray labels, INDArray z, IActivation activation, INDArray mask) {
            return inner.computeGradient(labels, z, activation, mask);
        }

        @Override
        public Pair<Double, INDArray> computeGradientAndScore(
                INDArray labels, INDArray z, IActivation activation, INDArray mask, boolean mean) {
            return inner.computeGradientAndScore(labels, z, activation, mask, mean);
        }

        @Override
        public String name() {
            return "own";
        }
    }

    /** Somebody's activation. */
    static final class OwnActivation extends BaseActivationFunction {

        private static final long serialVersionUID = 1L;

        @Override
        public INDArray getActivation(INDArray in, boolean training) {
            return Transforms.tanh(in, false);
        }

        @Override
        public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
            INDArray y = Transforms.tanh(in, true);
            return new Pair<>(epsilon.mul(y.mul(y).rsubi(1)), null);
        }
    }

    /** Somebody's layer. */
    static class OwnLayer extends SameDiffLayer {

        private static final long serialVersionUID = 1L;
        private final int inputs;
        private final int outputs;

        OwnLayer(int inputs, int outputs) {
            this.inputs = inputs;
            this.outputs = outputs;
        }

        @Override
        public InputType getOutputType(int index, InputType type) {
            return InputType.feedForward(outputs);
        }

        @Override
        public void defineParameters(SDLayerParams parameters) {
            parameters.addWeightParam("W", inputs, outputs);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> parameters) {
            initWeights(inputs, outputs, WeightInit.XAVIER, parameters.get("W"));
        }

        @Override
        public SDVariable defineLayer(
                SameDiff graph, SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
            return graph.math().tanh(input.mmul(parameters.get("W")));
        }
    }

    /** Somebody's output. */
    static final class OwnOutput extends SameDiffOutputLayer {

        private static final long serialVersionUID = 1L;
        private final int inputs;
        private final int outputs;

        OwnOutput(int inputs, int outputs) {
            this.inputs = inputs;
            this.outputs = outputs;
        }

        @Override
        public InputType getOutputType(int index, InputType type) {
            return InputType.feedForward(outputs);
        }

        @Override
        public void defineParameters(SDLayerParams parameters) {
            parameters.addWeightParam("W", inputs, outputs);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> parameters) {
            initWeights(inputs, outputs, WeightInit.XAVIER, parameters.get("W"));
        }

        @Override
        public SDVariable defineLayer(
                SameDiff graph, SDVariable input, SDVariable labels, Map<String, SDVariable> parameters) {
            SDVariable z = input.mmul("z", parameters.get("W"));
            return graph.loss().meanSquaredError("loss", labels, z, null);
        }

        @Override
        public String activationsVertexName() {
            return "z";
        }
    }

    /** A layer that cannot be made a second time. */
    static final class Single extends OwnLayer {

        private static final long serialVersionUID = 1L;
        private boolean made;

        Single(int inputs, int outputs) {
            super(inputs, outputs);
        }

        @Override
        public org.deeplearning4j.nn.api.Layer instantiate(
                NeuralNetConfiguration conf,
                Collection<TrainingListener> listeners,
                int index,
                INDArray view,
                boolean initialize,
                DataType type) {
            if (made) {
                throw new UnsupportedOperationException("there is one of these only");
            }
            org.deeplearning4j.nn.api.Layer layer = super.instantiate(conf, listeners, index, view, initialize, type);
            ((Single) conf.getLayer()).made = true;
            return layer;
        }
    }

    private static List<Layer> layers(Layer... all) {
        return List.of(all);
    }

    private static DenseLayer dense(boolean bias) {
        return new DenseLayer.Builder()
                .nOut(4)
                .hasBias(bias)
                .activation(Activation.TANH)
                .build();
    }

    private static Layer classes() {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .activation(Activation.SOFTMAX)
                .nOut(2)
                .build();
    }

    private static Layer regression(ILossFunction loss) {
        return new OutputLayer.Builder(loss)
                .activation(Activation.IDENTITY)
                .nOut(2)
                .build();
    }

    private static Layer yolo() {
        return new Yolo2OutputLayer.Builder()
                .boundingBoxPriors(Nd4j.createFromArray(new float[][] {{1, 1}}))
                .build();
    }

    private static Layer convolution(boolean bias, int outputs, CNN2DFormat format) {
        return new ConvolutionLayer.Builder(1, 1)
                .nOut(outputs)
                .hasBias(bias)
                .dataFormat(format)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static INDArray oneHot() {
        return Nd4j.tile(Nd4j.createFromArray(new float[][] {{1, 0}, {0, 1}}), N / 2, 1);
    }

    private static INDArray random(long... shape) {
        return Nd4j.rand(DataType.FLOAT, shape);
    }

    /** One object of class 0 in the middle of a 4 x 4 grid. */
    private static INDArray boxes() {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, N, 5, 4, 4);
        for (int n = 0; n < N; n++) {
            double[] box = {1.2, 1.3, 2.4, 2.6, 1};
            for (int c = 0; c < 5; c++) {
                labels.putScalar(new int[] {n, c, 1, 1}, box[c]);
            }
        }
        return labels;
    }

    /** Name, input, features, labels, how many layers K-FAC covers, layers. */
    static Stream<Arguments> networks() {
        InputType flat = InputType.feedForward(3);
        InputType series = InputType.recurrent(3, 5);
        InputType image = InputType.convolutional(4, 4, 2);
        INDArray x = random(N, 3);
        INDArray sequence = random(N, 3, 5);
        INDArray pictures = random(N, 2, 4, 4);
        INDArray values = random(N, 2);
        GlobalPoolingLayer pooling = new GlobalPoolingLayer();
        return Stream.of(
                Arguments.of("dense", flat, x, oneHot(), 3, layers(dense(true), dense(false), classes())),
                Arguments.of(
                        "convolution",
                        image,
                        pictures,
                        oneHot(),
                        2,
                        layers(convolution(true, 3, CNN2DFormat.NCHW), pooling.clone(), classes())),
                Arguments.of(
                        "convolution, channels last",
                        InputType.convolutional(4, 4, 2, CNN2DFormat.NHWC),
                        random(N, 4, 4, 2),
                        oneHot(),
                        2,
                        layers(convolution(false, 3, CNN2DFormat.NHWC), classes())),
                Arguments.of(
                        "convolution in one dimension",
                        series,
                        sequence,
                        oneHot(),
                        2,
                        layers(new Convolution1DLayer.Builder(2).nOut(3).build(), pooling.clone(), classes())),
                Arguments.of(
                        "convolution in three dimensions",
                        InputType.convolutional3D(3, 3, 3, 1),
                        random(N, 3, 3, 3, 1),
                        oneHot(),
                        1,
                        layers(
                                new Convolution3D.Builder(2, 2, 2)
                                        .dataFormat(Convolution3D.DataFormat.NDHWC)
                                        .nOut(2)
                                        .build(),
                                classes())),
                Arguments.of(
                        "separable convolution and PReLU",
                        image,
                        pictures,
                        oneHot(),
                        1,
                        layers(
                                new SeparableConvolution2D.Builder(2, 2).nOut(3).build(),
                                new PReLULayer.Builder().inputShape(3, 3, 3).build(),
                                classes())),
                Arguments.of(
                        "recurrent",
                        series,
                        sequence,
                        random(N, 2, 5),
                        1,
                        layers(
                                new LSTM.Builder().nOut(3).build(),
                                new Bidirectional(new LSTM.Builder().nOut(2).build()),
                                new RnnOutputLayer.Builder(LossFunction.MSE)
                                        .activation(Activation.IDENTITY)
                                        .nOut(2)
                                        .build())),
                Arguments.of(
                        "embedding",
                        flat,
                        Nd4j.createFromArray(new float[][] {{0}, {1}, {2}, {1}}),
                        oneHot(),
                        1,
                        layers(new EmbeddingLayer.Builder().nIn(3).nOut(3).build(), classes())),
                Arguments.of(
                        "batch normalisation, dropout and noise on weights",
                        flat,
                        x,
                        oneHot(),
                        3,
                        layers(
                                new DenseLayer.Builder()
                                        .nOut(4)
                                        .weightNoise(new DropConnect(0.8))
                                        .build(),
                                new BatchNormalization(),
                                new DenseLayer.Builder()
                                        .nOut(4)
                                        .dropOut(new Dropout(0.8))
                                        .build(),
                                classes())),
                Arguments.of(
                        "layer normalisation",
                        flat,
                        x,
                        oneHot(),
                        1,
                        layers(
                                new DenseLayer.Builder()
                                        .nOut(4)
                                        .hasLayerNorm(true)
                                        .build(),
                                classes())),
                Arguments.of(
                        "autoencoder",
                        flat,
                        x,
                        oneHot(),
                        1,
                        layers(new AutoEncoder.Builder().nOut(3).build(), classes())),
                Arguments.of(
                        "attention",
                        series,
                        sequence,
                        oneHot(),
                        1,
                        layers(
                                new SelfAttentionLayer.Builder()
                                        .nOut(4)
                                        .nHeads(2)
                                        .projectInput(true)
                                        .build(),
                                pooling.clone(),
                                classes())),
                Arguments.of(
                        "capsules",
                        InputType.convolutional(6, 6, 1),
                        random(N, 1, 6, 6),
                        oneHot(),
                        0,
                        layers(
                                new PrimaryCapsules.Builder(2, 2)
                                        .kernelSize(3, 3)
                                        .stride(2, 2)
                                        .build(),
                                new CapsuleLayer.Builder(2, 2, 1).build(),
                                new CapsuleStrengthLayer.Builder().build(),
                                new LossLayer.Builder(LossFunction.MSE)
                                        .activation(Activation.IDENTITY)
                                        .build())),
                Arguments.of(
                        "frozen layer above",
                        flat,
                        x,
                        oneHot(),
                        1,
                        layers(dense(false), new FrozenLayer(dense(true)), classes())),
                Arguments.of(
                        "frozen layer that passes the gradient on",
                        flat,
                        x,
                        oneHot(),
                        2,
                        layers(dense(false), new FrozenLayerWithBackprop(dense(true)), classes())),
                Arguments.of(
                        "centre loss",
                        flat,
                        x,
                        oneHot(),
                        1,
                        layers(
                                dense(false),
                                new CenterLossOutputLayer.Builder(LossFunction.MCXENT)
                                        .activation(Activation.SOFTMAX)
                                        .nOut(2)
                                        .build())),
                Arguments.of(
                        "boxes",
                        image,
                        pictures,
                        boxes(),
                        2,
                        layers(
                                convolution(false, 3, CNN2DFormat.NCHW),
                                convolution(true, 6, CNN2DFormat.NCHW),
                                yolo())),
                Arguments.of(
                        "mixture density",
                        flat,
                        x,
                        values,
                        2,
                        layers(
                                dense(false),
                                new OutputLayer.Builder(LossMixtureDensity.builder()
                                                .gaussians(2)
                                                .labelWidth(2)
                                                .build())
                                        .activation(Activation.IDENTITY)
                                        .nOut(8)
                                        .build())),
                Arguments.of(
                        "somebody's loss and activation",
                        flat,
                        x,
                        values,
                        2,
                        layers(
                                new DenseLayer.Builder()
                                        .nOut(4)
                                        .hasBias(false)
                                        .activation(new OwnActivation())
                                        .build(),
                                regression(new OwnLoss()))),
                Arguments.of(
                        "somebody's layer", flat, x, oneHot(), 2, layers(dense(false), new OwnLayer(4, 3), classes())),
                Arguments.of("somebody's output", flat, x, values, 1, layers(dense(false), new OwnOutput(4, 2))),
                Arguments.of(
                        "what cannot be made twice",
                        flat,
                        x,
                        oneHot(),
                        2,
                        layers(dense(false), new Single(4, 4), classes())));
    }

    private static MultiLayerNetwork network(IUpdater updater, InputType input, List<Layer> layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .weightInit(WeightInit.XAVIER)
                .updater(updater)
                .list();
        layers.forEach(layer -> list.layer(layer.clone()));
        MultiLayerNetwork net = new MultiLayerNetwork(list.setInputType(input).build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    @ParameterizedTest(name = "{0}", autoCloseArguments = false)
    @MethodSource("networks")
    void should_train(
            String name, InputType input, INDArray features, INDArray labels, int covered, List<Layer> layers) {
        for (IUpdater updater : List.of(
                new Mkor(new Sgd(0.01)),
                Kfac.builder()
                        .base(new Sgd(0.01))
                        .factorInterval(1)
                        .inverseInterval(2)
                        .build(),
                Mfac.builder().base(new Sgd(0.01)).gradients(3).build())) {
            MultiLayerNetwork net = network(updater, input, layers);
            INDArray before = net.params().dup();
            for (int i = 0; i < 3; i++) {
                net.fit(new DataSet(features.dup(), labels.dup()));
            }
            assertThat(net.params()).as("%s", updater).isNotEqualTo(before);
            assertThat(net.params().sumNumber().doubleValue()).as("%s", updater).isFinite();
        }
    }

    @ParameterizedTest(name = "{0}", autoCloseArguments = false)
    @MethodSource("networks")
    void should_cover_a_layer_or_say_why_not(
            String name, InputType input, INDArray features, INDArray labels, int covered, List<Layer> layers) {
        MultiLayerNetwork net = network(new Sgd(0.01), input, layers);
        List<ParameterLayout.Variable> trainable = ParameterLayout.of(net).variables().stream()
                .filter(ParameterLayout.Variable::trainable)
                .toList();
        PreconditionedLayers found = PreconditionedLayers.of(net, trainable);
        assertThat(found.covered()).hasSize(covered);
        Set<String> all = new TreeSet<>();
        trainable.forEach(variable -> all.add(variable.layer()));
        Map<String, String> said = new TreeMap<>(found.left());
        found.covered().forEach(layer -> said.put(layer.geometry().name(), "covered"));
        assertThat(said.keySet()).isEqualTo(all);
        assertThat(said.values()).allMatch(reason -> !reason.isBlank());
    }
}
