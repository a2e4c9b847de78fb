package io.safelight.app;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.scale.Explanation;
import io.safelight.scale.Scalers;
import io.safelight.scale.Target;
import io.smallrye.common.annotation.Blocking;
import jakarta.enterprise.inject.Instance;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;
import sh.keda.externalscaler.ExternalScalerGrpc;
import sh.keda.externalscaler.GetMetricSpecResponse;
import sh.keda.externalscaler.GetMetricsRequest;
import sh.keda.externalscaler.GetMetricsResponse;
import sh.keda.externalscaler.IsActiveResponse;
import sh.keda.externalscaler.MetricSpec;
import sh.keda.externalscaler.MetricValue;
import sh.keda.externalscaler.ScaledObjectRef;

/**
 * What KEDA asks an external scaler: <a href="https://keda.sh/docs/2.17/concepts/external-scalers/">its contract</a>. A queue that cannot be seen is an error and never an empty one,
 * so that KEDA falls back instead of scaling down.
 */
@GrpcService
public class ExternalScaler extends ExternalScalerGrpc.ExternalScalerImplBase {
    /** Between two looks on behalf of a stream; it is to tell within a second. */
    private static final Duration PAUSE = Duration.ofMillis(400);
    private static final String QUEUE = "queue";
    private static final String MESSAGES = "messagesPerReplica";
    private static final String DRAIN = "drainSeconds";
    private static final String RATE = "replicaRate";
    private static final String AHEAD = "aheadSeconds";

    private final SafelightConfig config;
    private final Instance<Scalers> scalers;

    public ExternalScaler(SafelightConfig config, Instance<Scalers> scalers) {
        this.config = config;
        this.scalers = scalers;
    }

    @Override
    @Blocking
    public void isActive(ScaledObjectRef request, StreamObserver<IsActiveResponse> answer) {
        answer(answer, () -> active(request));
    }

    /** Tells at once, and then whatever changes. A queue that cannot be seen ends the stream; KEDA opens another. */
    @Override
    @Blocking
    public void streamIsActive(ScaledObjectRef request, StreamObserver<IsActiveResponse> answer) {
        var call = (ServerCallStreamObserver<IsActiveResponse>) answer;
        Thread.ofVirtual().name("scaler-stream").start(() -> {
            try {
                IsActiveResponse told = null;
                while (!call.isCancelled()) {
                    IsActiveResponse now = active(request);
                    if (!now.equals(told)) {
                        call.onNext(now);
                        told = now;
                    }
                    Thread.sleep(PAUSE);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                if (!call.isCancelled()) {
                    call.onError(status(e));
                }
            }
        });
    }

    @Override
    @Blocking
    public void getMetricSpec(ScaledObjectRef request, StreamObserver<GetMetricSpecResponse> answer) {
        answer(answer, () -> {
            Target target = target(request.getScalerMetadataMap());
            return GetMetricSpecResponse.newBuilder().addMetricSpecs(MetricSpec.newBuilder().setMetricName(metric(request))
                    .setTargetSize(Math.max(1, (long) target.messages())).setTargetSizeFloat(target.messages())).build();
        });
    }

    @Override
    @Blocking
    public void getMetrics(GetMetricsRequest request, StreamObserver<GetMetricsResponse> answer) {
        answer(answer, () -> {
            double messages = explain(request.getScaledObjectRef()).decision().messages();
            return GetMetricsResponse.newBuilder().addMetricValues(MetricValue.newBuilder().setMetricName(metric(request.getScaledObjectRef()))
                    .setMetricValue((long) Math.ceil(messages)).setMetricValueFloat(messages)).build();
        });
    }

    private IsActiveResponse active(ScaledObjectRef request) {
        return IsActiveResponse.newBuilder().setResult(explain(request).replicas() > 0).build();
    }

    private Explanation explain(ScaledObjectRef request) {
        if (!config.groups().contains("scaler")) {
            throw Status.UNIMPLEMENTED.withDescription("This process does not run the group scaler; ask one that does.").asRuntimeException();
        }
        String queue = queue(request.getScalerMetadataMap());
        Scalers all = scalers.get();
        all.aim(queue, target(request.getScalerMetadataMap()));
        return all.explain(queue, Instant.now());
    }

    private static String metric(ScaledObjectRef request) {
        return "safelight-" + queue(request.getScalerMetadataMap()).replace('.', '-');
    }

    private static String queue(Map<String, String> metadata) {
        String queue = metadata.getOrDefault(QUEUE, "");
        if (queue.isBlank()) {
            throw new Rejected(Code.BAD_PARAMETER, "The metadata of the ScaledObject names no queue; write 'queue: processing'.");
        }
        return queue;
    }

    private Target target(Map<String, String> metadata) {
        var usual = config.scaler();
        double rate = number(metadata, RATE, usual.replicaRate());
        Duration ahead = Duration.ofMillis(Math.round(number(metadata, AHEAD, usual.ahead().toMillis() / 1_000.0) * 1_000));
        if (metadata.containsKey(DRAIN) && metadata.containsKey(MESSAGES)) {
            throw new Rejected(Code.BAD_PARAMETER, "The metadata of the ScaledObject has both %s and %s; leave one out.".formatted(DRAIN, MESSAGES));
        }
        return metadata.containsKey(DRAIN) ? Target.draining(Duration.ofMillis(Math.round(number(metadata, DRAIN, 0) * 1_000)), rate, ahead)
                : new Target(number(metadata, MESSAGES, usual.messagesPerReplica()), rate, ahead);
    }

    private static double number(Map<String, String> metadata, String key, double absent) {
        String text = metadata.get(key);
        if (text != null && !text.matches("\\d{1,9}(\\.\\d{1,9})?")) {
            throw new Rejected(Code.BAD_PARAMETER, "%s in the metadata of the ScaledObject is '%s'; write a number.".formatted(key, text));
        }
        return text == null ? absent : Double.parseDouble(text);
    }

    private <T> void answer(StreamObserver<T> observer, Supplier<T> work) {
        T answer;
        try {
            answer = work.get();
        } catch (RuntimeException e) {
            observer.onError(status(e));
            return;
        }
        observer.onNext(answer);
        observer.onCompleted();
    }

    private static StatusRuntimeException status(RuntimeException failure) {
        return switch (failure) {
            case StatusRuntimeException told -> told;
            case Unavailable e -> Status.UNAVAILABLE.withDescription(e.getMessage()).withCause(e).asRuntimeException();
            case Rejected e -> (e.code() == Code.NOT_FOUND ? Status.NOT_FOUND : Status.INVALID_ARGUMENT).withDescription(e.getMessage()).withCause(e).asRuntimeException();
            case SafelightException e -> Status.FAILED_PRECONDITION.withDescription(e.getMessage()).withCause(e).asRuntimeException();
            default -> Status.INTERNAL.withDescription("The scaler failed: " + failure).withCause(failure).asRuntimeException();
        };
    }
}
