package io.safelight.validate;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/** Goes through a GIF block by block and counts its frames. Its size is that of the screen, or as much more as a frame stands out: a decoder makes room for that. */
final class Gif implements HeaderReader {
    private static final int EXTENSION = 0x21;
    private static final int IMAGE = 0x2c;
    private static final int TRAILER = 0x3b;

    @Override
    public Header read(Source in) {
        in.need(0, 13);
        long width = in.u16(6, LITTLE_ENDIAN);
        long height = in.u16(8, LITTLE_ENDIAN);
        long frames = 0;
        long at = 13 + paletteBytes(in.u8(10));
        // some encoders leave the trailer out: a file that ends between two blocks is whole
        while (at != in.length() && in.u8(at) != TRAILER) {
            switch (in.u8(at)) {
                case EXTENSION -> at = afterSubBlocks(in, at + 2);
                case IMAGE -> {
                    in.need(at, 11);
                    frames++;
                    width = Math.max(width, in.u16(at + 1, LITTLE_ENDIAN) + in.u16(at + 5, LITTLE_ENDIAN));
                    height = Math.max(height, in.u16(at + 3, LITTLE_ENDIAN) + in.u16(at + 7, LITTLE_ENDIAN));
                    at = afterSubBlocks(in, at + 11 + paletteBytes(in.u8(at + 9)));
                }
                default -> throw Source.broken("The GIF is damaged between its blocks; export the image again.");
            }
        }
        if (frames == 0) {
            throw Source.broken("The GIF holds no frame; export the image again.");
        }
        long end = Math.min(at + 1, in.length());
        return new Header(width, height, 4, frames, false, () -> end);
    }

    private static int paletteBytes(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3 << (flags & 7) + 1;
    }

    private static long afterSubBlocks(Source in, long at) {
        int size = in.u8(at);
        while (size != 0) {
            at += size + 1;
            size = in.u8(at);
        }
        return at + 1;
    }
}
