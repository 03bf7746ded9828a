/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.curvature.inverse.MatrixNorm;
import org.newton4j.curvature.inverse.RankOneInverse;
import org.newton4j.curvature.inverse.RankOneRule;
import org.newton4j.curvature.inverse.Stabilizer;
import org.newton4j.jmh.Rounds.Contestant;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.training.CurvatureListener;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What MKOR and K-FAC add to a training step on one layer, beside the two bare matrix products G V A.
 *
 * <p>All pieces take turns inside one call, a round, and each one's fastest turn is a counter in milliseconds, so that a ratio is
 * taken within a round. JMH alone adds the counters up over the iterations. {@code step}, {@code between}, {@code
 * stepEveryTenth} and {@code kfacBetween} are all that happens between backward pass and base updater, by the listener of a network of this one
 * layer: copy and check of the gradient, mean vectors, update, product, rescaling. Of MKOR all but {@code thin} are of factors
 * that have taken in so many vectors that they are matrices.
 *
 * <p>HOW TO RUN ALONE: {@code java -jar jmh/target/benchmarks.jar KroneckerLayer}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 11)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls build() before any benchmark
public class KroneckerLayerBenchmark {

    private static final int BATCH = 128;
    private static final int NEVER = 1_000_000_000;

    /** Entries of a layer above which a round has few turns. */
    private static final int LARGE = 500_000;

    /** Vectors behind the thin products. */
    private static final int FEW = 64;

    /** Vectors, in multiples of the width, that leave no factor thin. */
    private static final double MANY = 0.4;

    /** Inputs x outputs of a dense layer, or LeNet's second convolution, which is 500 x 50. */
    @Param({"784x256", "256x128", "1024x1024", "convolution500x50"})
    public String layer = "784x256";

    /** Threads of ND4J and of our kernels; OMP_NUM_THREADS must allow them. */
    @Param("1")
    public int threads = 1;

    private int inputs;
    private int outputs;
    private INDArray a;
    private INDArray g;
    private INDArray v;
    private INDArray halfway;
    private INDArray product;
    private RankOneInverse inputFactor;
    private RankOneInverse outputFactor;
    private INDArray[] inputVectors;
    private INDArray[] outputVectors;
    private KroneckerFactors factors;
    private Runnable mkor;
    private Runnable mkorBetween;
    private Runnable mkorThin;
    private Runnable kfac;
    private int turn;
    private final Rounds rounds = new Rounds();

    /** Creates the state; JMH calls it. */
    public KroneckerLayerBenchmark() {}

    /** Times of one round of {@link #pieces}, in milliseconds. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Pieces {
        /** The two products: the unit. */
        public double products;

        /** Both factors of MKOR take in a vector. */
        public double update;

        /** An iteration of MKOR that updates the factors: all of them by default. */
        public double step;

        /** An iteration of MKOR that does not. */
        public double between;

        /** The same with factors that have taken in 64 vectors. */
        public double thin;

        /** The mean iteration of MKOR at interval 10, from step and between. */
        public double stepEveryTenth;

        /** An iteration of K-FAC that only applies the inverses, with the KL clip. */
        public double kfacBetween;

        /** Both inverses of K-FAC. */
        public double kfacRefresh;

