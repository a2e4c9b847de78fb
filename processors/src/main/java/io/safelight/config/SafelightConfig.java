package io.safelight.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every key of ours. Durations as {@code 500ms}, {@code 30s}, {@code 24h}; sizes as {@code 100M}. */
@ConfigMapping(prefix = "safelight")
public interface SafelightConfig {
    /** The value of an address that means: start that server in this process. */
    String EMBEDDED = "embedded";

    @Doc("Route groups this process runs, separated by commas: ingress, processing, moderation, metadata, serving, lifecycle, classify, scaler. Environment: SAFELIGHT_GROUPS.")
    @WithDefault("ingress,processing,moderation,metadata,serving,lifecycle,classify")
    List<String> groups();

    @Doc("Folder of the embedded servers' files and of work in progress.")
    @WithDefault("data")
    String data();

    @Doc("Folder that holds routes/, kamelets/ and config/.")
    @WithDefault(".")
    String home();

    @Doc("Whether a start that fails shows its stack trace; to be set as a system property, JAVA_OPTS=-Dsafelight.stacktrace=true.")
    @WithDefault("false")
    boolean stacktrace();

    @Doc("none, or kubernetes: of several processes that run ingress or lifecycle, one at a time polls SFTP and one sweeps, by leases of the Kubernetes API. With none each does both.")
    @WithDefault("none")
    String leases();

    @Doc("After so long without a word of its holder a lease is free, at least 1s. A holder stops after two thirds of it without an answer, and says its word seven times in it.")
    @WithDefault("15s")
    Duration leaseTime();

    @Doc("Name of this machine, by which metrics tell its cards; empty means its host name.")
    Optional<String> node();

    Broker broker();

    Store store();

    Database database();

    Sftp sftp();

    Upload upload();

    Limits limits();

    Engine engine();

    Processing processing();

    Moderation moderation();

    Metadata metadata();

    Serving serving();

    Lifecycle lifecycle();

    Scaler scaler();

    Hawtio hawtio();

    Logs logs();

    Metrics metrics();

    Traces traces();

    interface Broker {
        @Doc("Address of RabbitMQ, such as amqp://user:secret@host:5672/vhost, or 'embedded'.")
        @WithDefault(EMBEDDED)
        String uri();

        @Doc("Address of RabbitMQ's management API, such as http://rabbitmq:15672, for a start to compare how queues were declared; the user of broker.uri is asked as, and needs the tag management. Empty means that only who may configure can compare.")
        Optional<String> managementUrl();

        @Doc("How long a publisher waits for the broker's confirm before it gives up.")
        @WithDefault("10s")
        Duration confirmTimeout();

        @Doc("Port of the embedded broker; 0 picks a free one.")
        @WithDefault("0")
        int embeddedPort();

        @Doc("Tries of a message that meets something unavailable, before it becomes a dead letter.")
        @WithDefault("10")
        int attempts();
    }

    interface Store {
        @Doc("Address of the S3 service, such as https://s3.eu-central-1.amazonaws.com, or 'embedded'.")
        @WithDefault(EMBEDDED)
        String endpoint();

        @Doc("Region the requests are signed for.")
        @WithDefault("us-east-1")
        String region();

        @Doc("Bucket of originals, masters and staged renditions. Serving's identity has no right to it.")
        @WithDefault("safelight-private")
        String privateBucket();

        @Doc("Bucket of what was cleared.")
        @WithDefault("safelight-public")
        String publicBucket();

        @Doc("Credentials of each group, by its name; the embedded store makes its own.")
        Map<String, Identity> identities();

        @Doc("Port of the embedded store; 0 picks a free one.")
        @WithDefault("0")
        int embeddedPort();
    }

    interface Identity {
        @Doc("Access key of this group.")
        String accessKey();

        @Doc("Secret key of this group.")
        String secretKey();
    }

    interface Database {
        @Doc("JDBC address of PostgreSQL, such as jdbc:postgresql://host:5432/safelight, or 'embedded'.")
        @WithDefault(EMBEDDED)
        String url();

        @Doc("Database user.")
        @WithDefault("safelight")
        String username();

        @Doc("Database password.")
        Optional<String> password();

        @Doc("Port of the embedded PostgreSQL; 0 picks a free one.")
        @WithDefault("0")
        int embeddedPort();
    }

    interface Sftp {
        @Doc("Address to poll for dropped files, such as sftp://host:22/drop, 'embedded', or 'off'.")
        @WithDefault(EMBEDDED)
        String uri();

        @Doc("User to log in as.")
        @WithDefault("safelight")
        String username();

        @Doc("Password; the embedded server makes one and keeps it under data/sftp/.")
        Optional<String> password();

        @Doc("Private key file, where a key is used instead of a password.")
        Optional<String> privateKeyFile();

