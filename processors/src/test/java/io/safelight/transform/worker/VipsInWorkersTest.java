package io.safelight.transform.worker;

import io.safelight.error.Fault;
import io.safelight.transform.EngineBehaviour;
import io.safelight.transform.ImageEngine;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;

/** libvips does in children what it does here. */
class VipsInWorkersTest extends EngineBehaviour {
    private static WorkerPool pool;

    @BeforeAll
    static void open() {
        try {
            pool = WorkerPoolTest.pool("libvips", 2, Duration.ofMinutes(1), 1L << 30);
        } catch (Fault e) {
            Assumptions.abort("SKIPPED, NOT TESTED: " + e.getMessage());
        }
    }

    @AfterAll
    static void close() {
        if (pool != null) {
            pool.close();
        }
    }

    @Override
    protected ImageEngine engine() {
        return pool;
    }
}
