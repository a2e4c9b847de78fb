package io.safelight.validate;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.util.Set;

/** Reads a BMP's header, of OS/2 or of Windows. */
final class Bmp implements HeaderReader {
    private static final int CORE = 12;
    private static final Set<Integer> DEPTHS = Set.of(1, 2, 4, 8, 16, 24, 32);
    /** Java reads it, whole: into an image of its own, into one with or without alpha, and into the samples of that. */
    private static final int DECODED_BYTES = 11;
    private static final Set<Long> UNCOMPRESSED = Set.of(0L, 3L, 6L);

    @Override
    public Header read(Source in) {
        in.need(0, 26);
        long size = in.u32(14, LITTLE_ENDIAN);
        return size == CORE
                ? header(in, in.u16(18, LITTLE_ENDIAN), in.u16(20, LITTLE_ENDIAN), in.u16(24, LITTLE_ENDIAN), 0)
                : windows(in, size);
    }

    private static Header windows(Source in, long size) {
        if (size < 16 || size > 124) {
            throw Source.broken("The BMP's header has a size that does not exist; export the image again.");
        }
        in.need(14, size);
        int width = (int) in.u32(18, LITTLE_ENDIAN);
        long height = Math.abs((long) (int) in.u32(22, LITTLE_ENDIAN)); // negative: rows from the top
        return header(in, width, height, in.u16(28, LITTLE_ENDIAN), size >= 40 ? in.u32(30, LITTLE_ENDIAN) : 0);
    }

    private static Header header(Source in, long width, long height, int depth, long compression) {
        if (!DEPTHS.contains(depth)) {
            throw Source.broken("The BMP has %d bits a pixel; export the image again.".formatted(depth));
        }
        long pixels = in.u32(10, LITTLE_ENDIAN);
        return new Header(width, height, DECODED_BYTES, 1, false, () -> {
            long rowBytes = (width * depth + 31) / 32 * 4;
            long end = pixels + rowBytes * height;
            if (!UNCOMPRESSED.contains(compression)) {
                return in.length();
            }
            in.need(0, end);
            return end;
        });
    }
}
