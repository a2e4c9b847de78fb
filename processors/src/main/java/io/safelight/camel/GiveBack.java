package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.springframework.retry.interceptor.RetryOperationsInterceptor;
import org.springframework.retry.policy.NeverRetryPolicy;
import org.springframework.retry.support.RetryTemplate;

/**
 * Hands the failure of a route to the listener, which gives the message back to the broker. The interceptor that Camel makes
 * by default ends with a recovery that logs the message and lets it be acknowledged: it would be lost.
 */
@Named("giveBack")
@Singleton
public class GiveBack extends RetryOperationsInterceptor {
    public GiveBack() {
        RetryTemplate once = new RetryTemplate();
        once.setRetryPolicy(new NeverRetryPolicy());
        setRetryOperations(once);
    }
}
