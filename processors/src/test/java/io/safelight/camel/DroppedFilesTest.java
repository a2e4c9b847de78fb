package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.testing.LogLines;
import java.io.IOException;
import java.util.List;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class DroppedFilesTest {
    private final DroppedFiles dropped = new DroppedFiles();

    @Test
    void whatFailsWithAFileIsToldWithoutItsNameAndWhatFailsWithTheFolderInFull() {
        GenericFileOperationFailedException failure = new GenericFileOperationFailedException("Cannot rename file: aunt-mary.jpg", new IOException("aunt-mary.jpg"));
        try (LogLines log = new LogLines()) {
            dropped.handleException("Error processing file RemoteFile[aunt-mary.jpg]", new DefaultExchange(new DefaultCamelContext()), failure);
            dropped.handleException("Failed polling endpoint", new IOException("Permission denied"));
            List<String> warnings = log.stream().filter(line -> line.contains("dropped file") || line.contains("polling")).toList();
            assertEquals(2, warnings.size());
            assertTrue(warnings.getFirst().contains("GenericFileOperationFailedException") && warnings.getFirst().contains("IOException"), warnings::toString);
            assertTrue(warnings.getLast().contains("Permission denied"), warnings::toString);
            assertTrue(log.stream().noneMatch(line -> line.contains("aunt-mary")), () -> log.stream().toList().toString());
        }
    }
}
