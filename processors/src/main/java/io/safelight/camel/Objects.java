package io.safelight.camel;

import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import io.safelight.intake.Digests;
import io.safelight.model.Event;
import io.safelight.store.UserMetadata;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.aws2.s3.AWS2S3Constants;

/** Between our files and what the aws2-s3 component wants to be told. */
@Named("objects")
@Singleton
public class Objects {
    /** The {@link ObjectFile} in the body as a file with its key, type, length and metadata in headers. */
    public void describe(Exchange exchange) throws IOException {
        Message message = exchange.getMessage();
        ObjectFile object = message.getBody(ObjectFile.class);
        message.setHeader(AWS2S3Constants.KEY, object.key());
        message.setHeader(AWS2S3Constants.CONTENT_TYPE, object.contentType());
        message.setHeader(AWS2S3Constants.CONTENT_LENGTH, Files.size(object.file()));
        message.setHeader(AWS2S3Constants.METADATA, UserMetadata.encode(metadata(object)));
        message.setBody(object.file().toFile());
    }

    static Map<String, String> metadata(ObjectFile object) {
        Map<String, String> all = new TreeMap<>(object.metadata());
        all.put("content-type", object.contentType());
        all.put("sha256", object.sha256());
        return all;
    }

    /** Names the object that the event in hand refers to first. */
    public void locate(Exchange exchange) {
        Event event = Events.current(exchange);
        if (event.keys().isEmpty() || event.sha256() == null) {
            throw new Fault("The event names no object, or no digest for it.");
        }
        exchange.getMessage().setHeader(AWS2S3Constants.KEY, event.keys().getFirst());
    }

    /**
     * Streams the object in the body to a working file, and compares what came with the digest in the event.
     *
     * @throws Unavailable where the stream breaks off or the local disk takes no more: both pass
     */
    public void save(Exchange exchange) {
        Event event = Events.current(exchange);
        Path file = Work.folder(exchange).resolve("object");
        MessageDigest sha256 = Digests.sha256();
        try (InputStream in = exchange.getMessage().getBody(InputStream.class);
             OutputStream out = new DigestOutputStream(Files.newOutputStream(file), sha256)) {
            in.transferTo(out);
        } catch (IOException e) {
            throw new Unavailable("Reading %s from the object store onto the local disk broke off. Check the connection to the store and the free space in safelight.data."
                    .formatted(event.keys().getFirst()), e);
        }
        String found = Digests.hex(sha256);
        if (!found.equals(event.sha256())) {
            throw new Fault("The object %s has sha256 %s, the event says %s: it was changed or damaged in the store."
                    .formatted(event.keys().getFirst(), found, event.sha256()));
        }
        exchange.getMessage().setBody(file);
    }
}