        @Doc("File of known host keys; a host that is not in it is refused.")
        Optional<String> knownHostsFile();

        @Doc("Pause between two looks at the drop folder.")
        @WithDefault("2s")
        Duration delay();

        @Doc("Port of the embedded SFTP server; 0 picks a free one.")
        @WithDefault("2222")
        int embeddedPort();
    }

    interface Upload {
        @Doc("Largest upload in bytes, in one file or one request.")
        @WithDefault("100M")
        io.quarkus.runtime.configuration.MemorySize maxBytes();

        @Doc("Most files in one multipart request.")
        @WithDefault("50")
        int maxFiles();

        @Doc("Header by which the gateway in front tells the account that uploads, for the policy and beside the Idempotency-Key; the gateway must drop it from what clients send. Empty: none.")
        Optional<String> accountHeader();

        @Doc("Uploads over HTTP that a process has in hand at the most; further ones are answered 503 before they are read. More than 100 would wait for a connection to the store.")
        @WithDefault("100")
        int maxConcurrent();

        @Doc("How long a connection may be silent in the middle of an upload.")
        @WithDefault("30s")
        Duration idleTimeout();

        @Doc("Free space to keep in the data folder; uploads are answered 503 below it.")
        @WithDefault("256M")
        io.quarkus.runtime.configuration.MemorySize minFree();
    }

    interface Limits {
        @Doc("Formats taken in, by their magic bytes; of them those that the engine reads, where processing runs in the same process. Empty: all that it reads. Where processing runs elsewhere, empty means jpeg,png,webp,avif,gif,tiff,bmp,svg; name heic too where libvips is built with it there.")
        Optional<List<String>> formats();

        @Doc("Most bytes an image may take once decoded, all frames together.")
        @WithDefault("512M")
        io.quarkus.runtime.configuration.MemorySize maxDecodedBytes();

        @Doc("Most pixels on a side.")
        @WithDefault("30000")
        int maxSide();

        @Doc("Most frames of an animation.")
        @WithDefault("500")
        int maxFrames();
    }

    interface Engine {
        @Doc("auto, libvips or thumbnailator. auto takes libvips where it is found.")
        @WithDefault("auto")
        String name();

        @Doc("Path of the libvips shared library; empty looks in .native/ and then on the system.")
        Optional<String> libvips();

        @Doc("Images processed at the same time, one more from the slow lane, and as many again made on the fly where the group serving runs; 0 means one per processor.")
        @WithDefault("0")
        int concurrency();

        @Doc("Whether images are decoded in processes of their own, so that a decoder that crashes, hangs or grows takes nothing else with it.")
        @WithDefault("true")
        boolean isolated();

        @Doc("Longest an image may work in such a process, before the process is killed; 1s or more. One that others keep from the processors gets"
                + " up to four times as long by the clock. A drawing that cannot be drawn in it is refused.")
        @WithDefault("30s")
        Duration maxTime();

        @Doc("Most memory of such a process: its Java heap and what the decoder allocates; 64M or more. Enforced on Linux.")
        @WithDefault("1G")
        io.quarkus.runtime.configuration.MemorySize maxMemory();
    }

    interface Processing {
        @Doc("Longest side of the master, from which every served pixel comes and which moderation sees: 64 to 16383 pixels.")
        @WithDefault("2048")
        int masterSide();

        @Doc("Keep GPS positions among the EXIF facts in the database. They never reach a served image.")
        @WithDefault("false")
        boolean keepGps();
    }

    interface Moderation {
        @Doc("OnnxRuntime or MXNet; MXNet where the build has it.")
        @WithDefault("OnnxRuntime")
        String engine();

        @Doc("cpu, cuda, or cuda:1 for the second card; cuda with OnnxRuntime, where the build has it for CUDA.")
        @WithDefault("cpu")
        String device();

        @Doc("Most of a card's memory that ONNX Runtime keeps for the model, such as 2G; empty means as much as there is.")
        Optional<io.quarkus.runtime.configuration.MemorySize> gpuMemory();

        @Doc("Most images in one batch; 0 means what suits the device: 1 on a CPU, 16 on a card.")
        @WithDefault("0")
        int batchSize();

        @Doc("How long the first image of a batch waits for others.")
        @WithDefault("500ms")
        Duration maxWait();

        @Doc("Predictors that run at the same time, each on one thread; 0 means one per processor, or two on a card.")
        @WithDefault("0")
        int predictors();

        @Doc("Images being scanned or waiting to be, at the most; further ones are refused and come again.")
        @WithDefault("64")
        int maxQueue();
    }

    interface Metadata {
        @Doc("Age at which a dead letter that was replayed or discarded is deleted, such as 720h. Empty keeps them all; open ones, and those with which an image was given up, are always kept.")
        Optional<Duration> deadLetterLife();
    }

