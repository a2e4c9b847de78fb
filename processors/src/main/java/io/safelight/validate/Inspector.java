package io.safelight.validate;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Looks at an upload before a pixel of it is decoded. Holds no state: one serves all threads. */
public final class Inspector {
    /** What senders write who do not know, and what S3 writes where the client wrote nothing. */
    private static final Set<String> UNKNOWN_TYPES = Set.of("", "application/octet-stream", "binary/octet-stream");

    private static final long MIB = 1 << 20;
    /** Bytes once decoded. */
    private static final long HUGE = 128 * MIB;
    /** Pixels, where a decoder goes over them again and again. */
    private static final long MANY_FOR_LAYERED = 8 * MIB;
    private static final double LONG_TO_DRAW_MS = 3_000;

    /**
     * @param declaredContentType as the sender gave it; none, or {@code application/octet-stream}, says nothing
     * @throws Rejected naming what is wrong with the file and what the sender can do
     */
    public Inspection inspect(Path file, Optional<String> declaredContentType, Rules rules) {
        try (Source in = new Source(file)) {
            return inspect(in, declaredContentType, rules);
        }
    }

    private static Inspection inspect(Source in, Optional<String> declared, Rules rules) {
        checkLength(in, rules);
        Format format = format(in, declared, rules);
        Header header = HeaderReader.of(format).read(in);
        long decodedBytes = checkSize(header, rules);
        checkDrawing(header, rules);
        HiddenContent.refuse(in, header.end().getAsLong());
        boolean slow = decodedBytes > HUGE || header.layered() && header.pixels() > MANY_FOR_LAYERED || header.drawingMs() > LONG_TO_DRAW_MS;
        return new Inspection(format, (int) header.width(), (int) header.height(), (int) header.frames(), decodedBytes, slow);
    }

    private static void checkLength(Source in, Rules rules) {
        if (in.length() == 0) {
            throw new Rejected(Code.EMPTY_BODY, "The upload holds no bytes; send the image itself.");
        }
        if (in.length() > rules.maxBytes()) {
            throw new Rejected(Code.TOO_LARGE, "The file has %,d bytes and at most %,d are taken; make it smaller."
                    .formatted(in.length(), rules.maxBytes()));
        }
    }

    private static Format format(Source in, Optional<String> declared, Rules rules) {
        Optional<Format> promised = promised(declared, rules);
        Format found = Magic.of(in).orElseThrow(() -> new Rejected(Code.UNSUPPORTED_TYPE,
                "The content is not an image in a format known here; send " + names(rules) + "."));
        if (promised.isPresent() && promised.get() != found) {
            throw new Rejected(Code.TYPE_MISMATCH, "The content is %s but was sent as %s; send it as %s."
                    .formatted(found.contentType(), promised.get().contentType(), found.contentType()));
        }
        if (!rules.formats().contains(found)) {
            throw new Rejected(Code.UNSUPPORTED_TYPE, "%s is not taken here; send %s.".formatted(found.contentType(), names(rules)));
        }
        return found;
    }

    private static Optional<Format> promised(Optional<String> declared, Rules rules) {
        String type = declared.map(t -> t.split(";", 2)[0].strip().toLowerCase(Locale.ROOT)).orElse("");
        if (UNKNOWN_TYPES.contains(type)) {
            return Optional.empty();
        }
        Optional<Format> format = Format.ofContentType(type);
        if (format.isEmpty()) {
            throw new Rejected(Code.UNSUPPORTED_TYPE, "The declared content type is not an image format known here; send "
                    + names(rules) + ", or no content type at all.");
        }
        return format;
    }

    private static long checkSize(Header header, Rules rules) {
        if (header.width() <= 0 || header.height() <= 0) {
            throw Source.broken("The header declares a size of %d × %d; export the image again.".formatted(header.width(), header.height()));
        }
        if (Math.max(header.width(), header.height()) > rules.maxSide()) {
            throw new Rejected(Code.TOO_MANY_PIXELS, "The image is %,d × %,d pixels and a side may have %,d; scale it down."
                    .formatted(header.width(), header.height(), rules.maxSide()));
        }
        if (header.frames() > rules.maxFrames()) {
            throw new Rejected(Code.TOO_MANY_FRAMES, "The image has more than %,d frames; send fewer.".formatted(rules.maxFrames()));
        }
        // sides and frames fit an int by now, and a pixel has a few bytes: only the last two products can overflow
        long frameBytes = multiply(header.width() * header.height(), header.pixelBytes());
        long decodedBytes = multiply(frameBytes, header.frames());
        if (decodedBytes > rules.maxDecodedBytes()) {
            throw new Rejected(Code.TOO_MANY_PIXELS, "The image takes %,d bytes once decoded and at most %,d are allowed; scale it down."
                    .formatted(decodedBytes, rules.maxDecodedBytes()));
        }
        return decodedBytes;
    }

    /** Written so that what overflowed is refused too. */
    private static void checkDrawing(Header header, Rules rules) {
        if (!(header.drawingMs() <= rules.maxTime().toMillis())) {
            throw SvgPolicy.unsafe("more to draw than can be done in %,d ms; simplify it".formatted(rules.maxTime().toMillis()));
        }
    }

    private static long multiply(long a, long b) {
        return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : Long.MAX_VALUE;
    }

    private static String names(Rules rules) {
        return new TreeSet<>(rules.formats()).stream().map(Format::contentType).collect(Collectors.joining(", "));
    }
}
