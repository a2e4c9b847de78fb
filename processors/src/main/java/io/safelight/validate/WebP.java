package io.safelight.validate;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/** Reads the chunks of a WebP: lossy ({@code VP8 }), lossless ({@code VP8L}), or extended ({@code VP8X}) with either or an animation inside. */
final class WebP implements HeaderReader {
    private static final int FIRST_CHUNK = 12;

    private record Size(long width, long height, boolean alpha) {}

    @Override
    public Header read(Source in) {
        long end = 8 + in.u32(4, LITTLE_ENDIAN);
        in.need(0, end);
        Size canvas = null;
        Size image = null;
        long frames = 0;
        for (long at = FIRST_CHUNK; at + 8 <= end; ) {
            long size = in.u32(at + 4, LITTLE_ENDIAN);
            long body = at + 8;
            if (size > end - body) {
                throw Source.broken("A part of the WebP is larger than the whole; export the image again.");
            }
            switch (in.latin1(at, 4)) {
                case "VP8X" -> canvas = extended(in, body);
                case "VP8 " -> image = lossy(in, body);
                case "VP8L" -> image = lossless(in, body);
                case "ANMF" -> frames++;
                default -> { } // metadata, or a chunk of a later day: decoders skip it too
            }
            at = body + size + (size & 1);
        }
        if (image == null && frames == 0) {
            throw Source.broken("The WebP holds no image; export it again.");
        }
        if (canvas == null && image == null || canvas != null && image != null
                && (canvas.width != image.width || canvas.height != image.height)) {
            throw Source.broken("The WebP states two sizes, or none; export the image again.");
        }
        Size size = canvas != null ? canvas : image;
        return new Header(size.width, size.height, size.alpha ? 4 : 3, Math.max(1, frames), false, () -> end);
    }

    private static Size extended(Source in, long at) {
        in.need(at, 10);
        return new Size(1 + u24(in, at + 4), 1 + u24(in, at + 7), (in.u8(at) & 0x10) != 0);
    }

    private static Size lossy(Source in, long at) {
        in.need(at, 10);
        if ((in.u8(at) & 1) != 0 || !in.has(at + 3, "\u009d\u0001\u002a")) {
            throw Source.broken("The WebP does not begin with a key frame; export the image again.");
        }
        return new Size(in.u16(at + 6, LITTLE_ENDIAN) & 0x3fff, in.u16(at + 8, LITTLE_ENDIAN) & 0x3fff, false);
    }

    private static Size lossless(Source in, long at) {
        in.need(at, 5);
        long bits = in.u32(at + 1, LITTLE_ENDIAN);
        if (in.u8(at) != 0x2f || bits >> 29 != 0) {
            throw Source.broken("The WebP's lossless header is damaged; export the image again.");
        }
        return new Size(1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff), (bits >> 28 & 1) != 0);
    }

    private static long u24(Source in, long at) {
        return in.u16(at, LITTLE_ENDIAN) | (long) in.u8(at + 2) << 16;
    }
}
