package io.safelight.decode;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.OptionalInt;

/** What a TIFF says of the samples that a pixel has beside its colours (TIFF 6.0, section 18). */
public final class ExtraSamples {
    /** Of no meaning to others, such as a selection that was saved. */
    public static final int UNSPECIFIED = 0;
    private static final int TAG = 338;
    private static final int ENTRY = 12;

    private ExtraSamples() {}

    /** Of the first of them: {@link #UNSPECIFIED}, or 1 or 2 for alpha; empty where the file does not say. */
    public static OptionalInt kind(Path tiff) {
        try (RandomAccessFile in = new RandomAccessFile(tiff.toFile(), "r")) {
            ByteOrder order = in.read() == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            long directory = Integer.toUnsignedLong(read(in, 4, 4, order).getInt());
            int entries = Short.toUnsignedInt(read(in, directory, 2, order).getShort());
            ByteBuffer all = read(in, directory + 2, entries * ENTRY, order);
            for (int at = 0; at < all.limit(); at += ENTRY) {
                if (Short.toUnsignedInt(all.getShort(at)) == TAG) {
                    // more than two short numbers stand elsewhere
                    long place = all.getInt(at + 4) > 2 ? Integer.toUnsignedLong(all.getInt(at + 8)) : directory + 2 + at + 8;
                    return OptionalInt.of(Short.toUnsignedInt(read(in, place, 2, order).getShort()));
                }
            }
            return OptionalInt.empty();
        } catch (IOException e) {
            // the decoder says what is wrong with it
            return OptionalInt.empty();
        }
    }

    private static ByteBuffer read(RandomAccessFile in, long from, int length, ByteOrder order) throws IOException {
        byte[] bytes = new byte[length];
        in.seek(from);
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes).order(order);
    }
}
