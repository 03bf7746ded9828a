/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.files;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Damages good files and loads them, in a process of its own: what kills it has killed no test.
 *
 * <p>Arguments: seed, cases, a folder to work in. Prints outcomes by damage. A case depends on seed and number only; the last one begun is in
 * {@code last.zip} and {@code last.txt} of the folder.
 */
public final class DamagedFiles {

    /** Nothing in a file of Deeplearning4j tells its parts from others that fit. */
    private static final Set<Damage> PLAUSIBLE =
            EnumSet.of(Damage.SWAP, Damage.MISSING, Damage.MIX, Damage.CONTENT, Damage.NUMBER);

    private DamagedFiles() {}

    /** Runs. */
    public static void main(String[] arguments) throws IOException {
        long seed = Long.parseLong(arguments[0]);
        int cases = Integer.parseInt(arguments[1]);
        Path folder = Path.of(arguments[2]);
        Nd4j.getRandom().setSeed(3);
        List<Model> networks = GoodFiles.networks();
        List<byte[]> ours = new ArrayList<>();
        List<byte[]> plain = new ArrayList<>();
        for (Model network : networks) {
            ours.add(GoodFiles.file(network, folder.resolve("good.zip")));
            File file = folder.resolve("plain.zip").toFile();
            ModelSerializer.writeModel(network, file, true);
            plain.add(Files.readAllBytes(file.toPath()));
        }
        Map<Damage, Map<Outcome.Kind, Integer>> counts = new EnumMap<>(Damage.class);
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < cases; i++) {
            Random random = new Random(seed * 1_000_003 + i);
            Damage damage = Damage.values()[i % Damage.values().length];
            int which = random.nextInt(networks.size());
            // Nothing in a file of Deeplearning4j tells its parts from those of others, and preconditioners are not in
            // it.
            boolean isOurs = random.nextInt(4) > 0;
            List<byte[]> files = isOurs ? ours : plain;
            byte[] damaged = damage.of(files.get(which), files.get(random.nextInt(files.size())), random);
            String name =
                    "case " + i + ", " + damage + (isOurs ? "" : " of a file of Deeplearning4j") + ", network " + which;
            Files.writeString(folder.resolve("last.txt"), name);
            Outcome outcome = Outcome.of(damaged, networks.get(which), isOurs, folder.resolve("last.zip"));
            counts.computeIfAbsent(damage, key -> new EnumMap<>(Outcome.Kind.class))
                    .merge(outcome.kind(), 1, Integer::sum);
            if (outcome.kind() == Outcome.Kind.WRONG
                    || (outcome.kind() == Outcome.Kind.OTHER && (isOurs || !PLAUSIBLE.contains(damage)))) {
                failures.add(name + ": " + outcome.detail());
            }
        }
        counts.forEach((damage, outcomes) -> System.out.println(damage + " " + outcomes));
        failures.forEach(failure -> System.out.println("FAILED " + failure));
        System.out.println("of " + cases + " damaged files " + failures.size() + " failed");
    }
}
