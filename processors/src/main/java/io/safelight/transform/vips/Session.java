package io.safelight.transform.vips;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The native side of working on one image: whatever is made in a session is given back when it closes. For one thread. */
final class Session implements AutoCloseable {
    private static final int UCHAR = 0;
    private static final int DOUBLE = 8;

    final Vips vips;
    private final Arena arena = Arena.ofConfined();
    private final Deque<MemorySegment> objects = new ArrayDeque<>();
    /** What images are around and do not own. */
    private final Deque<MemorySegment> buffers = new ArrayDeque<>();

    Session(Vips vips) {
        this.vips = vips;
    }

    /** @param options as {@code name=value,name=value} */
    VipsImage load(String operation, Path file, String options) {
        return run(operation, Map.of("filename", string(file.toString())), options);
    }

    /** Gives the loader the bytes of a file without telling where they lie, so that nothing beside it can be reached. */
    VipsImage loadBytes(String operation, Path file, String options) {
        return run(operation, Map.of("source", keep((MemorySegment) vips.newSource.call(string(file.toString()))).pointer()), options);
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
        return run(operation, Map.of(), options);
    }

    /** @param samples of sRGB with or without alpha, rows from the top */
    VipsImage of(int width, int height, byte[] samples) {
        return srgb(copied(width, height, samples.length / width / height, UCHAR, arena -> arena.allocateFrom(ValueLayout.JAVA_BYTE, samples)));
    }

    VipsImage matrix(double[][] rows) {
        double[] values = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
        return keep(copied(rows[0].length, rows.length, 1, DOUBLE, arena -> arena.allocateFrom(JAVA_DOUBLE, values)));
    }

    private MemorySegment copied(int width, int height, int bands, int format, Function<Arena, MemorySegment> samples) {
        try (Arena passing = Arena.ofConfined()) {
            MemorySegment from = samples.apply(passing);
            return (MemorySegment) vips.fromPixels.call(from, from.byteSize(), width, height, bands, format);
        }
    }

    private VipsImage srgb(MemorySegment image) {
        return keep(image).then("copy", "interpretation=srgb");
    }

    /** The pixels of an 8-bit sRGB image and nothing else: no metadata can come along, whatever a saver does. */
    VipsImage bare(VipsImage image) {
        MemorySegment samples = samples(image);
        buffers.push(samples);
        return srgb((MemorySegment) vips.aroundPixels.call(samples, samples.byteSize(), image.width(), image.height(), image.bands(), UCHAR));
    }

    /** Band by band, rows from the top. */
    byte[] pixels(VipsImage image) {
        MemorySegment samples = samples(image);
        try {
            return samples.toArray(ValueLayout.JAVA_BYTE);
        } finally {
            vips.free.call(samples);
        }
    }

    /** To be freed by the caller. */
    private MemorySegment samples(VipsImage image) {
        MemorySegment size = arena.allocate(JAVA_LONG);
        MemorySegment samples = (MemorySegment) vips.pixels.call(image.pointer(), size);
        check(samples);
        return samples.reinterpret(size.get(JAVA_LONG, 0));
    }

    /** @param inputs objects and strings by the name of their property */
    VipsImage run(String operation, Map<String, MemorySegment> inputs, String options) {
        MemorySegment result = arena.allocate(ADDRESS);
        perform(operation, inputs, options, Map.of("out", result));
        return keep(result.get(ADDRESS, 0));
    }

    /** An operation on several images, such as {@code bandjoin} or {@code arrayjoin}. */
    VipsImage join(String operation, List<VipsImage> images, String options) {
        MemorySegment pointers = arena.allocate(ADDRESS, images.size());
        for (int i = 0; i < images.size(); i++) {
            pointers.setAtIndex(ADDRESS, i, images.get(i).pointer());
        }
        MemorySegment array = (MemorySegment) vips.newImageArray.call(pointers, images.size());
        try {
            return run(operation, Map.of("in", array), options);
        } finally {
            vips.unrefArea.call(array);
        }
    }

    double measure(String operation, VipsImage in) {
        MemorySegment result = arena.allocate(JAVA_DOUBLE);
        perform(operation, Map.of("in", in.pointer()), "", Map.of("out", result));
        return result.get(JAVA_DOUBLE, 0);
    }

    /** Several whole numbers that an operation answers, by their names. */
    int[] integers(String operation, VipsImage in, String options, String... names) {
        Map<String, MemorySegment> results = new LinkedHashMap<>();
        for (String name : names) {
            results.put(name, arena.allocate(JAVA_INT));
        }
        perform(operation, Map.of("in", in.pointer()), options, results);
        return results.values().stream().mapToInt(result -> result.get(JAVA_INT, 0)).toArray();
    }

    void save(String operation, VipsImage in, Path file, String options) {
        perform(operation, Map.of("in", in.pointer(), "filename", string(file.toString())), options, Map.of());
    }

    /** A number that a loader found in the file, or {@code otherwise}. */
    int integer(VipsImage image, String field, int otherwise) {
        if (!image.has(field)) {
            return otherwise;
        }
        MemorySegment value = arena.allocate(JAVA_INT);
        check((int) vips.getInteger.call(image.pointer(), string(field), value));
        return value.get(JAVA_INT, 0);
    }

    /** Numbers that a loader found in the file; none where it found none. */
    int[] integers(VipsImage image, String field) {
        if (!image.has(field)) {
            return new int[0];
        }
        MemorySegment array = arena.allocate(ADDRESS);
        MemorySegment count = arena.allocate(JAVA_INT);
        check((int) vips.getIntegers.call(image.pointer(), string(field), array, count));
        return array.get(ADDRESS, 0).reinterpret(4L * count.get(JAVA_INT, 0)).toArray(JAVA_INT);
    }

    /** @param image that nothing else refers to yet */
    void setInteger(VipsImage image, String field, int value) {
        vips.setInteger.call(image.pointer(), string(field), value);
    }

    /** @param image that nothing else refers to yet */
    void setIntegers(VipsImage image, String field, int[] values) {
        vips.setIntegers.call(image.pointer(), string(field), arena.allocateFrom(JAVA_INT, values), values.length);
    }

    /** @param text as it is to be read: nothing in it is markup @param font in Pango's words, a size of 1 being a pixel */
    VipsImage text(String text, Path fontFile, String font) {
        String plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        return run("text", Map.of("text", string(plain), "fontfile", string(fontFile.toString()), "font", string(font)), "dpi=72");
    }

    private void perform(String name, Map<String, MemorySegment> inputs, String options, Map<String, MemorySegment> results) {
        MemorySegment operation = (MemorySegment) vips.newOperation.call(string(name));
        check(operation);
        try {
            inputs.forEach((property, input) -> vips.setPointer.call(operation, string(property), input, MemorySegment.NULL));
            check(options.isEmpty() ? 0 : (int) vips.setFromString.call(operation, string(options)));
            check((int) vips.build.call(operation));
            results.forEach((property, result) -> vips.getPointer.call(operation, string(property), result, MemorySegment.NULL));
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
        buffers.forEach(vips.free::call);
        arena.close();
        // the buffers that libvips keeps for each thread that called it
        vips.endThread.call();
    }
}
