package io.safelight.moderate.djl;

import java.util.Locale;
import java.util.stream.Stream;

/** Whether an engine ran out of memory: it has no exception of its own for that, only words. */
final class OutOfMemory {
    /**
     * Of ONNX Runtime's arena when the card or its own limit is used up ({@code bfc_arena.cc}), of CUDA, and of the libraries that it
     * calls for memory of their own.
     */
    private static final String[] WORDS = {"failed to allocate memory for requested buffer", "is smaller than requested bytes", "out of memory",
        "cublas_status_alloc_failed", "cudnn_status_alloc_failed", "cudnn_status_internal_error_device_allocation_failed", "cuda_error_out_of_memory"};

    private OutOfMemory() {}

    static boolean isIn(Throwable failure) {
        return Stream.iterate(failure, t -> t != null, Throwable::getCause)
                .map(t -> String.valueOf(t.getMessage()).toLowerCase(Locale.ROOT))
                .anyMatch(message -> Stream.of(WORDS).anyMatch(message::contains));
    }
}
