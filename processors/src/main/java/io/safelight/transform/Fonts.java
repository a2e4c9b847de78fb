package io.safelight.transform;

import io.safelight.error.Unavailable;
import io.safelight.model.op.Watermark;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumMap;
import java.util.Map;

/** The fonts that come with Safelight, so that a text looks the same wherever it is drawn. */
public final class Fonts {
    private static final Map<Watermark.Font, Path> FILES = new EnumMap<>(Watermark.Font.class);

    private Fonts() {}

    /** As Pango calls it. */
    public static String family(Watermark.Font font) {
        return switch (font) {
            case SANS -> "DejaVu Sans";
            case SANS_BOLD -> "DejaVu Sans Bold";
        };
    }

    private static InputStream open(Watermark.Font font) {
        return Fonts.class.getResourceAsStream("/fonts/" + switch (font) {
            case SANS -> "DejaVuSans.ttf";
            case SANS_BOLD -> "DejaVuSans-Bold.ttf";
        });
    }

    /** A temporary file with the font in it, gone when the process ends: libraries do not read from a jar. */
    public static synchronized Path file(Watermark.Font font) {
        return FILES.computeIfAbsent(font, wanted -> {
            try (InputStream in = open(wanted)) {
                Path file = Files.createTempFile("safelight", ".ttf");
                file.toFile().deleteOnExit();
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
                return file;
            } catch (IOException e) {
                throw new Unavailable("A font could not be written to the folder for temporary files; make room there.", e);
            }
        });
    }
}
