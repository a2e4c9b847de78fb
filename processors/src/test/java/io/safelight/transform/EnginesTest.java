package io.safelight.transform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.decode.PixelDecoder;
import io.safelight.error.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
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
    void picksAWorkingEngineByItself() throws Exception {
        Path platform = Files.createDirectory(folder.resolve("linux-x64"));
        Files.writeString(platform.resolve("libvips-cpp.so"), "broken off while it was fetched");

        ImageEngine engine = Engines.open("auto", Optional.empty(), folder, folder);

        Path image = Samples.file(folder, "in", Samples.encoded(Samples.quarters(8, 8), "png"));
        assertEquals(8, ((PixelDecoder) engine).decode(image).width());
    }
}
