package io.safelight.validate;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;

/** Reads a TIFF's first directory and counts the others, in either byte order. */
final class Tiff implements HeaderReader {
    private static final int NEW_SUBFILE_TYPE = 254;
    private static final int WIDTH = 256;
    private static final int LENGTH = 257;
    private static final int BITS_PER_SAMPLE = 258;
    private static final int PHOTOMETRIC = 262;
    private static final int SAMPLES_PER_PIXEL = 277;
    private static final int PALETTE = 3;
    /** What the decoder's memory depends on. */
    private static final Set<Integer> SIZES = Set.of(WIDTH, LENGTH, BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLES_PER_PIXEL);
    /** Beyond any limit on frames; it also ends a chain of directories that leads back into itself. */
    private static final int MAX_PAGES = 10_000;

    @Override
    public Header read(Source in) {
        in.need(0, 8);
        ByteOrder order = in.u8(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        if (in.u16(2, order) != 42) {
            throw new Rejected(Code.UNSUPPORTED_TYPE, "BigTIFF is not taken; save the image as an ordinary TIFF.");
        }
        long first = in.u32(4, order);
        long width = 0;
        long height = 0;
        long bits = 1;
        long channels = 1;
        int entries = entries(in, first, order);
        Set<Integer> tags = new HashSet<>();
        for (int i = 0; i < entries; i++) {
            long at = first + 2 + 12L * i;
            int tag = in.u16(at, order);
            if (SIZES.contains(tag) && !tags.add(tag)) {
                // decoders differ on which of the two counts
                throw Source.broken("The TIFF's header states the same thing twice (tag %d); export the image again.".formatted(tag));
            }
            switch (tag) {
                case NEW_SUBFILE_TYPE -> refusePreview(value(in, at, order));
                case WIDTH -> width = value(in, at, order);
                case LENGTH -> height = value(in, at, order);
                case BITS_PER_SAMPLE -> bits = value(in, at, order);
                case PHOTOMETRIC -> channels = value(in, at, order) == PALETTE ? 3 : channels;
                case SAMPLES_PER_PIXEL -> channels = Math.max(channels, value(in, at, order));
                default -> { }
            }
        }
        if (bits < 1 || bits > 64 || channels > 0xffff) {
            throw Source.broken("The TIFF's pixels have %d bits in %d channels; export the image again.".formatted(bits, channels));
        }
        return new Header(width, height, (int) (channels * ((bits + 7) / 8)), pages(in, first, order), false, in::length);
    }

    private static void refusePreview(long subfileType) {
        if ((subfileType & 1) != 0) {
            throw new Rejected(Code.UNSUPPORTED_TYPE,
                    "The first picture of this TIFF is only a preview, as in camera raw files; export the image as JPEG or TIFF.");
        }
    }

    private static int entries(Source in, long directory, ByteOrder order) {
        if (directory < 8) {
            throw Source.broken("The TIFF points to no picture; export the image again.");
        }
        int entries = in.u16(directory, order);
        in.need(directory + 2, 12L * entries + 4);
        return entries;
    }

    private static long pages(Source in, long first, ByteOrder order) {
        long pages = 0;
        for (long at = first; at != 0 && pages < MAX_PAGES; pages++) {
            at = in.u32(at + 2 + 12L * entries(in, at, order), order);
        }
        return pages;
    }

    /** The first value of a BYTE, SHORT or LONG field, in its place or where it points to. */
    private static long value(Source in, long entry, ByteOrder order) {
        int size = switch (in.u16(entry + 2, order)) {
            case 1 -> 1;
            case 3 -> 2;
            case 4 -> 4;
            default -> throw Source.broken("A number in the TIFF's header is not one; export the image again.");
        };
        long at = in.u32(entry + 4, order) * size > 4 ? in.u32(entry + 8, order) : entry + 8;
        return switch (size) {
            case 1 -> in.u8(at);
            case 2 -> in.u16(at, order);
            default -> in.u32(at, order);
        };
    }
}
