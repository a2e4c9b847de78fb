package io.safelight.transform.worker;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.model.Json;

/** What became of a job: a result, or a code and a sentence. */
record Answer(Kind kind, JsonNode result, Code code, String detail) {
    enum Kind { DONE, REJECTED, UNAVAILABLE, FAULT }

    static Answer of(Object result) {
        return new Answer(Kind.DONE, Json.MAPPER.valueToTree(result), null, null);
    }

    static Answer of(Throwable failure) {
        return switch (failure) {
            case Rejected e -> new Answer(Kind.REJECTED, null, e.code(), e.getMessage());
            case Unavailable e -> new Answer(Kind.UNAVAILABLE, null, e.code(), e.getMessage());
            case Fault e -> new Answer(Kind.FAULT, null, e.code(), e.getMessage());
            default -> new Answer(Kind.FAULT, null, Code.INTERNAL, "An image could not be worked on: " + failure);
        };
    }

    /** @throws SafelightException what the worker met, as if it had been met here */
    <T> T as(Class<T> type) {
        if (kind != Kind.DONE) {
            throw failure();
        }
        return Json.MAPPER.convertValue(result, type);
    }

    boolean ranOutOfMemory() {
        return code == Code.OUT_OF_MEMORY;
    }

    private SafelightException failure() {
        return switch (kind) {
            case REJECTED -> new Rejected(code, detail);
            case UNAVAILABLE -> new Unavailable(code, detail, null);
            default -> new Fault(detail);
        };
    }
}
