package io.safelight.catalog;

import io.safelight.model.Format;
import java.util.UUID;

/** The address a client is given for a variant, signed where links need a signature. */
@FunctionalInterface
public interface Linker {
    String url(UUID id, String variant, Format format);
}
