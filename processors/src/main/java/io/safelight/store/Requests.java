package io.safelight.store;

import java.time.Duration;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.sync.RequestBody;

/** Tells a listener of each request of a client, its repetitions by the SDK included. */
record Requests(StoreListener listener) implements ExecutionInterceptor {
    private static final ExecutionAttribute<Long> BEGAN = new ExecutionAttribute<>("SafelightBegan");
    /** Not there, changed meanwhile, not what was there before, not known to this store: answers like any other. */
    private static final Set<Integer> ANSWERS = Set.of(304, 404, 409, 412, 416, 501);

    @Override
    public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
        attributes.putAttribute(BEGAN, System.nanoTime());
    }

    @Override
    public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
        tell(context.request(), context.requestBody().flatMap(RequestBody::optionalContentLength).orElse(0L), attributes, true);
    }

    @Override
    public void onExecutionFailure(Context.FailedExecution context, ExecutionAttributes attributes) {
        tell(context.request(), 0, attributes, context.exception() instanceof AwsServiceException e && ANSWERS.contains(e.statusCode()));
    }

    private void tell(SdkRequest request, long bytes, ExecutionAttributes attributes, boolean answered) {
        listener.asked(request, bytes, Duration.ofNanos(System.nanoTime() - attributes.getAttribute(BEGAN)), answered);
    }
}
