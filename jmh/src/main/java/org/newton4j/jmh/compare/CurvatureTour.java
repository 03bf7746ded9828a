/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.awt.Color;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.curvature.estimate.Eigenpairs;
import org.newton4j.curvature.estimate.HutchinsonTrace;
import org.newton4j.curvature.estimate.Lanczos;
import org.newton4j.curvature.estimate.ProbeBudget;
import org.newton4j.curvature.estimate.Probes;
import org.newton4j.curvature.estimate.ScalarEstimate;
import org.newton4j.curvature.estimate.SpectralDensity;
import org.newton4j.curvature.estimate.SpectralEstimate;
import org.newton4j.optimizers.training.NetworkHessian;

/** The worked example of docs/curvature.md: trains a small network and asks for the curvature of its loss. */
final class CurvatureTour {

    private static final Probes PROBES = new Probes(DataType.DOUBLE, 7);

    private CurvatureTour() {}

    /** Prints the numbers; with an argument, also draws the spectral density into that PNG file. */
    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Samples images = ImageData.embedded().train();
        MultiLayerNetwork net = trained(images);
        DataSet batch = images.batch(IntStream.range(0, 512).toArray(), 0, 512);
        NetworkHessian hessian = NetworkHessian.of(net, batch);
        out.printf(Locale.ROOT, "%d parameters, loss %.4f on 512 images%n", hessian.dimension(), net.score(batch));

        out.println("\ntrace, 500 probes");
        print(out, "network", HutchinsonTrace.of(hessian, PROBES, ProbeBudget.exactly(500)));
        for (String layer : hessian.layers()) {
            print(out, layer, HutchinsonTrace.of(hessian.layer(layer), PROBES, ProbeBudget.exactly(500)));
        }

        out.println("\nlargest and smallest eigenvalues, with |Hv - λv|");
        print(out, new Lanczos(80, 1e-4).largest(hessian, PROBES, 5));
        print(out, new Lanczos(80, 1e-4).smallest(hessian, PROBES, 2));

        SpectralEstimate spectrum = SpectralDensity.of(hessian, PROBES, 4, 80);
        out.println("\nspectrum by Lanczos quadrature, 4 probes of 80 steps");
        print(out, "mean eigenvalue", spectrum.moment(1));
        print(out, "share below -0.01", spectrum.mean(x -> x < -0.01 ? 1 : 0));
        print(out, "share within ±0.01", spectrum.mean(x -> Math.abs(x) <= 0.01 ? 1 : 0));
        out.printf(Locale.ROOT, "%ngradients evaluated: %d%n", hessian.gradientEvaluations());
        if (args.length > 0) {
            draw(spectrum, args[0]);
            out.println("picture: " + args[0]);
        }
    }

    private static MultiLayerNetwork trained(Samples images) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(1e-3))
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(784)
                        .nOut(32)
                        .activation(Activation.RELU)
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(32)
                        .nOut(10)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        int[] order = IntStream.range(0, images.count()).toArray();
        for (int epoch = 0; epoch < 5; epoch++) {
            for (int from = 0; from + 128 <= order.length; from += 128) {
                net.fit(images.batch(order, from, from + 128));
            }
        }
        return net;
    }

    private static void print(PrintStream out, String name, ScalarEstimate estimate) {
        out.printf(
                Locale.ROOT,
                "  %-20s %10.4f ± %.4f   (%d products, %.1f s)%n",
                name,
                estimate.value(),
                estimate.standardError(),
                estimate.cost().products(),
                estimate.cost().seconds());
    }

    private static void print(PrintStream out, Eigenpairs pairs) {
        for (int i = 0; i < pairs.values().length; i++) {
            out.printf(Locale.ROOT, "  %10.4f ± %.1e%n", pairs.values()[i], pairs.residuals()[i]);
        }
    }

    private static void draw(SpectralEstimate spectrum, String file) throws IOException {
        double sigma = 0.05;
        double[] grid = spectrum.grid(800, sigma);
        double[] density = spectrum.density(grid, sigma);
        for (int i = 0; i < density.length; i++) {
            density[i] = Math.max(density[i], 1e-7);
        }
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(420)
                .title("Spectral density of the Hessian")
                .xAxisTitle("eigenvalue")
                .yAxisTitle("density (log)")
                .build();
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setXAxisDecimalPattern("0");
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.addSeries("density", grid, density).setMarker(SeriesMarkers.NONE);
        ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", new File(file));
    }
}
