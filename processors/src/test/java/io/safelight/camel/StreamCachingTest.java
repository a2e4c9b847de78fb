package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

class StreamCachingTest {
    @Test
    void neitherAnObjectOnItsWayFromTheStoreNorAFileIsGatheredInTheHeap() throws Exception {
        Properties config = new Properties();
        try (InputStream in = Files.newInputStream(Path.of("config/application.properties"))) {
            config.load(in);
        }
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.setStreamCaching(true);
            context.getStreamCachingStrategy().setDenyClasses(config.getProperty("camel.main.stream-caching-deny-classes"));
            context.start();
            Exchange exchange = new DefaultExchange(context);

            exchange.getMessage().setBody(new ByteArrayInputStream(new byte[9]));
            assertNotNull(context.getStreamCachingStrategy().cache(exchange));
            exchange.getMessage().setBody(new ResponseInputStream<>(GetObjectResponse.builder().build(), AbortableInputStream.create(new ByteArrayInputStream(new byte[9]))));
            assertNull(context.getStreamCachingStrategy().cache(exchange));
            try (InputStream file = Files.newInputStream(Path.of("config/application.properties"))) {
                exchange.getMessage().setBody(file);
                assertNull(context.getStreamCachingStrategy().cache(exchange));
            }
        }
    }
}
