package io.safelight.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.opentelemetry.api.trace.Span;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Problem;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.intake.Digests;
import io.safelight.intake.HttpReceiver;
import io.safelight.intake.Upload;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Step;
import io.safelight.store.Keys;
import io.safelight.store.ObjectStore;
import io.safelight.store.Stored;
import io.safelight.store.UserMetadata;
import io.safelight.trace.Traceparent;
import io.safelight.validate.Inspection;
import io.safelight.validate.Inspector;
import io.safelight.validate.Names;
import io.safelight.validate.Rules;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.jboss.logging.Logger;

/** What the ingress routes need: uploads received, identified, described, answered. */
@Named("uploads")
@Singleton
public class Uploads {
    private static final Logger LOG = Logger.getLogger(Uploads.class);
    private static final int MAX_IDEMPOTENCY_KEY = 255;
    private static final int MAX_ACCOUNT = 200;
    /** Of account and name together: S3 takes 2 KB of user metadata, and the account matters more. */
    private static final int MAX_ENCODED = 1_500;
    private static final String INSPECTION = "inspection";
    private static final String IDEMPOTENCY = "idempotency";
    private static final String OUTCOME = "outcome";

    private final HttpReceiver receiver;
    private final Inspector inspector;
    private final Rules rules;
    private final Instance<ObjectStore> originals;
    private final String sftpAddress;
    private final Optional<String> accountHeader;

    /** @param originals asked for when it is needed: classify receives images too, and has no right to the store */
    public Uploads(HttpReceiver receiver, Inspector inspector, Rules rules, @Named("store-ingress") Instance<ObjectStore> originals,
                   SafelightConfig config) {
        this.receiver = receiver;
        this.inspector = inspector;
        this.rules = rules;
        this.originals = originals;
        this.sftpAddress = config.sftp().uri();
        this.accountHeader = config.upload().accountHeader();
    }

    /** Body: the unread {@link HttpServerRequest}; afterwards the list of {@link Upload}s. No request header goes further. */
    public void receive(Exchange exchange) {
        Message message = exchange.getMessage();
        HttpServerRequest request = message.getBody(HttpServerRequest.class);
        String key = message.getHeader("Idempotency-Key", String.class);
        Optional<String> account = accountHeader.flatMap(name -> account(request, name));
        Trace.begin(exchange, Trace.arriving(exchange, message.getHeader(Traceparent.HEADER, String.class)), null);
        message.removeHeaders("*");
        exchange.setProperty(Properties.SOURCE, "http");
        if (key != null) {
            if (key.isBlank() || key.length() > MAX_IDEMPOTENCY_KEY) {
                throw new Rejected(Code.MALFORMED_REQUEST, "An Idempotency-Key has 1 to %d characters.".formatted(MAX_IDEMPOTENCY_KEY));
            }
            exchange.setProperty(IDEMPOTENCY, Stream.of(Optional.of("http"), account, Optional.of(key)).flatMap(Optional::stream).toList());
        }
        account.ifPresent(name -> exchange.setProperty(Properties.ACCOUNT, name));
        List<Upload> uploads = receiver.receive(request, exchange.getProperty("field", String.class), Work.folder(exchange));
        message.setBody(uploads);
    }

    /** From the request itself: Camel lays its headers and its query parameters together. */
    private static Optional<String> account(HttpServerRequest request, String header) {
        List<String> values = request.headers().getAll(header);
        if (values.size() > 1 || values.stream().anyMatch(name -> name.isBlank() || name.length() > MAX_ACCOUNT)) {
            throw new Rejected(Code.MALFORMED_REQUEST, "The header %s is given once and has 1 to %d characters.".formatted(header, MAX_ACCOUNT));
        }
        return values.stream().findFirst();
    }

