package io.safelight.moderate.djl;

import java.util.Locale;
import java.util.stream.Stream;

/** Whether an engine ran out of memory, or its card fails: it has no exceptions of its own for that, only words. */
final class CardFailure {
    /**
     * Of ONNX Runtime's arena when the card or its own limit is used up ({@code bfc_arena.cc}), of CUDA, and of the libraries that it
     * calls for memory of their own.
     */
    private static final String[] OUT_OF_MEMORY = {"failed to allocate memory for requested buffer", "is smaller than requested bytes", "out of memory",
        "cublas_status_alloc_failed", "cudnn_status_alloc_failed", "cudnn_status_internal_error_device_allocation_failed", "cuda_error_out_of_memory"};

    /** Of CUDA and its libraries: an error that stays until the process is started anew. */
    private static final String[] BROKEN = {"cuda failure", "cublas failure", "cudnn failure", "curand failure", "cufft failure", "cuda error"};

    private CardFailure() {}

    static boolean isOutOfMemory(Throwable failure) {
        return says(failure, OUT_OF_MEMORY);
    }

    static boolean isBroken(Throwable failure) {
        return says(failure, BROKEN);
    }

    private static boolean says(Throwable failure, String... words) {
        return Stream.iterate(failure, t -> t != null, Throwable::getCause)
                .map(t -> String.valueOf(t.getMessage()).toLowerCase(Locale.ROOT))
                .anyMatch(message -> Stream.of(words).anyMatch(message::contains));
    }
}
