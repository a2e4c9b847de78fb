package io.safelight.validate;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.util.zip.CRC32;

/** Reads a PNG's IHDR and, of an animated one, the frame count; follows the chunks to IEND. */
final class Png implements HeaderReader {
    static final String SIGNATURE = "\u0089PNG\r\n\u001a\n";
    private static final int IHDR = 8;
    private static final int CHUNK_FRAME = 12;

    @Override
    public Header read(Source in) {
        in.need(IHDR, CHUNK_FRAME + 13);
        if (in.u32(IHDR, BIG_ENDIAN) != 13 || !in.has(IHDR + 4, "IHDR") || !hasValidChecksum(in)) {
            throw Source.broken("The PNG's header is damaged; upload the file again or export the image again.");
        }
        int depth = in.u8(24);
        int channels = channels(in.u8(25), depth);
        int interlace = in.u8(28);
        if (channels == 0 || in.u8(26) != 0 || in.u8(27) != 0 || interlace > 1) {
            throw Source.broken("The PNG's header names a way of storing pixels that does not exist; export the image again.");
        }
        return new Header(in.u32(16, BIG_ENDIAN), in.u32(20, BIG_ENDIAN), channels * (depth == 16 ? 2 : 1),
                frames(in), interlace == 1, () -> end(in));
    }

    private static boolean hasValidChecksum(Source in) {
        CRC32 crc = new CRC32();
        crc.update(in.bytes(IHDR + 4, 17));
        return crc.getValue() == in.u32(IHDR + 21, BIG_ENDIAN);
    }

    /** Of a decoded pixel; 0 where the colour type and the depth do not go together. */
    private static int channels(int colourType, int depth) {
        boolean power = depth > 0 && depth <= 16 && Integer.bitCount(depth) == 1;
        return switch (colourType) {
            case 0 -> power ? 1 : 0;
            case 2 -> depth == 8 || depth == 16 ? 3 : 0;
            case 3 -> power && depth <= 8 ? 4 : 0; // a palette may be transparent
            case 4 -> depth == 8 || depth == 16 ? 2 : 0;
            case 6 -> depth == 8 || depth == 16 ? 4 : 0;
            default -> 0;
        };
    }

    /** An animation announces itself before the pixels, or not at all. A cut-off file is left to {@link #end}. */
    private static long frames(Source in) {
        long at = IHDR + CHUNK_FRAME + 13;
        while (in.length() - at >= CHUNK_FRAME && !in.has(at + 4, "IDAT")) {
            if (in.has(at + 4, "acTL")) {
                return Math.max(1, in.u32(at + 8, BIG_ENDIAN));
            }
            at += CHUNK_FRAME + in.u32(at, BIG_ENDIAN);
        }
        return 1;
    }

    private static long end(Source in) {
        boolean pixels = false;
        for (long at = IHDR; ; ) {
            in.need(at, CHUNK_FRAME);
            long next = at + CHUNK_FRAME + in.u32(at, BIG_ENDIAN);
            if (!isType(in, at + 4)) {
                throw Source.broken("The PNG is damaged between its chunks; export the image again.");
            }
            in.need(at, next - at);
            pixels |= in.has(at + 4, "IDAT");
            if (in.has(at + 4, "IEND")) {
                if (!pixels) {
                    throw Source.broken("The PNG holds no pixels; export the image again.");
                }
                return next;
            }
            at = next;
        }
    }

    private static boolean isType(Source in, long at) {
        for (int i = 0; i < 4; i++) {
            int letter = in.u8(at + i) | 0x20;
            if (letter < 'a' || letter > 'z') {
                return false;
            }
        }
        return true;
    }
}