    interface Serving {
        @Doc("Keys that sign links, as id:secret, the first one signing and all verifying. Empty: links need no signature.")
        Optional<List<String>> keys();

        @Doc("Life of a signed link that the API hands out.")
        @WithDefault("1h")
        Duration linkLife();

        @Doc("max-age of a served image; never more than what is left of its signature.")
        @WithDefault("60s")
        Duration maxAge();

        @Doc("How long a manifest is believed before it is read again: the longest that serving shows a withdrawn image. Browsers and shared caches may show it for max-age longer.")
        @WithDefault("1s")
        Duration manifestLife();

        @Doc("Largest size of the local cache of served files.")
        @WithDefault("1G")
        io.quarkus.runtime.configuration.MemorySize cacheSize();

        @Doc("Whether requests may name operations, such as resize:width=320, that are done to the source and kept in the local cache.")
        @WithDefault("true")
        boolean onTheFly();

        @Doc("Operations a request may name. watermark can be added, and then whoever makes a link decides what is written on a picture.")
        @WithDefault("resize,crop,rotate,flip,filter,background,trim")
        List<String> ops();

        @Doc("Pixels that resize and crop may name where links need no signature; a signed link may name any. Without a signature nothing larger than the largest is made.")
        @WithDefault("64,128,160,240,320,480,640,720,800,1024,1280,1600,1920")
        List<String> sizes();
    }

    interface Lifecycle {
        @Doc("Pause between two sweeps.")
        @WithDefault("10m")
        Duration every();

        @Doc("Age at which an object under incoming/ that was never claimed is deleted.")
        @WithDefault("24h")
        Duration incomingLife();

        @Doc("Age at which a staged object that nothing refers to is deleted.")
        @WithDefault("24h")
        Duration stagingLife();

        @Doc("Time without progress after which an image counts as stuck and its message is published again.")
        @WithDefault("15m")
        Duration stuckAfter();

        @Doc("Pause between two comparisons of the object store with the database, however many processes run lifecycle.")
        @WithDefault("24h")
        Duration reconcileEvery();

        @Doc("Age below which such a comparison leaves an image alone, as work on it may be under way.")
        @WithDefault("1h")
        Duration reconcileAge();

        @Doc("Whether what it finds is mended, and not only reported.")
        @WithDefault("false")
        boolean mend();

        @Doc("Address of the metadata API, for groups that ask it; empty means this process.")
        Optional<String> metadataUrl();
    }

    interface Scaler {
        @Doc("Queues that the group scaler watches and answers for.")
        @WithDefault("processing,processing.slow,moderation,metadata")
        List<String> queues();

        @Doc("Messages that wait or are in hand, for each replica; the autoscaler's metadata may say it otherwise for its queue.")
        @WithDefault("10")
        double messagesPerReplica();

        @Doc("Messages that a replica gets done in a second, to forecast in replicas; 0 means not known, and scaling is reactive. The autoscaler's metadata may say it for its queue.")
        @WithDefault("0")
        double replicaRate();

        @Doc("How far to look ahead: as long as a replica takes from being asked for to its first message; from 30s to 15m.")
        @WithDefault("2m")
        Duration ahead();

        @Doc("Folder of the histories of arrivals; empty means scaler/ in the folder safelight.data. Give it a volume.")
        Optional<String> history();
    }

    interface Hawtio {
        @Doc("Whether there is a Hawtio where there is a password for it; without one nothing of Camel is managed.")
        @WithDefault("true")
        boolean enabled();

        @Doc("User of Hawtio at /hawtio.")
        @WithDefault("admin")
        String user();

        @Doc("Password of that user. Where the broker is embedded and the group metadata runs, one is made unless it is set, and kept in hawtio/password of the data folder. Without one there is no Hawtio.")
        Optional<String> password();

        @Doc("Port of a Jolokia at /jolokia for a Hawtio elsewhere, which logs in as the same user; empty means none.")
        Optional<Integer> jolokiaPort();
    }

    interface Logs {
        @Doc("Whether each log line is a JSON object, for machines, and not text, for people.")
        @WithDefault("false")
        boolean json();
    }

    interface Metrics {
        @Doc("Whether the process keeps metrics. Without them /q/metrics is empty, and neither dashboards nor alerts know of it.")
        @WithDefault("true")
        boolean enabled();
    }

    interface Traces {
        @Doc("Address of an OpenTelemetry collector that takes OTLP over HTTP, such as http://collector:4318. Empty: no spans are sent; messages and log lines bear trace ids all the same.")
        Optional<String> endpoint();

        @Doc("Share of the traces that begin here whose spans are sent, from 0 to 1. A caller with a traceparent decides for its own.")
        @WithDefault("0.1")
        double sampling();
    }
}
