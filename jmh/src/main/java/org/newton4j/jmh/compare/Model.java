/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** The networks to train. */
enum Model {
    /** A small LeNet: two convolutions, relu, max-pooling, one hidden layer; five optimizers take minutes on two cores. */
    CNN("conv 3×3×8 stride 2, max-pool 2×2, conv 3×3×16, dense 64, softmax; relu", 13, 32) {
        @Override
        MultiLayerConfiguration configuration(Samples shape, IUpdater updater, long seed) {
            return base(updater, seed)
                    .list()
                    .layer(new ConvolutionLayer.Builder(3, 3)
                            .stride(2, 2)
                            .nOut(8)
                            .build())
                    .layer(pool())
                    .layer(new ConvolutionLayer.Builder(3, 3).nOut(16).build())
                    .layer(new DenseLayer.Builder().nOut(64).build())
                    .layer(output(shape))
                    .setInputType(input(shape))
                    .build();
        }
    },

    /** A multilayer perceptron, judged by the steps to Adam's training loss. */
    MLP("dense 256, dense 128, softmax; relu", 1, 128) {
        @Override
        MultiLayerConfiguration configuration(Samples shape, IUpdater updater, long seed) {
            return base(updater, seed)
                    .list()
                    .layer(new DenseLayer.Builder().nOut(256).build())
                    .layer(new DenseLayer.Builder().nOut(128).build())
                    .layer(output(shape))
                    .setInputType(input(shape))
                    .build();
        }
    },

    /** A deep autoencoder: the images are their own labels, pixels are probabilities, and there is no accuracy. */
    AUTOENCODER("dense 256, 128, 64, 30, 64, 128, 256, tanh; sigmoid output, binary cross-entropy", 1, 200) {
        @Override
        MultiLayerConfiguration configuration(Samples shape, IUpdater updater, long seed) {
            NeuralNetConfiguration.ListBuilder layers = base(updater, seed)
                    .weightInit(WeightInit.XAVIER)
                    .activation(Activation.TANH)
                    .list();
            for (int units : new int[] {256, 128, 64, 30, 64, 128, 256}) {
                layers.layer(new DenseLayer.Builder().nOut(units).build());
            }
            return layers.layer(new OutputLayer.Builder(LossFunction.XENT)
                            .nOut(shape.rows() * shape.columns())
                            .activation(Activation.SIGMOID)
                            .build())
                    .setInputType(InputType.feedForward((long) shape.rows() * shape.columns()))
                    .build();
        }

        @Override
        Samples labelled(Samples samples) {
            return samples.reconstructed();
        }
    };

    private static final int EPOCHS = 2;
    private static final int MLP_STEPS = 600;
    private static final int AUTOENCODER_STEPS = 500;
    private static final int TUNING_STEPS = 250;
    private static final int AUTOENCODER_TUNING_STEPS = 150;
    private static final double CNN_TARGET = 0.78;

    private final String layers;
    private final int smallestSide;
    private final int batch;

    Model(String layers, int smallestSide, int batch) {
        this.layers = layers;
        this.smallestSide = smallestSide;
        this.batch = batch;
    }

    abstract MultiLayerConfiguration configuration(Samples shape, IUpdater updater, long seed);

    /** The samples with the labels this network learns. */
    Samples labelled(Samples samples) {
        return samples;
    }

    boolean hasAccuracy() {
        return this != AUTOENCODER;
    }

    /** Images in a step unless --batch says otherwise. */
    int batch() {
        return batch;
    }

    /** Epochs of a run; 0 if runs are counted in steps. */
    int epochs() {
        return this == CNN ? EPOCHS : 0;
    }

    /** Steps of a run that is not counted in epochs. */
    int steps() {
        return this == AUTOENCODER ? AUTOENCODER_STEPS : MLP_STEPS;
    }

    /** Steps of a trial in the search for learning rates. */
    int tuningSteps() {
        return this == AUTOENCODER ? AUTOENCODER_TUNING_STEPS : TUNING_STEPS;
    }

    Goal goal() {
        return this == CNN ? Goal.accuracy(CNN_TARGET) : Goal.baselineLoss();
    }

    static String labels() {
        return Arrays.stream(values()).map(Model::label).collect(Collectors.joining(", "));
    }

    String layers() {
        return layers;
    }

    String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    void check(Samples shape) {
        if (Math.min(shape.rows(), shape.columns()) < smallestSide) {
            throw new BadInput("--model " + label() + " needs images of at least " + smallestSide + "×" + smallestSide
                    + " pixels; these are " + shape.rows() + "×" + shape.columns() + " (try --model mlp)");
        }
    }

    /** He's initialisation, no regularisation: only the optimizer differs between runs. */
    private static NeuralNetConfiguration.Builder base(IUpdater updater, long seed) {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(DataType.FLOAT)
                .weightInit(WeightInit.RELU)
                .activation(Activation.RELU)
                .updater(updater);
    }

    private static SubsamplingLayer pool() {
        return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
    }

    private static OutputLayer output(Samples shape) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nOut(shape.classes())
                .activation(Activation.SOFTMAX)
                .weightInit(WeightInit.XAVIER)
                .build();
    }

    private static InputType input(Samples shape) {
        return InputType.convolutionalFlat(shape.rows(), shape.columns(), 1);
    }
}
