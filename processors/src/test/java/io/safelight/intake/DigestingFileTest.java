package io.safelight.intake;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.safelight.error.Unavailable;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class DigestingFileTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has a file that is always full")
    void aFullDiskIsNotTheSendersFault() {
        var full = vertx.fileSystem().open("/dev/full", new OpenOptions().setCreate(false).setWrite(true))
                .toCompletionStage().toCompletableFuture().join();
        var written = new DigestingFile(full, new Allowance(100)).write(Buffer.buffer("x")).toCompletionStage().toCompletableFuture();
        assertInstanceOf(Unavailable.class, assertThrows(CompletionException.class, written::join).getCause());
    }
}
