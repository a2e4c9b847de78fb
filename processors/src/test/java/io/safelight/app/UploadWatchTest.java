package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UploadWatchTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final UploadWatch watch = new UploadWatch(meters);

    @ParameterizedTest
    @CsvSource({"image/jpeg,image/jpeg", "IMAGE/PNG; charset=x,image/png", "multipart/form-data; boundary=b,multipart/form-data", "image/jpg,other",
            "application/x-1,other", "application/x-2,other", ",other"})
    void whateverASenderWritesTheTypesAreFew(String header, String type) {
        assertEquals(type, UploadWatch.type(header));
    }

    @Test
    void countsHowARequestEnded() {
        request("image/jpeg", 202, Future.succeededFuture());
        request("image/jpeg", 202, Future.succeededFuture());
        request("nonsense", 415, Future.succeededFuture());
        request("image/png", 200, Future.failedFuture("connection closed"));

        assertEquals(2, count("202", "image/jpeg"));
        assertEquals(1, count("415", "other"));
        assertEquals(1, count("499", "image/png"));
    }

    private double count(String status, String type) {
        return meters.get("upload.requests").tags("status", status, "content_type", type).counter().count();
    }

    private void request(String type, int status, AsyncResult<Void> end) {
        List<Handler<AsyncResult<Void>>> handlers = new ArrayList<>();
        HttpServerRequest request = toy(HttpServerRequest.class, "getHeader", type);
        HttpServerResponse response = toy(HttpServerResponse.class, "getStatusCode", status);
        watch.watch((RoutingContext) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {RoutingContext.class}, (self, method, arguments) -> switch (method.getName()) {
            case "request" -> request;
            case "response" -> response;
            case "addEndHandler" -> handlers.add(handler(arguments[0])) ? 0 : 1;
            default -> throw new UnsupportedOperationException(method.toString());
        }));
        handlers.forEach(handler -> handler.handle(end));
    }

    @SuppressWarnings("unchecked")
    private static Handler<AsyncResult<Void>> handler(Object argument) {
        return (Handler<AsyncResult<Void>>) argument;
    }

    private static <T> T toy(Class<T> type, String method, Object answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, called, arguments) -> {
            if (!called.getName().equals(method)) {
                throw new UnsupportedOperationException(called.toString());
            }
            return answer;
        }));
    }
}
