package io.safelight.transform.vips;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.safelight.decode.Raster;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Function;

/** The native side of working on one image: whatever is made in a session is given back when it closes. For one thread. */
final class Session implements AutoCloseable {
    private static final int UCHAR = 0;

    final Vips vips;
    private final Arena arena = Arena.ofConfined();
    private final Deque<MemorySegment> objects = new ArrayDeque<>();

    Session(Vips vips) {
        this.vips = vips;
    }

    /** @param options as {@code name=value,name=value} */
    VipsImage load(String operation, Path file, String options) {
        return run(operation, "filename", string(file.toString()), options);
    }

    /** Gives the loader the bytes of a file without telling where they lie, so that nothing beside it can be reached. */
    VipsImage loadBytes(String operation, Path file, String options) {
        return run(operation, "source", keep((MemorySegment) vips.newSource.call(string(file.toString()))).pointer(), options);
    }

    /** The class of the loader that libvips would take for a file, by its content; empty where it knows none. */
    Optional<String> loaderOf(Path file) {
        MemorySegment name = (MemorySegment) vips.findLoader.call(string(file.toString()));
        if (name.equals(MemorySegment.NULL)) {
            vips.takeError();
            return Optional.empty();
        }
        return Optional.of(name.reinterpret(Long.MAX_VALUE).getString(0));
    }

    /** An image made of nothing, such as {@code black}. */
    VipsImage create(String operation, String options) {
        return run(operation, null, null, options);
    }

    VipsImage of(Raster raster) {
        try (Arena copy = Arena.ofConfined()) {
            return of(copy.allocateFrom(ValueLayout.JAVA_BYTE, raster.rgb()), raster.width(), raster.height(), 3);
        }
    }

    private VipsImage of(MemorySegment samples, int width, int height, int bands) {
        MemorySegment image = (MemorySegment) vips.fromPixels.call(samples, samples.byteSize(), width, height, bands, UCHAR);
        return keep(image).then("copy", "interpretation=srgb");
    }

    /** The pixels of an 8-bit sRGB image and nothing else: no metadata can come along, whatever a saver does. */
    VipsImage bare(VipsImage image) {
        return withPixels(image, samples -> of(samples, image.width(), image.height(), image.bands()));
    }

    /** Band by band, rows from the top. */
    byte[] pixels(VipsImage image) {
        return withPixels(image, samples -> samples.toArray(ValueLayout.JAVA_BYTE));
    }

    private <T> T withPixels(VipsImage image, Function<MemorySegment, T> use) {
        MemorySegment size = arena.allocate(JAVA_LONG);
        MemorySegment samples = (MemorySegment) vips.pixels.call(image.pointer(), size);
        check(samples);
        try {
            return use.apply(samples.reinterpret(size.get(JAVA_LONG, 0)));
        } finally {
            vips.free.call(samples);
        }
    }

    VipsImage run(String operation, String inputName, MemorySegment input, String options) {
        MemorySegment result = arena.allocate(ADDRESS);
        perform(operation, inputName, input, null, options, result);
        return keep(result.get(ADDRESS, 0));
    }

    double measure(String operation, VipsImage in) {
        MemorySegment result = arena.allocate(JAVA_DOUBLE);
        perform(operation, "in", in.pointer(), null, "", result);
        return result.get(JAVA_DOUBLE, 0);
    }

    void save(String operation, VipsImage in, Path file, String options) {
        perform(operation, "in", in.pointer(), file, options, null);
    }

    private void perform(String name, String inputName, MemorySegment input, Path output, String options, MemorySegment result) {
        MemorySegment operation = (MemorySegment) vips.newOperation.call(string(name));
        check(operation);
        try {
            if (input != null) {
                vips.setPointer.call(operation, string(inputName), input, MemorySegment.NULL);
            }
            if (output != null) {
                vips.setPointer.call(operation, string("filename"), string(output.toString()), MemorySegment.NULL);
            }
            check(options.isEmpty() ? 0 : (int) vips.setFromString.call(operation, string(options)));
            check((int) vips.build.call(operation));
            if (result != null) {
                vips.getPointer.call(operation, string("out"), result, MemorySegment.NULL);
            }
        } finally {
            vips.unrefOutputs.call(operation);
            vips.unref.call(operation);
        }
    }

    VipsImage keep(MemorySegment object) {
        check(object);
        objects.push(object);
        return new VipsImage(this, object);
    }

    MemorySegment string(String text) {
        return arena.allocateFrom(text);
    }

    private void check(MemorySegment pointer) {
        check(pointer.equals(MemorySegment.NULL) ? -1 : 0);
    }

    private void check(int status) {
        if (status != 0) {
            throw vips.takeError();
        }
    }

    @Override
    public void close() {
        objects.forEach(vips.unref::call);
        arena.close();
        // the buffers that libvips keeps for each thread that called it
        vips.endThread.call();
    }
}
