package io.safelight.moderate;

import io.safelight.decode.Decoder;
import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.model.Seen;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Has models look at images. Safe for any number of threads; each waits for its own image. */
public final class Moderator implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Moderator.class);
    private static final int PERCENT = 100;

    private final Decoder decoder;
    private final List<Place> places;
    private final Agreement agreement;
    /** A decoded image takes far more memory than the model's input made of it. */
    private final Semaphore decodes = new Semaphore(Runtime.getRuntime().availableProcessors());

    /** As in {@link Lineup.Place}, loaded. @param candidate null where there is none */
    public record Place(RunningModel model, RunningModel candidate, int share, boolean decides) {
        private Stream<RunningModel> models() {
            return candidate == null ? Stream.of(model) : Stream.of(model, candidate);
        }

        /** The images of a smaller share are among those of a larger one. */
        private boolean tries(UUID image) {
            return candidate != null && image != null
                    && Integer.remainderUnsigned((image + candidate.name()).hashCode() * 0x9e3779b9 >>> 7, PERCENT) < share;
        }
    }

    /** @param model closed with this */
    public Moderator(Decoder decoder, RunningModel model) {
        this(decoder, List.of(new Place(model, null, 0, false)), Agreement.NOBODY);
    }

    /** @param places one or more; their models are closed with this */
    public Moderator(Decoder decoder, List<Place> places, Agreement agreement) {
        this.decoder = decoder;
        this.places = List.copyOf(places);
        this.agreement = agreement;
    }

    /**
     * What each model that is not on trial sees. Waits for its batch. Of an animation every frame is looked at, and each label has its
     * highest probability.
     *
     * @throws io.safelight.error.Rejected    where the image cannot be decoded
     * @throws io.safelight.error.Unavailable where too many images wait already
     */
    public Scan scan(Path image) {
        return Scan.of(scan(image, null));
    }

    /**
     * Like {@link #scan(Path)}, and what the candidates see whose share the image is in. A candidate that fails costs nobody anything.
     *
     * @param id by which an image is always, or never, in the same candidate's share; null for none
     */
    public List<Seen> scan(Path image, UUID id) {
        List<Look> looks = places.stream().map(place -> new Look(place, place.tries(id))).toList();
        List<Eye> eyes = looks.stream().flatMap(Look::eyes).toList();
        acquireDecode();
        try {
            decoder.planes(image, eyes.stream().map(eye -> eye.model.input()).toList(), frame -> {
                for (int i = 0; i < eyes.size(); i++) {
                    eyes.get(i).look(frame.get(i));
                }
            });
        } finally {
            decodes.release();
        }
        return looks.stream().flatMap(look -> look.seen().stream()).toList();
    }

    /** One place's view of one image. */
    private final class Look {
        private final Place place;
        private final Eye incumbent;
        private final Eye candidate;

        Look(Place place, boolean tried) {
            this.place = place;
            this.incumbent = new Eye(place.model, false);
            this.candidate = tried ? new Eye(place.candidate, true) : null;
        }

        Stream<Eye> eyes() {
            return candidate == null ? Stream.of(incumbent) : Stream.of(incumbent, candidate);
        }

        /** The one that counts first. */
        List<Seen> seen() {
            Map<String, Double> labels = incumbent.labels();
            Map<String, Double> tried = candidate == null ? Map.of() : candidate.labels();
            if (tried.isEmpty()) {
                return List.of(new Seen(place.model.id(), labels, false));
            }
            double difference = labels.entrySet().stream().mapToDouble(label -> Math.abs(label.getValue() - tried.get(label.getKey()))).max().orElse(0);
            agreement.compared(place.model.id(), place.candidate.id(), top(labels).equals(top(tried)), difference);
            Seen incumbents = new Seen(place.model.id(), labels, place.decides);
            Seen candidates = new Seen(place.candidate.id(), tried, !place.decides);
            return place.decides ? List.of(candidates, incumbents) : List.of(incumbents, candidates);
        }

        private static String top(Map<String, Double> labels) {
            return labels.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
        }
    }

    /** One model on one image's frames. */
    private static final class Eye {
        private final RunningModel model;
        private final boolean onTrial;
        private final Deque<CompletableFuture<Map<String, Double>>> waiting = new ArrayDeque<>();
        private final Map<String, Double> highest = new LinkedHashMap<>();
        private SafelightException failure;

        Eye(RunningModel model, boolean onTrial) {
            this.model = model;
            this.onTrial = onTrial;
        }

        void look(float[] planes) {
            attempt(() -> {
                // the frames of an animation may fill a batch of their own and no more
                if (waiting.size() == model.batchSize()) {
                    merge(answer(waiting.removeFirst()));
                }
                waiting.add(model.submit(planes));
            });
        }

        /** Empty where one on trial has failed. */
        Map<String, Double> labels() {
            attempt(() -> waiting.forEach(frame -> merge(answer(frame))));
            if (failure != null) {
                tellMissed(model, failure);
                return Map.of();
            }
            return highest;
        }

        private void attempt(Runnable step) {
            try {
                if (failure == null) {
                    step.run();
                }
            } catch (SafelightException e) {
                if (!onTrial) {
                    throw e;
                }
                failure = e;
            }
        }

        private void merge(Map<String, Double> labels) {
            labels.forEach((label, probability) -> highest.merge(label, probability, Math::max));
        }
    }

    /**
     * Runs each model once, so that the first image does not wait for what is set up late. A candidate that finds no memory for it is left as
     * it is; one that is no such model as its description says is refused like any other.
     */
    public void warmUp() {
        places.forEach(place -> warmUp(place.model));
        places.stream().map(Place::candidate).filter(Objects::nonNull).forEach(candidate -> {
            try {
                warmUp(candidate);
            } catch (Unavailable e) {
                tellMissed(candidate, e);
            }
        });
    }

    private static void warmUp(RunningModel model) {
        try {
            model.warmUp();
        } catch (CompletionException e) {
            throw known(e);
        }
    }

    private static void tellMissed(RunningModel candidate, SafelightException why) {
        LOG.warnf("The candidate %s did not answer: %s", candidate.id(), why.getMessage());
    }

    private Stream<RunningModel> models() {
        return places.stream().flatMap(Place::models);
    }

    /** The models in use, as {@code name@version}, those on trial included. */
    public List<String> modelIds() {
        return models().map(RunningModel::id).toList();
    }

    /** Name and version of the engine that runs them. */
    public String engine() {
        return places.getFirst().model.engine();
    }

    /** Whether each that is not on trial has answered. */
    public boolean warm() {
        return places.stream().map(Place::model).allMatch(RunningModel::warm);
    }

    private void acquireDecode() {
        try {
            decodes.acquire();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static Map<String, Double> answer(CompletableFuture<Map<String, Double>> submitted) {
        try {
            return submitted.get();
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw known(e);
        }
    }

    private static SafelightException known(Exception e) {
        return e.getCause() instanceof SafelightException known ? known : new Fault("An image cannot be classified; see the cause.", e.getCause());
    }

    private static Unavailable interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Unavailable("Moderation was interrupted; try again.", e);
    }

    @Override
    public void close() {
        models().forEach(RunningModel::close);
    }
}
