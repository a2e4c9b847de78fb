package io.safelight.transform;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.decode.PixelDecoder;
import io.safelight.error.Fault;
import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnginesTest {
    @TempDir
    Path folder;

    @Test
    void refusesANameItDoesNotKnow() {
        Fault fault = assertThrows(Fault.class, () -> Engines.open("sharp", Optional.empty(), folder, folder));

        assertTrue(fault.getMessage().contains("auto, libvips or thumbnailator"), fault.getMessage());
    }

    @Test
    void opensThePureJavaEngineByName() {
        assertEquals("thumbnailator", Engines.open("thumbnailator", Optional.empty(), folder, folder).name());
    }

    @Test
    void doesNotFallBackWhereTheConfiguredLibraryCannotBeLoaded() {
        Path nothing = folder.resolve("libvips.so");

        for (String name : new String[] {"auto", "libvips"}) {
            Fault fault = assertThrows(Fault.class, () -> Engines.open(name, Optional.of(nothing.toString()), folder, folder));
            assertTrue(fault.getMessage().contains("safelight.engine.libvips"), fault.getMessage());
        }
    }

    @Test
    void namesAtStartEachVariantThatTheEngineCannotMake() {
        Abilities plain = Engines.abilities("thumbnailator");
        VariantSpec moving = new VariantSpec("moving", Chain.parse("resize:width=80"), List.of(Format.WEBP), 80, true);
        VariantSpec clever = new VariantSpec("clever", Chain.parse("crop:width=8,height=8,gravity=attention"), List.of(Format.JPEG), 80, false);
        VariantSpec still = new VariantSpec("still", 80, List.of(Format.WEBP), 80);

        String faults = assertThrows(Fault.class, () -> Engines.check(plain, List.of(moving, clever, still))).getMessage();

        assertEquals("""
                The variant moving of config/variants.yaml wants animated: true, which thumbnailator cannot do: \
                an animation is written as WebP, which it does not write; leave 'animated' out, or install libvips.
                The variant clever of config/variants.yaml wants crop:width=8,height=8,gravity=attention, which thumbnailator cannot do: gravity=attention needs libvips.""",
                faults);
        assertEquals(List.of(still), Engines.check(plain, List.of(still)));
        assertEquals(List.of(moving), Engines.check(Engines.abilities("libvips"), List.of(moving)));
    }

    @Test
    void namesTheVariantsOfWhichTheModelsWouldSeeTheFirstFrameOnly() {
        Abilities plain = Engines.abilities("thumbnailator");
        VariantSpec moving = new VariantSpec("moving", Chain.parse("resize:width=80"), List.of(Format.WEBP), 80, true);
        VariantSpec clever = new VariantSpec("clever", Chain.parse("crop:width=8,height=8,gravity=attention"), List.of(Format.AVIF), 80, false);

        String fault = assertThrows(Fault.class, () -> Engines.checkLook(plain, List.of(clever, moving))).getMessage();

        assertTrue(fault.contains("'animated' is true of moving. Install libvips where the group moderation runs"), fault);
        assertDoesNotThrow(() -> Engines.checkLook(plain, List.of(clever)), "what is made elsewhere");
        assertDoesNotThrow(() -> Engines.checkLook(Engines.abilities("libvips"), List.of(clever, moving)));
    }

    @Test
    void picksAWorkingEngineByItself() throws Exception {
        Path platform = Files.createDirectory(folder.resolve("linux-x64"));
        Files.writeString(platform.resolve("libvips-cpp.so"), "broken off while it was fetched");

        ImageEngine engine = Engines.open("auto", Optional.empty(), folder, folder);

        Path image = Samples.file(folder, "in", Samples.encoded(Samples.quarters(8, 8), "png"));
        assertEquals(8, ((PixelDecoder) engine).decode(image).width());
    }
}
