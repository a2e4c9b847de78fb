package io.safelight.transform.vips;

import io.safelight.model.Format;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** What a libvips can do. AVIF and HEIC are tried out: the operation exists also where the codec behind it does not. */
final class Probe {
    static final Set<Format> WRITTEN = Collections.unmodifiableSet(EnumSet.of(Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF));

    private final Vips vips;

    Probe(Vips vips) {
        this.vips = vips;
    }

    /** With what is read without libvips. */
    static Set<Format> all(Map<Format, String> loaders) {
        Set<Format> formats = EnumSet.of(Format.BMP);
        formats.addAll(loaders.keySet());
        return Collections.unmodifiableSet(formats);
    }

    /** @param loaders the operation that reads each format */
    Set<Format> reads(Map<Format, String> loaders) {
        Set<Format> formats = EnumSet.of(Format.BMP);
        loaders.forEach((format, loader) -> {
            if (has(loader) && switch (format) {
                case AVIF -> canWriteAndReadAvif();
                case HEIC -> canReadHeic();
                default -> true;
            }) {
                formats.add(format);
            }
        });
        return Collections.unmodifiableSet(formats);
    }

    Set<Format> writes() {
        Set<Format> formats = EnumSet.of(Format.JPEG, Format.PNG);
        if (has("webpsave")) {
            formats.add(Format.WEBP);
        }
        if (has("heifsave") && canWriteAndReadAvif()) {
            formats.add(Format.AVIF);
        }
        return Collections.unmodifiableSet(formats);
    }

    boolean has(String operation) {
        try (Session session = vips.session()) {
            return (long) vips.findType.call(session.string("VipsOperation"), session.string(operation)) != 0;
        }
    }

    private boolean canWriteAndReadAvif() {
        return works(file -> {
            try (Session session = vips.session()) {
                VipsImage black = session.create("black", "width=64,height=64,bands=3").then("copy", "interpretation=srgb");
                session.save("heifsave", black, file, "compression=av1,effort=0");
                session.load("heifload", file, "").inMemory();
            }
        });
    }

    private boolean canReadHeic() {
        return works(file -> {
            try (InputStream sample = Probe.class.getResourceAsStream("probe.heic"); Session session = vips.session()) {
                Files.copy(sample, file, StandardCopyOption.REPLACE_EXISTING);
                session.load("heifload", file, "").inMemory();
            }
        });
    }

    private interface Trial {
        void on(Path file) throws IOException;
    }

    private static boolean works(Trial trial) {
        try {
            Path file = Files.createTempFile("safelight", ".heif");
            try {
                trial.on(file);
                return true;
            } catch (VipsException e) {
                return false;
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
