package io.safelight.transform.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.decode.ModelInput;
import io.safelight.decode.ModelInput.Channels;
import io.safelight.decode.ModelInput.Layout;
import io.safelight.decode.ModelInput.Range;
import io.safelight.decode.ModelInput.Resize;
import io.safelight.decode.Pixels;
import io.safelight.error.Fault;
import io.safelight.transform.EngineBehaviour;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.vips.VipsEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** libvips does in children what it does here. */
class VipsInWorkersTest extends EngineBehaviour {
    private static final ModelInput INPUT = new ModelInput(100, Layout.NHWC, Channels.RGB, Range.LEVELS, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), Resize.BILINEAR);

    private static WorkerPool pool;
    private static VipsEngine here;

    @BeforeAll
    static void open() {
        try {
            here = (VipsEngine) Engines.open("libvips", Optional.empty(), Path.of(".native"), Path.of("config/watermarks"));
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

    /** Pixels stay in the child: what it refuses is refused, and what it makes of the others is what is made of these. */
    @Override
    protected Pixels decode(Path file) {
        Pixels pixels = here.decode(file);
        List<float[]> there = new ArrayList<>();
        pool.planes(file, List.of(INPUT), there::addAll);
        assertArrayEquals(INPUT.of(pixels), there.getFirst());
        return pixels;
    }

    @Test
    void sendsTheFramesOfAnAnimationOneByOne() {
        Path animation = Path.of("processors/src/test/resources/golden/in/animated.gif");
        List<float[]> mine = new ArrayList<>();
        here.planes(animation, List.of(INPUT), mine::addAll);
        List<float[]> theirs = new ArrayList<>();

        pool.planes(animation, List.of(INPUT), theirs::addAll);

        assertEquals(3, theirs.size());
        assertArrayEquals(mine.toArray(), theirs.toArray());
    }
}
