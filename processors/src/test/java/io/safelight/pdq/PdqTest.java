package io.safelight.pdq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.decode.ImageIoReader;
import io.safelight.testing.SharedData;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PdqTest {
    /** What is usually taken for the same picture. */
    private static final int SAME = 31;
    /** As far as the reference implementations differ among themselves. */
    private static final int AS_GOOD_AS_EQUAL = 10;
    private static final int MASTER_SIDE = 2048;

    /** Ellipses here and there, nowhere symmetric. */
    private static BufferedImage scene(int seed, int width, int height) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.scale(width, height);
        for (int i = 0; i < 60; i++) {
            graphics.setColor(new Color(random.nextInt(1 << 24)));
            double size = 0.05 + random.nextDouble() / (2 + i / 4.0);
            graphics.fill(new Ellipse2D.Double(random.nextDouble() - size / 2, random.nextDouble() - size / 2, size, size));
        }
        graphics.dispose();
        return image;
    }

    private static int distance(BufferedImage one, BufferedImage other) {
        return Copies.hashed(one).hashes().getFirst().distance(Copies.hashed(other).hashes().getFirst());
    }

    @Test
    void theOtherHashesAreThoseOfThePictureTurnedAndMirrored() {
        for (int seed = 0; seed < 5; seed++) {
            BufferedImage scene = scene(seed, 500, 350);
            List<PdqHash> hashes = Copies.hashed(scene).hashes();

            assertEquals(8, new HashSet<>(hashes).size());
            for (int i = 0; i < 8; i++) {
                int distance = hashes.get(i).distance(Copies.hashed(Copies.turned(scene, i)).hashes().getFirst());
                assertTrue(distance <= SAME / 2, "scene %d, turned in way %d: %d".formatted(seed, i, distance));
            }
        }
    }

    @Test
    void aCopyOfAnotherSizeOrMoreCompressedIsNearAndAnotherPictureIsFar() {
        for (int seed = 0; seed < 5; seed++) {
            BufferedImage scene = scene(seed, 1600, 1000);

            assertTrue(distance(scene, Copies.scaled(scene, 0.5)) <= AS_GOOD_AS_EQUAL);
            assertTrue(distance(scene, Copies.scaled(scene, 0.25)) <= AS_GOOD_AS_EQUAL);
            assertTrue(distance(scene, Copies.recompressed(scene, 0.5)) <= AS_GOOD_AS_EQUAL);
            assertTrue(distance(scene, scene(seed + 5, 1600, 1000)) > 2 * SAME);
        }
    }

    @Test
    void aPictureTooLargeForTheReferenceIsHashedLikeItsReducedCopy() {
        BufferedImage scene = scene(1, 1600, 1000);

        Pdq whole = Pdq.of(1600, 1000, ImageIoReader.raster(scene).rgb());

        assertTrue(whole.hashes().getFirst().distance(Copies.hashed(scene).hashes().getFirst()) <= AS_GOOD_AS_EQUAL);
    }

    /** Were the median not a value of its own, ties would make it fewer. */
    @Test
    void halfOfTheBitsAreSet() {
        for (PdqHash hash : Copies.hashed(scene(1, 300, 300)).hashes()) {
            assertEquals(128, hash.distance(new PdqHash(0, 0, 0, 0)));
        }
    }

    @Test
    void qualityIsNothingForAPlainColourAndFullForAPictureFullOfThings() {
        BufferedImage plain = new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB);
        BufferedImage edge = new BufferedImage(640, 640, BufferedImage.TYPE_INT_RGB);
        edge.createGraphics().fillRect(0, 0, 320, 640);

        assertEquals(0, Copies.hashed(plain).quality());
        assertEquals(100, Copies.hashed(scene(1, 300, 200)).quality());
        // each of the 64 rows steps once from nothing to all, which is a hundred; ninety are a point
        assertEquals(71, Copies.hashed(edge).quality(), 1);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "4,300", "300,4"})
    void aPictureTooSmallToBeHashedHasNoQuality(int width, int height) {
        Pdq pdq = Pdq.of(width, height, new byte[3 * width * height]);

        assertEquals(0, pdq.quality());
        assertEquals(8, pdq.hashes().size());
    }

    @ParameterizedTest
    @CsvSource({"5,5", "5,3000", "64,64", "65,7"})
    void picturesOfAnyOtherShapeAreHashed(int width, int height) {
        Pdq pdq = Pdq.of(width, height, ImageIoReader.raster(scene(3, width, height)).rgb());

        assertEquals(8, new HashSet<>(pdq.hashes()).size());
    }

    @Test
    void bytesThatAreNoPictureOfThatSizeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Pdq.of(10, 10, new byte[299]));
    }

    // --- real photographs

    @Test
    void hashesAreThoseOfTheReference() {
        Map<String, String> reference = Map.of(
                "aaa-orig.jpg", "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22",
                "bridge-2-rotate-90.jpg", "b0a10efd71cc3f429413d48d0ffffe12e34e0e17ada952a9d29684210aa9e5af",
                "bridge-5-flipx.jpg", "f8f80f31e0f417b00e37f5cd028f980fb36ed02a9662c1e233e6cc634e9c64dd");
        Pdq original = Copies.hashed(ImageIoReader.read(SharedData.path("pdq/aaa-orig.jpg")));
        reference.forEach((name, hash) -> {
            Pdq pdq = Copies.hashed(ImageIoReader.read(SharedData.path("pdq/" + name)));
            int distance = pdq.hashes().getFirst().distance(PdqHash.parse(hash));
            int nearest = original.hashes().stream().mapToInt(h -> h.distance(pdq.hashes().getFirst())).min().orElseThrow();
            System.out.printf("%s: %d bits from the reference, quality %d, %d bits from a turn of the original%n", name, distance, pdq.quality(), nearest);
            assertTrue(distance <= AS_GOOD_AS_EQUAL, name + " differs by " + distance);
            assertEquals(100, pdq.quality());
            assertTrue(nearest <= SAME, name + " is " + nearest + " from what the original would be");
        });
    }

    @Test
    void copiesOfPhotographsAreNearAndNoTwoPhotographsAre() {
        Map<String, Pdq> photos = new TreeMap<>();
        for (Path photo : SharedData.files("photos")) {
            BufferedImage image = Copies.sized(ImageIoReader.read(photo), MASTER_SIDE, MASTER_SIDE);
            Pdq pdq = Copies.hashed(image);
            photos.put(photo.getFileName().toString(), pdq);
            Map<String, BufferedImage> copies = Map.of("half", Copies.scaled(image, 0.5), "quarter", Copies.scaled(image, 0.25),
                    "quality 70", Copies.recompressed(image, 0.7));
            copies.forEach((how, copy) -> {
                int distance = pdq.hashes().getFirst().distance(Copies.hashed(copy).hashes().getFirst());
                assertTrue(distance <= SAME, "%s, %s: %d".formatted(photo, how, distance));
            });
        }
        photos.forEach((name, pdq) -> photos.forEach((otherName, other) -> {
            int distance = pdq.hashes().stream().mapToInt(hash -> hash.distance(other.hashes().getFirst())).min().orElseThrow();
            assertTrue(name.equals(otherName) || distance > SAME, "%s and %s: %d".formatted(name, otherName, distance));
        }));
    }
}
