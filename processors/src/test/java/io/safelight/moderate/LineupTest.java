package io.safelight.moderate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.config.ModelsFile;
import io.safelight.config.ModerationPolicy;
import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Evidence;
import io.safelight.model.Ids;
import io.safelight.model.Seen;
import io.safelight.moderate.batch.BatchListener;
import io.safelight.testing.TinyModel;
import io.safelight.transform.thumbnailator.ThumbnailatorEngine;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several models at once: beside each other, and one on trial for a share of the images. */
class LineupTest {
    private static final List<String> LIGHT = List.of("bright", "dark");

    @TempDir
    Path config;
    private Path models;

    @BeforeEach
    void empty() {
        models = config.resolve("models");
    }

    private Path configured(String yaml) throws IOException {
        Files.writeString(config.resolve("models.yaml"), yaml);
        return config;
    }

    private static Lineup load(Path config) {
        return Lineup.of(ModelsFile.load(config.resolve("models.yaml")), config.resolve("models"));
    }

    private Path white() throws IOException {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, 64, 48);
        graphics.dispose();
        Path file = config.resolve("white.png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private static Moderator running(Lineup lineup, Agreement agreement) {
        return new Moderator(new ThumbnailatorEngine(Path.of("config/watermarks")), lineup.places().stream()
                .map(place -> new Moderator.Place(run(place.model()), place.candidate() == null ? null : run(place.candidate()), place.share(), place.decides())).toList(), agreement);
    }

    private static RunningModel run(Model model) {
        return new RunningModel(model, Placement.DEFAULT, new Batching(1, Duration.ZERO, 1, 16), BatchListener.NONE);
    }

    @Test
    void withoutAFileTheDefaultModelLooksAndTheShippedFileSaysTheSame() {
        assertEquals(List.of(Model.shipped().id()), load(config).models().map(Model::id).toList());
        assertEquals(List.of(Model.shipped().id()), load(Path.of("config")).models().map(Model::id).toList());
    }

    /** What docs/how-to/own-model.md tells: drop a folder in, name its labels in the policy. */
    @Test
    void aModelThatIsDroppedInLooksAtEveryImageAndItsLabelsCount() throws IOException {
        TinyModel.write(models, "light", "light", "1", LIGHT, 8);
        Path policyFile = Files.writeString(config.resolve("moderation.yaml"), """
                rules:
                  - {name: glare, labels: [bright], atLeast: 0.9, verdict: block}
                  - {name: explicit, labels: [nsfw-mobilenet-v2/porn], atLeast: 0.7, verdict: block}
                """);
        Lineup lineup = load(config);
        ModerationPolicy policy = ModerationPolicy.load(policyFile, lineup.labels(), lineup.deciding());

        try (Moderator moderator = running(lineup, Agreement.NOBODY)) {
            List<Seen> seen = moderator.scan(white(), Ids.timeOrdered());

            assertEquals(List.of(Model.shipped().id(), "light@1"), seen.stream().map(Seen::model).toList());
            assertTrue(seen.get(1).labels().get("bright") > 0.99, seen::toString);
            assertEquals(2, moderator.scan(white()).models().size(), "as /classify answers");
            Map<String, Double> labels = new java.util.HashMap<>(seen.get(0).labels());
            labels.putAll(seen.get(1).labels());
            labels.put("nsfw-mobilenet-v2/porn", labels.get("porn"));
            Set<String> looked = seen.stream().map(one -> Seen.name(one.model())).collect(Collectors.toSet());
            assertEquals("glare", policy.decide(new Evidence(labels, looked, Map.of(), "http", null)).rule());
            labels.put("bright", 0.1);
            assertEquals(Verdict.CLEAR, policy.decide(new Evidence(labels, looked, Map.of(), "http", null)).verdict());
            assertEquals(Verdict.REVIEW, policy.decide(new Evidence(labels, Set.of("light"), Map.of(), "http", null)).verdict());
            labels.remove("dark");
            assertEquals(Verdict.REVIEW, policy.decide(new Evidence(labels, looked, Map.of(), "http", null)).verdict(), "an image it has not looked at is not cleared");
        }
    }

    @Test
    void aCandidateLooksAtItsShareAlwaysTheSameImagesAndThoseAreAmongALargerShares() throws IOException {
        TinyModel.write(models, "light", "light", "1", LIGHT, 4);
        TinyModel.write(models, "light-next", "light", "2", LIGHT, 6);
        Path white = white();
        Random random = new Random(9);
        // time-ordered, as images' are, and the same in every run
        List<UUID> images = Stream.generate(() -> new UUID(0x0199_0000_0000_7000L | random.nextLong() & 0xfff, random.nextLong())).limit(600).toList();
        Set<UUID> before = new HashSet<>();
        for (int share : List.of(10, 40, 100)) {
            try (Moderator moderator = running(load(configured("models: [{name: light, candidate: light-next, share: %d}]".formatted(share))), Agreement.NOBODY)) {
                Set<UUID> tried = new HashSet<>();
                for (UUID image : images) {
                    List<Seen> seen = moderator.scan(white, image);
                    assertEquals("light@1", seen.getFirst().model());
                    if (seen.size() == 2) {
                        assertEquals("light@2 true", seen.get(1).model() + " " + seen.get(1).shadow());
                        tried.add(image);
                    }
                }
                assertEquals(share, 100.0 * tried.size() / images.size(), share == 100 ? 0 : 6);
                assertTrue(tried.containsAll(before));
                before = tried;
                assertEquals(null, moderator.scan(white).models(), "a request without an image's id is in nobody's share");
            }
        }
    }

