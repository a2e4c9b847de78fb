package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.apache.camel.component.file.GenericFile;
import org.junit.jupiter.api.Test;

class UntouchedTest {
    private static final long FUTURE = Long.MAX_VALUE;

    private long now = Long.MAX_VALUE - 5;
    private final Untouched untouched = new Untouched(3_000, () -> now);

    private boolean look(String name, long size, long time) {
        GenericFile<Object> file = new GenericFile<>();
        file.setAbsoluteFilePath(name);
        file.setFileLength(size);
        file.setLastModified(time);
        return untouched.accept(file);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void aFileIsCompleteWhenItHasBeenTheSameForTheMinimumAgeHoweverOldTheServerSaysItIs() {
        for (long time : new long[] {0, FUTURE}) {
            assertFalse(look("of " + time, 10, time), "seen for the first time");
            pass(Duration.ofMillis(2_999));
            assertFalse(look("of " + time, 10, time));
            pass(Duration.ofMillis(1));
            assertTrue(look("of " + time, 10, time));
            assertTrue(look("of " + time, 10, time), "tried again where it could not be stored");
        }
    }

    @Test
    void aNewSizeAndANewTimeBeginTheWaitAnew() {
        look("a.jpg", 10, 1);
        pass(Duration.ofSeconds(3));
        assertFalse(look("a.jpg", 11, 1));
        pass(Duration.ofSeconds(3));
        assertFalse(look("a.jpg", 11, 2));
        pass(Duration.ofSeconds(2));
        assertFalse(look("a.jpg", 11, 2));
        pass(Duration.ofSeconds(1));
        assertTrue(look("a.jpg", 11, 2));
    }

    @Test
    void anEmptyFileIsCompleteLikeAnother() {
        look("empty.jpg", 0, 1);
        pass(Duration.ofSeconds(3));
        assertTrue(look("empty.jpg", 0, 1));
    }

    @Test
    void filesAreTimedEachByItself() {
        look("a.jpg", 10, 1);
        pass(Duration.ofSeconds(2));
        look("b.jpg", 10, 1);
        pass(Duration.ofSeconds(1));
        assertTrue(look("a.jpg", 10, 1));
        assertFalse(look("b.jpg", 10, 1));
    }

    @Test
    void withoutAMinimumAgeASecondLookIsWaitedForAllTheSame() {
        Untouched atOnce = new Untouched(0, () -> now);
        GenericFile<Object> file = new GenericFile<>();
        file.setAbsoluteFilePath("a.jpg");
        assertFalse(atOnce.accept(file));
        assertTrue(atOnce.accept(file));
    }

    @Test
    void whatNoLookMeetsAnyMoreIsForgottenAndWhatLiesThereIsNot() {
        for (int i = 0; i < 1_000; i++) {
            look("moved-" + i + ".jpg", 10, 1);
        }
        look("lies.jpg", 10, 1);
        assertEquals(1_001, untouched.size());
        pass(Untouched.SWEPT_EVERY.plusNanos(1));
        look("lies.jpg", 10, 1);
        pass(Untouched.SWEPT_EVERY.plusNanos(1));
        assertTrue(look("lies.jpg", 10, 1));
        assertEquals(1, untouched.size());
        assertFalse(look("moved-1.jpg", 10, 1));
    }

    @Test
    void looksMayBeAsRareAsTheyLike() {
        for (int look = 0; look < 3; look++) {
            assertEquals(look > 0, look("rarely.jpg", 10, 1));
            pass(Untouched.SWEPT_EVERY.multipliedBy(144));
        }
    }
}
