package io.safelight.transform.vips;

import io.safelight.model.Format;
import io.safelight.model.Size;
import io.safelight.model.op.Area;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** A file whose header was read. @param size upright, of one frame */
record Source(Loader loader, Session session, Path file, Format format, VipsImage header, Size size) {
    static final Set<Format> MOVING = Set.of(Format.GIF, Format.WEBP);
    /** Where a file does not say how long a frame is shown: what browsers take. */
    private static final int FRAME_MS = 100;

    int frames() {
        return MOVING.contains(format) ? session.integer(header, "n-pages", 1) : 1;
    }

    /** Its pixels at this size, decoded no larger than needed, as upright sRGB without metadata. */
    VipsImage upright(Size target) {
        Size wanted = target.upright(header.orientation());
        double shrink = Loader.shrinkOnLoad(format, header.size(), wanted);
        return Srgb.opaqueIfItIs(seen(shrink == 1 ? header : loader.open(session, file, format, shrink), wanted));
    }

    /** All its frames, likewise. */
    Animation animation(Size target) {
        VipsImage strip = loader.openAll(session, file, format).inMemory();
        Size wanted = target.upright(header.orientation());
        List<VipsImage> frames = IntStream.range(0, strip.height() / header.height())
                .mapToObj(i -> seen(strip.cut(new Area(0, i * header.height(), header.size())), wanted)).toList();
        int[] delays = session.integers(strip, "delay");
        if (delays.length != frames.size()) {
            delays = new int[frames.size()];
            Arrays.fill(delays, FRAME_MS);
        }
        return new Animation(frames, delays, session.integer(strip, "loop", 0));
    }

    private VipsImage seen(VipsImage pixels, Size wanted) {
        VipsImage reduced = Srgb.eightBit(pixels).resizedTo(wanted);
        return session.bare(Srgb.of(reduced.orientation() == 1 ? reduced : reduced.inMemory().then("autorot", "")));
    }
}
