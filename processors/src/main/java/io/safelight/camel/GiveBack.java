package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.aopalliance.intercept.MethodInvocation;
import org.springframework.retry.interceptor.RetryOperationsInterceptor;
import org.springframework.retry.policy.NeverRetryPolicy;
import org.springframework.retry.support.RetryTemplate;

/**
 * Hands the failure of a route to the listener, which gives the message back to the broker. The interceptor that Camel makes
 * by default ends with a recovery that logs the message and lets it be acknowledged: it would be lost. The broker delivers
 * it again at once, so the consumer rests before.
 */
@Named("giveBack")
@Singleton
public class GiveBack extends RetryOperationsInterceptor {
    /** A failure that lasts must not make a message go round as fast as the machine can. */
    private static final long PAUSE_MS = 1_000;

    private final LongConsumer pause;

    public GiveBack() {
        this(ms -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ms)));
    }

    /** @param pause waits for so many milliseconds */
    GiveBack(LongConsumer pause) {
        this.pause = pause;
        RetryTemplate once = new RetryTemplate();
        once.setRetryPolicy(new NeverRetryPolicy());
        setRetryOperations(once);
    }

    @Override
    public Object invoke(MethodInvocation invocation) throws Throwable {
        try {
            return super.invoke(invocation);
        } catch (Throwable failure) {
            pause.accept(PAUSE_MS);
            throw failure;
        }
    }
}
