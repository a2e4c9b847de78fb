package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.ProxyFactory;

class GiveBackTest {
    private final List<Long> pauses = new ArrayList<>();

    @Test
    void aFailureIsHandedOnAfterAPauseSoThatItsMessageDoesNotComeBackAtOnce() {
        RuntimeException failure = new IllegalStateException("the dead queue refuses");
        List<Integer> runs = new ArrayList<>();
        Runnable listener = listening(() -> {
            runs.add(pauses.size());
            throw failure;
        });
        assertSame(failure, assertThrows(IllegalStateException.class, listener::run));
        assertEquals(List.of(0), runs, "tried once, before the pause");
        assertEquals(List.of(1_000L), pauses);
    }

    @Test
    void aMessageThatWentWellIsFollowedByTheNextWithoutAPause() {
        listening(() -> { }).run();
        assertEquals(List.of(), pauses);
    }

    private Runnable listening(Runnable listener) {
        ProxyFactory proxy = new ProxyFactory(Runnable.class, new GiveBack(pauses::add));
        proxy.setTarget(listener);
        return (Runnable) proxy.getProxy();
    }
}
