package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class StackDigestTest {

    /** Stands for a check of ours. */
    private static Void refuse(String image) {
        throw new Fault("The object raw/" + image + " was changed or damaged.");
    }

    private static Exception refused(String address) {
        return new ConnectException("connection refused: " + address);
    }

    private static Void store(Exception failure) {
        throw new Unavailable("The store did not answer: " + failure.getMessage(), failure);
    }

    private static Void deep(int depth, Callable<Void> work) throws Exception {
        return depth == 0 ? work.call() : deep(depth - 1, work);
    }

    @SuppressWarnings("unchecked")
    private static <T> Callable<T> proxied(Callable<T> work) {
        return (Callable<T>) Proxy.newProxyInstance(StackDigestTest.class.getClassLoader(), new Class<?>[] {Callable.class}, (self, method, arguments) -> work.call());
    }

    private static Throwable failureOf(Callable<Void> work) {
        try {
            work.call();
            throw new AssertionError("it did not fail");
        } catch (Exception e) {
            return e;
        }
    }

    @Test
    void theSameCheckIsTheSameWhoeverCalledItAndWhateverItSays() throws Exception {
        String digest = StackDigest.of(failureOf(() -> refuse("a")));

        assertEquals(digest, StackDigest.of(failureOf(() -> refuse("b"))));
        assertEquals(digest, StackDigest.of(failureOf(() -> deep(7, () -> refuse("c")))));
        Function<String, Void> reference = StackDigestTest::refuse;
        assertEquals(digest, StackDigest.of(failureOf(() -> reference.apply("d"))));
        assertEquals(digest, StackDigest.of(failureOf(proxied(() -> refuse("e")))));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Throwable carried = failureOf(() -> threads.submit(() -> refuse("f")).get());
            assertEquals(ExecutionException.class, carried.getClass());
            assertEquals(digest, StackDigest.of(carried));
        }
    }

    @Test
    void anotherPlaceOrAnotherRootCauseIsAnother() {
        String refused = StackDigest.of(failureOf(() -> store(refused("here"))));

        assertEquals(refused, StackDigest.of(failureOf(() -> store(refused("there")))));
        assertNotEquals(refused, StackDigest.of(failureOf(() -> store(new SocketTimeoutException()))));
        assertNotEquals(refused, StackDigest.of(failureOf(() -> refuse("a"))));
        assertNotEquals(StackDigest.of(failureOf(() -> refuse("a"))), StackDigest.of(failureOf(() -> {
            throw new Fault("The object raw/a was changed or damaged.");
        })));
    }

    @Test
    void whatHasNoFramesOrIsItsOwnCauseHasADigestToo() {
        Throwable bare = new NullPointerException();
        bare.setStackTrace(new StackTraceElement[0]);
        Exception circle = new IllegalStateException("a");
        circle.initCause(new IllegalStateException("b", circle));
        for (Throwable failure : new Throwable[] {bare, circle}) {
            assertEquals(16, StackDigest.of(failure).length());
        }
    }
}
