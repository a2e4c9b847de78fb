package io.safelight.transform.worker;

import io.safelight.decode.Pixels;
import io.safelight.decode.Raster;
import io.safelight.decode.ReferenceJpeg;
import io.safelight.decode.Turned;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Decoded pictures from one process to another, in the form they were decoded in: what is computed from them stays to be computed. */
final class PixelStream {
    private static final int RASTER = 0;
    private static final int REFERENCE = 1;
    private static final int REFERENCE_OWN_COLOURS = 2;
    private static final int TURNED = 3;

    private PixelStream() {}

    static void write(List<Pixels> frames, DataOutputStream out) throws IOException {
        out.writeInt(frames.size());
        for (Pixels frame : frames) {
            write(frame, out);
        }
    }

    private static void write(Pixels pixels, DataOutputStream out) throws IOException {
        switch (pixels) {
            case Raster raster -> {
                out.writeByte(RASTER);
                write(raster, out);
            }
            case ReferenceJpeg jpeg -> {
                boolean own = jpeg.colours() == jpeg.decoded();
                out.writeByte(own ? REFERENCE_OWN_COLOURS : REFERENCE);
                write(jpeg.decoded(), out);
                if (!own) {
                    write(jpeg.colours(), out);
                }
            }
            case Turned turned -> {
                out.writeByte(TURNED);
                out.writeByte(turned.orientation());
                write(turned.stored(), out);
            }
            default -> throw new IllegalArgumentException("no way to send " + pixels.getClass());
        }
    }

    private static void write(Raster raster, DataOutputStream out) throws IOException {
        out.writeInt(raster.width());
        out.writeInt(raster.height());
        out.write(raster.rgb());
    }

    static List<Pixels> read(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<Pixels> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            frames.add(pixels(in));
        }
        return frames;
    }

    private static Pixels pixels(DataInputStream in) throws IOException {
        return switch (in.readByte()) {
            case RASTER -> raster(in);
            case REFERENCE -> new ReferenceJpeg(raster(in), raster(in));
            case REFERENCE_OWN_COLOURS -> {
                Raster decoded = raster(in);
                yield new ReferenceJpeg(decoded, decoded);
            }
            case TURNED -> {
                int orientation = in.readByte();
                yield new Turned(pixels(in), orientation);
            }
            default -> throw new IOException("a worker sent pixels of an unknown kind");
        };
    }

    private static Raster raster(DataInputStream in) throws IOException {
        int width = in.readInt();
        int height = in.readInt();
        byte[] rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        in.readFully(rgb);
        return new Raster(width, height, rgb);
    }
}
