package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.Exchange;
import org.apache.camel.spi.ExceptionHandler;
import org.jboss.logging.Logger;
import org.springframework.core.NestedExceptionUtils;

/** Tells the log what Camel meets at the drop folder. What it says of a file names the file, and who dropped it chose the name: then only the kind of failure is told. */
@Named("droppedFiles")
@Singleton
public class DroppedFiles implements ExceptionHandler {
    private static final Logger LOG = Logger.getLogger(DroppedFiles.class);

    @Override
    public void handleException(Throwable failure) {
        handleException("The drop folder could not be looked at", failure);
    }

    /** Of the whole folder. */
    @Override
    public void handleException(String message, Throwable failure) {
        LOG.warn(message, failure);
    }

    /** Of one file. */
    @Override
    public void handleException(String message, Exchange exchange, Throwable failure) {
        LOG.warnf("A dropped file could not be worked on, and is tried at the next look: %s of %s. Check the rights of safelight.sftp.username on the drop folder.",
                failure.getClass().getSimpleName(), NestedExceptionUtils.getMostSpecificCause(failure).getClass().getSimpleName());
    }
}
