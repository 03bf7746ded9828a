/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

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
    CNN("conv 3×3×8 stride 2, max-pool 2×2, conv 3×3×16, dense 64, softmax; relu", 13) {
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

    /** A multilayer perceptron. */
    MLP("dense 256, dense 128, softmax; relu", 1) {
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
    };

    private final String layers;
    private final int smallestSide;

    Model(String layers, int smallestSide) {
        this.layers = layers;
        this.smallestSide = smallestSide;
    }

    abstract MultiLayerConfiguration configuration(Samples shape, IUpdater updater, long seed);

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
