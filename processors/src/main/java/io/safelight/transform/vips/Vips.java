package io.safelight.transform.vips;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;

/**
 * The functions of libvips and GObject that are needed, bound once per process. Operations are driven through the object
 * API (new, set, build, get), so that one way of calling serves every operation and no variadic signature is bound per name.
 */
final class Vips {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final int OLDEST_MAJOR = 8;
    private static final int OLDEST_MINOR = 14;

    private final SymbolLookup library;
    private final int major;
    private final int minor;
    final String version;

    final Function newOperation;
    final Function setFromString;
    final Function build;
    final Function unrefOutputs;
    final Function unref;
    final Function free;
    final Function setPointer;
    final Function getPointer;
    final Function findType;
    final Function newSource;
    final Function findLoader;
    final Function width;
    final Function height;
    final Function bands;
    final Function sampleFormat;
    final Function sampleBytes;
    final Function interpretation;
    final Function hasAlpha;
    final Function orientation;
    final Function typeOfField;
    final Function copyToMemory;
    final Function pixels;
    final Function fromPixels;
    final Function aroundPixels;
    final Function getInteger;
    final Function getIntegers;
    final Function setInteger;
    final Function setIntegers;
    final Function newImageArray;
    final Function unrefArea;
    final Function endThread;
    private final Function takeErrors;
    private final Function clearErrors;

    /** @throws IllegalStateException where the library is too old, or is not libvips */
    Vips(SymbolLookup library) {
        this.library = library;
        Function versionPart = function("vips_version", JAVA_INT, JAVA_INT);
        major = (int) versionPart.call(0);
        minor = (int) versionPart.call(1);
        version = major + "." + minor + "." + versionPart.call(2);
        if (!isAtLeast(OLDEST_MAJOR, OLDEST_MINOR)) {
            throw new IllegalStateException("libvips %s is too old, %d.%d or newer is needed"
                    .formatted(version, OLDEST_MAJOR, OLDEST_MINOR));
        }

        newOperation = function("vips_operation_new", ADDRESS, ADDRESS);
        setFromString = function("vips_object_set_from_string", JAVA_INT, ADDRESS, ADDRESS);
        build = function("vips_object_build", JAVA_INT, ADDRESS);
        unrefOutputs = function("vips_object_unref_outputs", null, ADDRESS);
        unref = function("g_object_unref", null, ADDRESS);
        free = function("g_free", null, ADDRESS);
        setPointer = variadic("g_object_set");
        getPointer = variadic("g_object_get");
        findType = function("vips_type_find", JAVA_LONG, ADDRESS, ADDRESS);
        newSource = function("vips_source_new_from_file", ADDRESS, ADDRESS);
        findLoader = function("vips_foreign_find_load", ADDRESS, ADDRESS);
        width = function("vips_image_get_width", JAVA_INT, ADDRESS);
        height = function("vips_image_get_height", JAVA_INT, ADDRESS);
        bands = function("vips_image_get_bands", JAVA_INT, ADDRESS);
        sampleFormat = function("vips_image_get_format", JAVA_INT, ADDRESS);
        sampleBytes = function("vips_format_sizeof", JAVA_LONG, JAVA_INT);
        interpretation = function("vips_image_get_interpretation", JAVA_INT, ADDRESS);
        hasAlpha = function("vips_image_hasalpha", JAVA_INT, ADDRESS);
        orientation = function("vips_image_get_orientation", JAVA_INT, ADDRESS);
        typeOfField = function("vips_image_get_typeof", JAVA_LONG, ADDRESS, ADDRESS);
        copyToMemory = function("vips_image_copy_memory", ADDRESS, ADDRESS);
        pixels = function("vips_image_write_to_memory", ADDRESS, ADDRESS, ADDRESS);
        fromPixels = function("vips_image_new_from_memory_copy", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
        getInteger = function("vips_image_get_int", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        getIntegers = function("vips_image_get_array_int", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        setInteger = function("vips_image_set_int", null, ADDRESS, ADDRESS, JAVA_INT);
        setIntegers = function("vips_image_set_array_int", null, ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
        newImageArray = function("vips_array_image_new", ADDRESS, ADDRESS, JAVA_INT);
        unrefArea = function("vips_area_unref", null, ADDRESS);
        aroundPixels = function("vips_image_new_from_memory", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
        endThread = function("vips_thread_shutdown", null);
        takeErrors = function("vips_error_buffer_copy", ADDRESS);
        clearErrors = function("vips_error_clear", null);
        start();
    }

    boolean isAtLeast(int major, int minor) {
        return this.major > major || this.major == major && this.minor >= minor;
    }

    private void start() {
        try (Arena arena = Arena.ofConfined()) {
            // libvips would print a line for every odd file it reads; errors reach us anyway
            function("g_setenv", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT)
                    .call(arena.allocateFrom("VIPS_WARNING"), arena.allocateFrom("0"), 1);
            if ((int) function("vips_init", JAVA_INT, ADDRESS).call(arena.allocateFrom("safelight")) != 0) {
                throw new IllegalStateException("libvips did not start: " + takeError().getMessage());
            }
        }
        function("vips_block_untrusted_set", null, JAVA_INT).call(1);
        try (Arena arena = Arena.ofConfined()) {
            // what reaches it was found harmless and bounded by validation
            function("vips_operation_block_set", null, ADDRESS, JAVA_INT).call(arena.allocateFrom("VipsForeignLoadSvgSource"), 0);
        }
        function("vips_cache_set_max", null, JAVA_INT).call(0);
        // several images are worked on at once, so each takes one thread
        function("vips_concurrency_set", null, JAVA_INT).call(1);
    }

    Session session() {
        // what an earlier image left in the buffer is not this one's reason
        clearErrors.call();
        return new Session(this);
    }

    /** Takes the text out of libvips' error buffer, which all threads share: the text is for people, nothing hangs on it. */
    VipsException takeError() {
        MemorySegment text = (MemorySegment) takeErrors.call();
        try {
            return new VipsException(text.reinterpret(Long.MAX_VALUE).getString(0));
        } finally {
            free.call(text);
        }
    }

    Function function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return bind(name, result == null ? FunctionDescriptor.ofVoid(arguments) : FunctionDescriptor.of(result, arguments));
    }

    /** {@code name(object, property, pointer, NULL)}. */
    private Function variadic(String name) {
        return bind(name, FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, ADDRESS), Linker.Option.firstVariadicArg(2));
    }

    private Function bind(String name, FunctionDescriptor signature, Linker.Option... options) {
        MemorySegment symbol = library.find(name)
                .orElseThrow(() -> new IllegalStateException("the library has no function " + name));
        return new Function(LINKER.downcallHandle(symbol, signature, options)
                .asSpreader(Object[].class, signature.argumentLayouts().size())
                .asType(MethodType.methodType(Object.class, Object[].class)));
    }

    /** A C function. */
    record Function(MethodHandle handle) {
        Object call(Object... arguments) {
            try {
                return (Object) handle.invokeExact(arguments);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
        }
    }
}