    @Test
    void aCandidateThatDecidesCountsForItsShareAndItsAgreementIsTold() throws IOException {
        TinyModel.write(models, "light", "light", "1", LIGHT, 8);
        TinyModel.write(models, "wrong", "wrong", "1", LIGHT, -8);
        List<String> heard = new ArrayList<>();
        Lineup lineup = load(configured("models: [{name: light, candidate: wrong, share: 100, decides: true}]"));
        try (Moderator moderator = running(lineup, (model, candidate, same, difference) -> heard.add(model + " " + candidate + " " + same + " " + (difference > 0.9)))) {
            List<Seen> seen = moderator.scan(white(), Ids.timeOrdered());
            assertEquals(List.of("wrong@1 false", "light@1 true"), seen.stream().map(s -> s.model() + " " + s.shadow()).toList());
            assertEquals(List.of("light@1 wrong@1 false true"), heard);
        }
    }

    @Test
    void aCandidateThatFailsCostsNobodyAnything() throws IOException {
        TinyModel.write(models, "light", "light", "1", LIGHT, 8);
        TinyModel.write(models, "next", "next", "1", LIGHT, 8);
        Lineup lineup = load(configured("models: [{name: light, candidate: next, share: 100, decides: true}]"));
        RunningModel gone = run(lineup.places().getFirst().candidate());
        gone.close();
        try (RunningModel incumbent = run(lineup.places().getFirst().model())) {
            Moderator moderator = new Moderator(new ThumbnailatorEngine(Path.of("config/watermarks")), List.of(new Moderator.Place(incumbent, gone, 100, true)), Agreement.NOBODY);
            moderator.warmUp();
            assertTrue(moderator.warm());
            assertEquals(List.of("light@1 false"), moderator.scan(white(), Ids.timeOrdered()).stream().map(s -> s.model() + " " + s.shadow()).toList());
        }
        Moderator without = new Moderator(new ThumbnailatorEngine(Path.of("config/watermarks")), gone);
        assertThrows(Unavailable.class, () -> without.scan(white()));
        assertThrows(Unavailable.class, without::warmUp);
    }

    @Test
    void aModelThatIsNotToBeUsedDoesNotLookThoughItsFolderStandsThere() throws IOException {
        TinyModel.write(models, "light", "light", "1", LIGHT, 8);
        TinyModel.write(models, "light-next", "light", "2", LIGHT, 8);
        Lineup promoted = load(configured("models: [{name: light-next}, {name: light, use: false}]"));
        assertEquals(List.of("light@2"), promoted.models().map(Model::id).toList());
        assertEquals(List.of(Set.of("light")), promoted.deciding());
        assertTrue(assertThrows(Fault.class, () -> load(configured("models: [{name: light, use: false}, {name: light-next, use: false}]"))).getMessage().contains("uses no model"));
    }

    @Test
    void theCandidateThatDecidesMayStandInForTheOther() throws IOException {
        TinyModel.write(models, "light", "light", "1", LIGHT, 8);
        TinyModel.write(models, "next", "next", "1", LIGHT, 8);
        assertEquals(List.of(Set.of("light", "next")), load(configured("models: [{name: light, candidate: next, share: 5, decides: true}]")).deciding());
        assertEquals(List.of(Set.of("light")), load(configured("models: [{name: light, candidate: next, share: 5}]")).deciding());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            models: [{name: lihgt}]                                        | There is no model 'lihgt'; there are light, nsfw-inception-v3, nsfw-mobilenet-v2, twin
            models: [{name: light, candidate: nsfw-mobilenet-v2, share: 5}] | A candidate must have the same
            models: [{name: light, candidate: twin, share: 5}]             | another model is light@1 too
            models: [{name: light, share: 5}]                              | 'share' is of a candidate, and there is none
            models: [{name: light, candidate: twin}]                       | 'share' is missing
            models: [{name: light, candidate: twin, share: 0}]             | 'share' is '0'
            models: [{name: light}, {name: light}]                         | the model 'light' is named twice
            models: [{name: ../light}]                                     | 'name' is '../light'
            models: [{name: light, engine: x}]                             | unknown key 'engine'
            models: []                                                     | 'models' is not a list with something in it
            """)
    void whatDoesNotFitIsRefusedWithItsFix(String yaml, String fault) throws IOException {
        TinyModel.write(models, "light", "light", "1", LIGHT, 8);
        TinyModel.write(models, "twin", "light", "1", LIGHT, 8);
        String told = assertThrows(Fault.class, () -> load(configured(yaml))).getMessage();
        assertTrue(told.contains(fault), told);
    }
}