        /** Creates the counters; JMH calls it. */
        public Pieces() {}
    }

    /** Builds networks of one layer. */
    @Setup
    public void build() {
        BenchmarkThreads.use(threads);
        boolean convolution = layer.startsWith("convolution");
        String[] sizes = layer.replace("convolution", "").split("x", -1);
        inputs = Integer.parseInt(sizes[0]) + 1;
        outputs = Integer.parseInt(sizes[1]);
        Nd4j.getRandom().setSeed(7);
        a = positive(inputs);
        g = positive(outputs);
        v = Nd4j.randn(DataType.FLOAT, inputs, outputs).dup('f');
        halfway = Nd4j.createUninitialized(DataType.FLOAT, new long[] {inputs, outputs}, 'f');
        product = halfway.dup('f');
        Stabilizer stabilizer = new Stabilizer(
                MatrixNorm.MAX_ABS_ENTRY, Mkor.DEFAULT_STABILIZER_THRESHOLD, Mkor.DEFAULT_STABILIZER_SHARE);
        inputFactor = matrix(inputs, stabilizer);
        outputFactor = matrix(outputs, stabilizer);
        inputVectors = vectors(inputs);
        outputVectors = vectors(outputs);
        factors = new KroneckerFactors(a, g);
        mkor = listened(convolution, Mkor.builder().build(), (int) (MANY * Math.max(inputs, outputs)) + 2);
        // No factor is thin that is tested by a norm of all its entries; between updates none is tested.
        mkorBetween = listened(
                convolution,
                Mkor.builder()
                        .updateInterval(NEVER)
                        .stabilizerNorm(MatrixNorm.FROBENIUS)
                        .build(),
                1);
        mkorThin = listened(
                convolution, Mkor.builder().updateInterval(NEVER).warmup(FEW).build(), FEW);
        kfac = listened(
                convolution,
                Kfac.builder().factorInterval(NEVER).inverseInterval(NEVER).build(),
                1);
    }

    private static RankOneInverse matrix(int n, Stabilizer stabilizer) {
        return new RankOneInverse(Nd4j.eye(n).castTo(DataType.FLOAT), RankOneRule.EXACT, 0.95, stabilizer, 0);
    }

    private static INDArray positive(int n) {
        INDArray rows = Nd4j.randn(DataType.FLOAT, 2L * n, n);
        INDArray matrix = Nd4j.createUninitialized(DataType.FLOAT, new long[] {n, n}, 'f');
        return Nd4j.gemm(rows, rows, matrix, true, false, 0.5 / n, 0);
    }

    private static INDArray[] vectors(int n) {
        INDArray[] all = new INDArray[16];
        for (int i = 0; i < all.length; i++) {
            all[i] = Nd4j.rand(DataType.FLOAT, n);
        }
        return all;
    }

    /** What happens between the backward pass and the base updater. */
    private Runnable listened(boolean convolution, IUpdater updater, int steps) {
        MultiLayerNetwork network = network(convolution, updater);
        DataSet batch = batch(convolution, BATCH);
        CurvatureListener listener = new CurvatureListener();
        network.setListeners(listener);
        // Factors exist after the first step, and an interval counts from iteration 0. They are brought to their age
        // with
        // single examples: hundreds of whole batches would take longer than all that is measured.
        DataSet single = batch(convolution, 1);
        for (int t = 0; t < steps; t++) {
            network.fit(single);
        }
        network.setListeners(List.of());
        network.setInput(batch.getFeatures());
        network.setLabels(batch.getLabels());
        network.computeGradientAndScore();
        return () -> {
            listener.onBackwardPass(network);
            listener.onGradientCalculation(network);
        };
    }

    private MultiLayerNetwork network(boolean convolution, IUpdater updater) {
        // Without workspaces the input of a layer outlives its backward pass.
        NeuralNetConfiguration.ListBuilder layers = new NeuralNetConfiguration.Builder()
                .seed(1)
                .activation(Activation.TANH)
                .updater(updater)
                .trainingWorkspaceMode(WorkspaceMode.NONE)
                .inferenceWorkspaceMode(WorkspaceMode.NONE)
                .list();
        if (convolution) {
            layers.layer(new ConvolutionLayer.Builder(5, 5).nOut(outputs).build())
                    .layer(new GlobalPoolingLayer(PoolingType.AVG))
                    .layer(new LossLayer.Builder(LossFunction.MSE).build())
                    .setInputType(InputType.convolutional(12, 12, 20));
        } else {
            layers.layer(new OutputLayer.Builder(LossFunction.MSE)
                    .nIn(inputs - 1)
                    .nOut(outputs)
                    .activation(Activation.TANH)
                    .build());
        }
        MultiLayerNetwork network = new MultiLayerNetwork(layers.build());
        network.init();
        return network;
    }

    private DataSet batch(boolean convolution, int examples) {
        Nd4j.getRandom().setSeed(9);
        INDArray features = convolution
                ? Nd4j.rand(DataType.FLOAT, examples, 20, 12, 12)
                : Nd4j.rand(DataType.FLOAT, examples, inputs - 1);
        return new DataSet(features, Nd4j.rand(DataType.FLOAT, examples, outputs));
    }

    private void products() {
        Nd4j.gemm(a, v, halfway, false, false, 1, 0);
        Nd4j.gemm(halfway, g, product, false, false, 1, 0);
    }

    private void update() {
        turn = (turn + 1) % inputVectors.length;
        inputFactor.update(inputVectors[turn]);
        outputFactor.update(outputVectors[turn]);
    }

    /**
     * Everything in turns; the inverses, which take long, only once.
     *
     * @param millis of each piece; Modified
     */
    @Benchmark
    public void pieces(Pieces millis) {
        boolean large = (long) inputs * outputs > LARGE;
        rounds.play(
                large ? 4 : 20,
                List.of(
                        new Contestant(this::products, t -> millis.products = t),
                        new Contestant(this::update, t -> millis.update = t),
                        new Contestant(mkor, t -> millis.step = t),
                        new Contestant(mkorBetween, t -> millis.between = t),
                        new Contestant(mkorThin, t -> millis.thin = t),
                        new Contestant(kfac, t -> millis.kfacBetween = t)));
        rounds.play(
                1,
                List.of(new Contestant(
                        () -> factors.refresh(KroneckerInverse.FACTORS_PI, Kfac.DEFAULT_DAMPING),
                        t -> millis.kfacRefresh = t)));
        millis.stepEveryTenth = millis.between + (millis.step - millis.between) / 10;
    }
}
