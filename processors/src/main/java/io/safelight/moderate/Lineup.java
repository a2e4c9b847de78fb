package io.safelight.moderate;

import io.safelight.config.ModelsFile;
import io.safelight.error.Fault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The models that look at images: those of {@code config/models.yaml}, and of every folder below {@code config/models} that it does not name. */
public record Lineup(List<Place> places) {

    /**
     * @param candidate on trial beside the model, with the same labels; null where there is none
     * @param share     of the images the candidate looks at, percent
     * @param decides   whether the candidate's labels count for them
     */
    public record Place(Model model, Model candidate, int share, boolean decides) {
        Stream<Model> models() {
            return candidate == null ? Stream.of(model) : Stream.of(model, candidate);
        }
    }

    public Lineup {
        places = List.copyOf(places);
    }

    /**
     * @param named  none means the default model
     * @param folder with the models' folders; need not exist
     * @throws Fault where a model cannot be had, is not what its description says, or does not fit the others
     */
    public static Lineup of(List<ModelsFile.Entry> named, Path folder) {
        List<Place> places = new ArrayList<>();
        Set<String> left = Model.folders(folder);
        for (ModelsFile.Entry entry : named.isEmpty() ? List.of(new ModelsFile.Entry(Model.DEFAULT, true, null, 0, false)) : named) {
            left.remove(entry.name());
            left.remove(entry.candidate() == null ? "" : entry.candidate());
            if (!entry.used()) {
                continue;
            }
            Model model = Model.find(entry.name(), folder);
            Model candidate = entry.candidate() == null ? null : Model.find(entry.candidate(), folder);
            if (candidate != null && !Set.copyOf(candidate.labels()).equals(Set.copyOf(model.labels()))) {
                throw new Fault("The candidate %s has the labels %s, and %s has %s. A candidate must have the same; a model with others is one beside it, with an entry of its own."
                        .formatted(entry.candidate(), candidate.labels(), entry.name(), model.labels()));
            }
            places.add(new Place(model, candidate, entry.share(), entry.decides()));
        }
        if (places.isEmpty() && left.isEmpty()) {
            throw new Fault("config/models.yaml uses no model, and without one nothing is ever cleared. Name one, such as %s.".formatted(Model.DEFAULT));
        }
        left.forEach(name -> places.add(new Place(Model.find(name, folder), null, 0, false)));
        Lineup lineup = new Lineup(places);
        Set<String> ids = new HashSet<>();
        lineup.models().filter(model -> !ids.add(model.id())).findFirst().ifPresent(twice -> {
            throw new Fault("%s: another model is %s too. Give one of them another version in its model.yaml.".formatted(twice.from(), twice.id()));
        });
        return lineup;
    }

    /** Those on trial included. */
    public Stream<Model> models() {
        return places.stream().flatMap(Place::models);
    }

    /** The names of the models that decide, each with the candidate that may do so in its place. */
    public List<Set<String>> deciding() {
        return places.stream().map(place -> Stream.concat(Stream.of(place.model), Stream.ofNullable(place.decides ? place.candidate : null))
                .map(Model::name).collect(Collectors.toSet())).toList();
    }

    /** What policy can speak of: the labels of those that decide, and those of each as {@code model/label}. */
    public Set<String> labels() {
        Set<String> labels = new TreeSet<>();
        places.forEach(place -> labels.addAll(place.model.labels()));
        models().forEach(model -> model.labels().forEach(label -> labels.add(model.name() + "/" + label)));
        return labels;
    }
}