    /** Body: a file the SFTP consumer downloaded; afterwards its {@link Upload}. The same file found again gets the same id. */
    public void receiveFile(Exchange exchange) throws IOException {
        Message message = exchange.getMessage();
        Instant started = Instant.now();
        Path file = message.getBody(File.class).toPath();
        String name = message.getHeader(Exchange.FILE_NAME, String.class);
        Trace.begin(exchange, Trace.arriving(exchange, null), null);
        String sha256 = Digests.sha256(file);
        long bytes = Files.size(file);
        exchange.setProperty(Properties.SOURCE, sftpAddress);
        exchange.setProperty(IDEMPOTENCY, List.of(sftpAddress, name, Long.toString(bytes),
                String.valueOf(message.getHeader(Exchange.FILE_LAST_MODIFIED)), sha256));
        message.setBody(new Upload(file, name, null, bytes, sha256, started));
    }

    /** Of several uploads the only one. @throws Rejected where there are more */
    public Upload single(List<Upload> uploads) {
        if (uploads.size() != 1) {
            throw new Rejected(Code.MALFORMED_REQUEST, "Send one image.");
        }
        return uploads.getFirst();
    }

    /** Body: an {@link Upload}; afterwards its file, with what the header said in a property. */
    public void validate(Exchange exchange) {
        Upload upload = exchange.getMessage().getBody(Upload.class);
        exchange.setProperty(Properties.UPLOAD, upload);
        if (upload.bytes() == 0) {
            throw new Rejected(Code.EMPTY_BODY, "Send the bytes of an image.");
        }
        exchange.setProperty(INSPECTION, inspector.inspect(upload.file(), Optional.ofNullable(upload.contentType()), rules));
        exchange.getMessage().setBody(upload.file());
    }

    /** Gives the upload its id; the body becomes the original's {@link ObjectFile}. */
    public void identify(Exchange exchange) {
        Upload upload = exchange.getProperty(Properties.UPLOAD, Upload.class);
        UUID id = id(exchange);
        Trace.begin(exchange, Trace.of(exchange), id);
        Inspection inspection = exchange.getProperty(INSPECTION, Inspection.class);
        exchange.getMessage().setBody(new ObjectFile(upload.file(), Keys.raw(id), inspection.format().contentType(), upload.sha256(),
                metadata(upload, exchange.getProperty(Properties.SOURCE, String.class), exchange.getProperty(Properties.ACCOUNT, String.class))));
    }

    /** With what only the message would know, should it never be published: the reconciler announces the original then. */
    private static Map<String, String> metadata(Upload upload, String source, String account) {
        Map<String, String> metadata = new TreeMap<>(Map.of("origin", source, "transform-state", "original"));
        if (account != null) {
            metadata.put("account", account);
        }
        String name = Names.clean(upload.name());
        metadata.put("name", encodedLength(name) + encodedLength(account) <= MAX_ENCODED ? name : Names.clean(null));
        return metadata;
    }

    private static int encodedLength(String text) {
        return UserMetadata.encode(text == null ? Map.of() : Map.of("", text)).values().stream().mapToInt(String::length).sum();
    }

    /** A batch under one Idempotency-Key is told apart by position. */
    private static UUID id(Exchange exchange) {
        List<?> parts = exchange.getProperty(IDEMPOTENCY, List.class);
        if (parts == null) {
            return Ids.timeOrdered();
        }
        int index = exchange.getProperty(Exchange.SPLIT_INDEX, 0, Integer.class);
        return Ids.nameBased(Stream.concat(parts.stream(), Stream.of(index))
                .map(String::valueOf).toArray(String[]::new));
    }

    /**
     * Where the original was stored before, its bytes must be these.
     *
     * @throws Rejected {@code id-reused} where they are others
     */
    public void compare(Exchange exchange) {
        if (exchange.removeProperty(Exchange.EXCEPTION_CAUGHT) == null) {
            return;
        }
        Upload upload = exchange.getProperty(Properties.UPLOAD, Upload.class);
        UUID id = exchange.getProperty(Properties.IMAGE, UUID.class);
        Stored stored = originals.get().head(Keys.raw(id)).orElseThrow(() ->
                new Unavailable("The stored original is being withdrawn; send the upload again.", null));
        if (!upload.sha256().equals(stored.metadata().get("sha256"))) {
            throw new Rejected(Code.ID_REUSED, "This Idempotency-Key was used before with other bytes; use a new key for a new image.");
        }
        LOG.infof("Already stored, announced again");
    }

