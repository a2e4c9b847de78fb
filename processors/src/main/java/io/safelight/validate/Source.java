package io.safelight.validate;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A file read at any position through one small window, however large the file is. Reading past its end rejects it. */
final class Source implements AutoCloseable {
    private static final int WINDOW = 16 * 1024;

    private final FileChannel channel;
    private final long length;
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW).limit(0);
    private long start;

    Source(Path file) {
        try {
            channel = FileChannel.open(file);
            length = channel.size();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    long length() {
        return length;
    }

    int u8(long at) {
        if (at < start || at >= start + window.limit()) {
            load(at);
        }
        return window.get((int) (at - start)) & 0xff;
    }

    int u16(long at, ByteOrder order) {
        int a = u8(at);
        int b = u8(at + 1);
        return order == ByteOrder.BIG_ENDIAN ? a << 8 | b : b << 8 | a;
    }

    long u32(long at, ByteOrder order) {
        long a = u16(at, order);
        long b = u16(at + 2, order);
        return order == ByteOrder.BIG_ENDIAN ? a << 16 | b : b << 16 | a;
    }

    /** Signed, as the few formats with 64-bit sizes never need the last bit: a negative answer is a size that fits nowhere. */
    long s64(long at, ByteOrder order) {
        long a = u32(at, order);
        long b = u32(at + 4, order);
        return order == ByteOrder.BIG_ENDIAN ? a << 32 | b : b << 32 | a;
    }

    byte[] bytes(long at, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) u8(at + i);
        }
        return bytes;
    }

    /** At most {@code count} bytes, fewer at the end of the file, one character each. */
    String latin1(long at, int count) {
        return new String(bytes(at, (int) Math.clamp(length - at, 0, count)), StandardCharsets.ISO_8859_1);
    }

    /** Whether these bytes, one a character, stand here; false where the file ends before them. */
    boolean has(long at, String latin1) {
        if (at < 0 || latin1.length() > length - at) {
            return false;
        }
        for (int i = 0; i < latin1.length(); i++) {
            if (u8(at + i) != latin1.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The first position from {@code at} on that holds this byte, or the file's length. */
    long find(int value, long at) {
        while (at < length) {
            u8(at);
            for (int i = (int) (at - start); i < window.limit(); i++) {
                if ((window.get(i) & 0xff) == value) {
                    return start + i;
                }
            }
            at = start + window.limit();
        }
        return length;
    }

    /** Rejects the file unless this many bytes follow. Safe from overflow, whatever a header claims. */
    void need(long at, long count) {
        if (at < 0 || count < 0 || count > length - at) {
            throw cutOff();
        }
    }

    static Rejected cutOff() {
        return broken("The file ends before the image does; upload it again, whole.");
    }

    static Rejected broken(String detail) {
        return new Rejected(Code.BROKEN_IMAGE, detail);
    }

    private void load(long at) {
        need(at, 1);
        try {
            window.clear();
            start = at;
            while (window.hasRemaining() && channel.read(window, start + window.position()) > 0) {
                // until the window is full or the file ends
            }
            window.flip();
        } catch (IOException e) {
            throw unreadable(e);
        }
        if (!window.hasRemaining()) {
            throw cutOff();
        }
    }

    private static Fault unreadable(IOException e) {
        return new Fault("The uploaded file cannot be read back; look at the disk that holds the working folder.", e);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }
}
