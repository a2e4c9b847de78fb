package io.safelight.moderate.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.EngineException;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.OrtException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CardFailureTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "true  | Non-zero status code returned while running Conv node. Name:'c1' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:376 "
                + "void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool) Failed to allocate memory for requested buffer of size 939524096",
        "true  | onnxruntime::BFCArena::AllocateRawInternal(size_t) Available memory of 0 is smaller than requested bytes of 1024",
        "true  | CUDA failure 2: out of memory ; GPU=0 ; hostname=pod ; expr=cudaMalloc((void**)&p, size);",
        "true  | CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; expr=cublasCreate(&cublas_handle_);",
        "false | CUDA failure 700: an illegal memory access was encountered ; GPU=0",
        "false | Got invalid dimensions for input: input for the following indices index: 2 Got: 299 Expected: 224",
    })
    void isKnownByItsWordsBelowWhateverWrapsThem(boolean outOfMemory, String words) {
        Throwable failure = new TranslateException(new EngineException(new OrtException(OrtException.OrtErrorCode.ORT_RUNTIME_EXCEPTION, words)));
        assertEquals(outOfMemory, CardFailure.isOutOfMemory(failure));
        assertEquals(words.contains("CUDA") || words.contains("CUBLAS"), CardFailure.isBroken(failure));
    }
}