    public Event accepted(Exchange exchange) {
        Upload upload = exchange.getProperty(Properties.UPLOAD, Upload.class);
        Inspection i = exchange.getProperty(INSPECTION, Inspection.class);
        UUID id = exchange.getProperty(Properties.IMAGE, UUID.class);
        Fact.Accepted fact = new Fact.Accepted(Names.clean(upload.name()), exchange.getProperty(Properties.SOURCE, String.class),
                i.format(), upload.bytes(), i.width(), i.height(), i.slow(), exchange.getProperty(Properties.ACCOUNT, String.class));
        LOG.infof("Accepted %s, %d bytes, %d x %d, from %s", i.format().slug(), upload.bytes(), i.width(), i.height(), fact.source());
        return Event.of(id, Trace.of(exchange), fact, new Step("receive", upload.started(), Instant.now()))
                .withObject(Keys.raw(id), upload.sha256());
    }

    public Receipt receipt(Exchange exchange) {
        Upload upload = exchange.getProperty(Properties.UPLOAD, Upload.class);
        return Receipt.accepted(exchange.getProperty(Properties.IMAGE, UUID.class), Names.clean(upload.name()));
    }

    /** The receipt of an upload that failed. What we do not know by name is a matter of waiting: nothing was promised yet. */
    public Receipt refuse(Exchange exchange) {
        Throwable cause = Failures.cause(exchange);
        boolean named = cause instanceof SafelightException && !(cause instanceof io.safelight.error.Fault);
        Problem problem = named ? ((SafelightException) cause).problem() : Problem.of(Code.UNAVAILABLE, "The image could not be stored or announced; send it again.");
        Span.current().setAttribute("error.code", problem.code());
        if (problem.status() >= 500 && (named || Failures.isElsewhere(cause))) {
            Refusals.tell(problem, cause.getMessage());
        } else if (problem.status() >= 500) {
            LOG.errorf(cause, "An upload could not be taken in, and is refused as %s", problem.code());
        } else {
            LOG.infof("Refused as %s: %s", problem.code(), problem.detail());
        }
        Upload upload = exchange.getProperty(Properties.UPLOAD, Upload.class);
        return Receipt.refused(Names.clean(upload == null ? null : upload.name()), problem);
    }

    /** Body: the receipts. A single refused file is answered as its problem; otherwise each refused one carries its own. */
    public void answer(Exchange exchange) throws JsonProcessingException {
        List<?> receipts = exchange.getMessage().getBody(List.class);
        boolean anyTaken = receipts.stream().anyMatch(r -> !((Receipt) r).isRefused());
        if (anyTaken) {
            Http.answer(exchange, 202, "application/json", Map.of("images", receipts));
        } else if (receipts.size() == 1) {
            Http.answer(exchange, ((Receipt) receipts.getFirst()).problem());
        } else {
            Problem first = ((Receipt) receipts.getFirst()).problem();
            Http.answer(exchange, first.status(), "application/json", Map.of("images", receipts));
            Http.tellWhenToTryAgain(exchange, first);
        }
    }

    /**
     * Where a dropped file goes: {@code .done}, or {@code .failed} with its problem as the body.
     *
     * @throws Unavailable where it was not the file's fault: it stays where it is
     */
    public void dispose(Exchange exchange) throws JsonProcessingException {
        Message message = exchange.getMessage();
        Receipt receipt = message.getBody(Receipt.class);
        if (!receipt.isRefused()) {
            exchange.setProperty(OUTCOME, ".done");
            return;
        }
        Problem problem = receipt.problem();
        if (problem.status() >= 500) {
            throw new Unavailable(problem.detail(), null);
        }
        exchange.setProperty(OUTCOME, ".failed");
        message.setHeader(Exchange.OVERRULE_FILE_NAME, ".failed/" + message.getHeader(Exchange.FILE_NAME) + ".problem.json");
        message.setBody(Json.MAPPER.writeValueAsString(problem));
    }
}
