package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.function.Consumer;

/** One family of mistakes. */
interface Rule {
    void check(Project project, Consumer<Finding> findings);
}
