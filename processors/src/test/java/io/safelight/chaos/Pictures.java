package io.safelight.chaos;

import io.safelight.chaos.Ledger.Kind;
import io.safelight.it.TestImages;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/** Tiny images and, where asked for, some of megabytes among them, all different, and what is to become of each; from the seed alone. */
public final class Pictures {
    /** Accounts, on whose images the policy of the run has a word. */
    static final String BANNED = "banned";
    static final String WATCHED = "watched";

    private static final int IDAT = 0x49444154;

    /** Of the good ones. */
    private static final int LARGE_ONE_IN = 50;

    private final long seed;
    private final boolean someLarge;

    public Pictures(long seed) {
        this(seed, false);
    }

    /** @param someLarge whether a few are larger than what a socket holds, so that a connection is cut in the midst of one */
    Pictures(long seed, boolean someLarge) {
        this.seed = seed;
        this.someLarge = someLarge;
    }

    long seed() {
        return seed;
    }

    /** Of a hundred, two that cannot be decoded, two held back and two blocked. */
    Kind kind(int number) {
        return switch (random(number).nextInt(50)) {
            case 0 -> Kind.BROKEN;
            case 1 -> Kind.WATCHED;
            case 2 -> Kind.BANNED;
            default -> Kind.GOOD;
        };
    }

    boolean isLarge(int number) {
        return someLarge && kind(number) == Kind.GOOD && random(~number).nextInt(LARGE_ONE_IN) == 0;
    }

    String contentType(int number) {
        return isLarge(number) || kind(number) == Kind.BROKEN ? "image/png" : "image/jpeg";
    }

    private SplittableRandom random(int number) {
        return new SplittableRandom(seed * 31 + number);
    }

    public byte[] bytes(int number) {
        if (isLarge(number)) {
            int side = random(~number).split().nextInt(800, 1_200);
            return TestImages.noisyPng(number & 0xffff, side, side, seed * 31 + number);
        }
        // as many houses as the number's 16 bits say; beyond them, another width
        int width = 64 + 2 * (number >> 16);
        return kind(number) == Kind.BROKEN ? broken(TestImages.png(number & 0xffff, width, 48)) : TestImages.jpeg(number & 0xffff, width, 48);
    }

    /** A PNG as whole as one can see without decoding: its compressed pixels are none, with a checksum that is right. */
    private static byte[] broken(byte[] png) {
        ByteBuffer bytes = ByteBuffer.wrap(png);
        int chunk = 8;
        while (bytes.getInt(chunk + 4) != IDAT) {
            chunk += 12 + bytes.getInt(chunk);
        }
        int length = bytes.getInt(chunk);
        Arrays.fill(png, chunk + 8 + length / 2, chunk + 8 + length, (byte) 0xff);
        CRC32 crc = new CRC32();
        crc.update(png, chunk + 4, 4 + length);
        bytes.putInt(chunk + 8 + length, (int) crc.getValue());
        return png;
    }
}
